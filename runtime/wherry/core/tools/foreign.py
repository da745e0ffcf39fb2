"""Agno's own leaf objects, taken by their shape: tools, toolkits, media, guardrails' refusals.

Nothing of Agno is imported; a team that keeps Agno installed for its leaves hands its objects over as they are.
Called by `resolve`, `calls` and `runhooks`.
"""

from __future__ import annotations

import inspect
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from wherry.core.errors_checks import CheckTrigger, InputCheckError, OutputCheckError
from wherry.core.tools.function import Function
from wherry.core.tools.schema import empty_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

_CALLABLES = (FunctionType, MethodType, Function, type)


def is_function_like(tool: Any) -> bool:
    """Whether a tool is a Function, ours or another library's: it has a name, a schema and an entrypoint."""
    if isinstance(tool, Function):
        return True
    if isinstance(tool, _CALLABLES):
        return False
    return all(hasattr(tool, name) for name in ("name", "parameters", "entrypoint"))


def is_toolkit_like(tool: Any) -> bool:
    """Whether a tool is a set of Functions."""
    return not isinstance(tool, _CALLABLES) and hasattr(tool, "functions") and hasattr(tool, "get_functions")


def adopted(tool: Any) -> Function:
    """A Function with the fields of a foreign one; its entrypoint loses the validation that ours repeats."""
    fields: dict[str, Any] = {
        name: value for name in Function._fields() if (value := getattr(tool, name, None)) is not None
    }
    fields.pop("user_input_schema", None)
    if fields.get("parameters") == empty_parameters():
        del fields["parameters"]
    derived = None
    if "entrypoint" in fields:
        fields["entrypoint"], derived = _unvalidated(fields["entrypoint"])
    made = Function(**fields)
    if derived is not None:
        made.__dict__["_derived"] = derived
    return made


def _unvalidated(entrypoint: Callable[..., Any]) -> tuple[Callable[..., Any], str | None]:
    """The callable inside a pydantic wrapper, which would refuse our run's objects where Agno's are annotated.

    Returns:
        The callable, and "tool" when it is a decorated method of a toolkit: its schema was derived from it.
    """
    code = getattr(entrypoint, "__code__", None)
    cells = getattr(entrypoint, "__closure__", None)
    if code is not None and cells and {"func", "instance"} <= set(code.co_freevars):
        inside = dict(zip(code.co_freevars, (cell.cell_contents for cell in cells), strict=True))
        method = inspect.unwrap(inside["func"])
        if inspect.isfunction(method):
            return method.__get__(inside["instance"]), "tool"
    if getattr(entrypoint, "_wrapped_for_validation", False):
        inner = inspect.unwrap(entrypoint)
        if callable(inner) and inspect.iscoroutinefunction(inner) == inspect.iscoroutinefunction(entrypoint):
            return inner, None
    return entrypoint, None


def native_media(name: str, items: Any) -> list[Any] | None:
    """Media as Wherry's own; those of another library are rebuilt from their fields."""
    if not items:
        return None
    from wherry.core import media

    kind: Any = {"images": media.Image, "videos": media.Video, "audios": media.Audio, "files": media.File}[name]
    return [item if isinstance(item, kind) else _rebuilt(kind, item) for item in items]


def _rebuilt(kind: Any, item: Any) -> Any:
    if not hasattr(item, "model_dump"):
        return item
    known = set(kind._fields())
    return kind(**{name: value for name, value in dict(item).items() if value is not None and name in known})


def own_refusal(error: BaseException) -> InputCheckError | OutputCheckError | None:
    """The check error that one of another library stands for; None for any other exception.

    A guardrail that is not heard is worse than none, so Agno's own exceptions refuse a run too.
    """
    names = {base.__name__ for base in type(error).__mro__}
    for kind in (InputCheckError, OutputCheckError):
        if kind.__name__ in names and hasattr(error, "check_trigger"):
            trigger: Any = error.check_trigger
            value = getattr(trigger, "value", trigger)
            if value in {known.value for known in CheckTrigger}:
                trigger = CheckTrigger(value)
            return kind(str(error), trigger, getattr(error, "additional_data", None))
    return None
