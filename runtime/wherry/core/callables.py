"""Of which kind a callable is, and which of the arguments that the runtime offers it takes.

The kind is read from its code: each tool and each step asks for it, and `inspect` takes its time. Called by
`signature`, `waits`, `brief`, the steps, and wherever a user's function is called. Imports nothing of Wherry.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_KINDS = {
    inspect.CO_COROUTINE: "coroutine",
    inspect.CO_GENERATOR: "generator",
    inspect.CO_ASYNC_GENERATOR: "async_generator",
}
_KIND_FLAGS = inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR


def kind_of_callable(function: Any) -> str:
    """plain, coroutine, generator or async_generator."""
    code = getattr(function, "__code__", None) or getattr(getattr(function, "__func__", None), "__code__", None)
    if code is not None and not hasattr(function, "_is_coroutine_marker"):  # set by `inspect.markcoroutinefunction`
        return _KINDS.get(code.co_flags & _KIND_FLAGS, "plain")
    call = getattr(type(function), "__call__", None)  # noqa: B004 - an object may have one of any kind
    if code is None and hasattr(call, "__code__"):
        return kind_of_callable(call)
    if inspect.iscoroutinefunction(function):
        return "coroutine"
    if inspect.isasyncgenfunction(function):
        return "async_generator"
    return "generator" if inspect.isgeneratorfunction(function) else "plain"


def accepted(function: Callable[..., Any], **offered: Any) -> dict[str, Any]:
    """The offered arguments that a callable names as parameters."""
    names = inspect.signature(function).parameters
    return {name: value for name, value in offered.items() if name in names}


def accepted_or_all(function: Callable[..., Any], **offered: Any) -> dict[str, Any]:
    """Like `accepted`, but a `**kwargs` parameter takes what was offered."""
    parameters = inspect.signature(function).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return {name: value for name, value in offered.items() if value is not None}
    return {name: value for name, value in offered.items() if name in parameters}
