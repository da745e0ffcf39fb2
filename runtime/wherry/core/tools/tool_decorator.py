"""`@tool`: a Function out of a function. Mirrors `agno.tools.decorator`."""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING, Any, overload

from wherry.core.errors import ConfigurationError
from wherry.core.tools.function import Function

if TYPE_CHECKING:
    from collections.abc import Callable

_OPTIONS = frozenset(
    {
        *("name", "description", "title", "annotations", "strict", "instructions", "add_instructions", "show_result"),
        *("stop_after_tool_call", "requires_confirmation", "requires_user_input", "user_input_fields"),
        *("external_execution", "external_execution_silent", "pre_hook", "post_hook", "tool_hooks"),
        *("cache_results", "cache_dir", "cache_ttl", "timeout"),
    }
)
_HELD_BACK = ("requires_user_input", "requires_confirmation", "external_execution")
APPROVAL_MARK = "_agno_approval_type"


@overload
def tool(func: Callable[..., Any], /) -> Function: ...


@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    title: str | None = None,
    annotations: dict[str, Any] | None = None,
    strict: bool | None = None,
    instructions: str | None = None,
    add_instructions: bool = True,
    show_result: bool | None = None,
    stop_after_tool_call: bool | None = None,
    requires_confirmation: bool | None = None,
    requires_user_input: bool | None = None,
    user_input_fields: list[str] | None = None,
    external_execution: bool | None = None,
    external_execution_silent: bool | None = None,
    pre_hook: Callable[..., Any] | None = None,
    post_hook: Callable[..., Any] | None = None,
    tool_hooks: list[Callable[..., Any]] | None = None,
    cache_results: bool = False,
    cache_dir: str | None = None,
    cache_ttl: int = 3600,
    timeout: float | None = None,
) -> Callable[[Callable[..., Any]], Function]: ...


def tool(func: Any = None, /, **options: Any) -> Any:
    """Make a tool of a function; mirrors `agno.tools.tool`.

    Args:
        func: The function, sync or async, generator or not, when used without parentheses.
        **options: Fields of `Function`. `stop_after_tool_call` shows the result too unless `show_result=False`;
            naming `user_input_fields` requires user input.

    Returns:
        A `Function`, or a decorator that makes one.

    Raises:
        ConfigurationError: An unknown option, or more than one of `requires_confirmation`, `requires_user_input` and
            `external_execution`.
    """
    unknown = options.keys() - _OPTIONS
    if unknown:
        raise ConfigurationError(
            f"Invalid tool configuration arguments: {sorted(unknown)!r}.", hint=f"@tool takes {sorted(_OPTIONS)}."
        )
    held_back = [name for name in _HELD_BACK if options.get(name)]
    if len(held_back) > 1:
        raise ConfigurationError(
            "Only one of 'requires_user_input', 'requires_confirmation', or 'external_execution' can be set to True, "
            f"not {held_back!r}.",
            hint="Choose what the run is to wait for.",
        )

    def decorate(function: Callable[..., Any]) -> Function:
        return _made(function, dict(options))

    return decorate(func) if func is not None else decorate


def _made(function: Callable[..., Any], options: dict[str, Any]) -> Function:
    approval = getattr(function, APPROVAL_MARK, None)
    if approval is not None:
        options["approval_type"] = approval
        options |= approval_flags(approval, any(options.get(name) for name in _HELD_BACK))
    if options.get("requires_user_input", True):
        options.setdefault("user_input_fields", [])
    if options.get("user_input_fields"):
        options["requires_user_input"] = True
    if options.get("stop_after_tool_call") is True and options.get("show_result") is None:
        options["show_result"] = True
    if inspect.isasyncgenfunction(function):
        function = _awaited_first(function)
    given = {name: value for name, value in options.items() if value is not None}
    made = Function(**{"name": function.__name__, "entrypoint": function, **given})
    made.__dict__["_derived"] = "tool"
    return made


def _awaited_first(function: Callable[..., Any]) -> Callable[..., Any]:
    """An async generator function as a coroutine function that gives the generator, as Agno's decorator makes it."""

    @wraps(function)
    async def entrypoint(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return entrypoint


def approval_flags(approval: str, held_back: bool) -> dict[str, Any]:
    """Fields that an `@approval` mark adds to a tool.

    Args:
        approval: `required` or `audit`.
        held_back: The tool already waits for a person.

    Raises:
        ConfigurationError: An audit of a tool that waits for nobody.
    """
    if approval == "required":
        return {} if held_back else {"requires_confirmation": True}
    if approval == "audit" and not held_back:
        raise ConfigurationError(
            "@approval(type='audit') is on a tool that waits for nobody.",
            hint="Set requires_confirmation, requires_user_input or external_execution on @tool().",
        )
    return {}
