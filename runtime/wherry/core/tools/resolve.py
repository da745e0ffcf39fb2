"""A run's list of tools as named Functions.

Takes callables, Functions, toolkits, provider built-ins (dicts) and Agno's own tools; gives what the model is sent
and what `calls` runs. Cheap on purpose: it happens in every run. Called by `own_tools`. Mirrors
`agno.agent._tools.parse_tools`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.callables import kind_of_callable
from wherry.core.errors import AsyncToolInSyncRun
from wherry.core.log import log_warning
from wherry.core.tools.calls import ToolScope
from wherry.core.tools.foreign import adopted, is_function_like, is_toolkit_like
from wherry.core.tools.function import Function
from wherry.core.tools.tool_decorator import APPROVAL_MARK, approval_flags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_MEDIA = {"images": "images", "videos": "videos", "audios": "audio", "files": "files"}
_HELD_BACK = ("requires_user_input", "requires_confirmation", "external_execution")


class Tools:
    """The tools of one run.

    Attributes:
        functions: Functions by name, each a copy of this run.
        builtin: Tools the provider runs itself, as given.
        instructions: What tools and toolkits add to the system message, in order.
        scope: What tools of this run may have injected; made when first needed.
    """

    __slots__ = ("builtin", "functions", "instructions", "scope")

    def __init__(self) -> None:
        self.functions: dict[str, Function] = {}
        self.builtin: list[dict[str, Any]] = []
        self.instructions: list[str] = []
        self.scope: ToolScope | None = None

    @property
    def all(self) -> list[Any]:
        """Functions and built-ins."""
        return [*self.functions.values(), *self.builtin]

    @property
    def wants_media(self) -> bool:
        """Whether a tool asks for media of the run."""
        return any((d := f.declared()) is not None and d.wants_media for f in self.functions.values())

    def wire(self) -> list[dict[str, Any]]:
        """What the model is sent: Functions and built-ins in the order of their names; not to be changed."""
        found = [*[function.wire() for function in self.functions.values()], *self.builtin]
        return sorted(found, key=_name) if len(found) > 1 else found

    def __len__(self) -> int:
        return len(self.functions) + len(self.builtin)


def _name(tool: dict[str, Any]) -> str:
    function = tool.get("function")
    return str((function if isinstance(function, dict) else tool).get("name", ""))


def resolve_tools(tools: Sequence[Any], run: Any) -> Tools:
    """The tools of a run.

    Args:
        tools: What the owner was given and what its options add.
        run: A `Run`: its owner's settings, its context and its way of waiting are read.

    Raises:
        AsyncToolInSyncRun: An asynchronous tool in a blocking run.
    """
    owner = run.owner
    agent, team = parties(owner)
    return named_tools(
        tools,
        blocking=run.waits.blocking,
        strict=wants_strict(run),
        tool_hooks=owner.tool_hooks,
        bound={"_agent": agent, "_team": team, "_run_context": run.context},
    )


def named_tools(
    tools: Iterable[Any],
    *,
    blocking: bool,
    strict: bool = False,
    tool_hooks: list[Any] | None = None,
    bound: dict[str, Any] | None = None,
) -> Tools:
    """Tools by name; of two with one name the first stays.

    Args:
        tools: Callables, Functions, toolkits, dicts.
        blocking: The run is synchronous: async variants are left aside, tools that are only async are refused.
        strict: The model is to keep to the schemas; a tool's own `strict` wins.
        tool_hooks: Middleware that replaces the tools' own.
        bound: Attributes to set on each Function of this run.

    Raises:
        AsyncToolInSyncRun: An asynchronous tool and a blocking run.
    """
    resolved = Tools()
    told: set[Any] = set()
    for tool in tools:
        if isinstance(tool, dict):
            resolved.builtin.append(tool)
            continue
        for function in _functions(tool, blocking, strict):
            name = function.name
            if name in resolved.functions:
                log_warning(f"There are two tools called {name!r}; the second one is left out.")
                continue
            own = function.__dict__
            if bound:
                own.update(bound)
            if tool_hooks is not None:
                own["tool_hooks"] = tool_hooks
            resolved.functions[name] = function
            text = function.instructions
            if text is not None and function.add_instructions:
                resolved.instructions.append(text)
        if is_toolkit_like(tool) and tool.add_instructions and tool.instructions is not None:
            key = (tool.name, str(tool.instructions), *tool.functions)
            if key not in told:
                told.add(key)
                resolved.instructions.append(tool.instructions)
    return resolved


def _functions(tool: Any, blocking: bool, strict: bool) -> Iterator[Function]:
    """The Functions one entry of the list stands for, ready for a run."""
    if is_toolkit_like(tool):
        for name, function in (tool.get_functions() if blocking else tool.get_async_functions()).items():
            if blocking:
                _refuse_async(tool.name, function.entrypoint)
            made = native(function).for_run(strict)
            made.__dict__["name"] = name
            yield made
    elif is_function_like(tool):
        if blocking:
            _refuse_async(tool.name, tool.entrypoint)
        yield native(tool).for_run(strict)
    elif callable(tool):
        if blocking:
            _refuse_async(getattr(tool, "__name__", repr(tool)), tool)
        plain = plain_function(tool, strict)
        if plain is not None:
            yield plain
    else:
        log_warning(f"{tool!r} is no tool and is left out.")


def _refuse_async(name: str, entrypoint: Any) -> None:
    if kind_of_callable(entrypoint) in ("coroutine", "async_generator"):
        raise AsyncToolInSyncRun(
            f"Async tool {name!r} cannot be used in a synchronous run.",
            hint="Call arun() or aprint_response() instead of run() or print_response().",
        )


def native(function: Any) -> Function:
    """A Function of ours; one of Agno's is converted once and remembered on it."""
    if isinstance(function, Function):
        return function
    return adopted(function)


def plain_function(tool: Any, strict: bool) -> Function | None:
    """A callable's Function; None, with a warning, when it cannot be offered."""
    try:
        made = Function.plain(tool, strict)
    except (AttributeError, TypeError, ValueError) as error:
        log_warning(f"{tool!r} cannot be offered as a tool and is left out: {error}")
        return None
    approval = getattr(tool, APPROVAL_MARK, None)
    if approval is not None:
        flags = approval_flags(approval, held_back=False)
        made.__dict__["parameters"] = made.parameters  # its wire form is its own
        made.__dict__.update(approval_type=approval, **flags)
    return made


# --- what a run says about its tools -------------------------------------------------------------------------------


def parties(owner: Any) -> tuple[Any, Any]:
    """Agent and team of a run's owner: an agent may work for a team, a team has no agent."""
    if hasattr(owner, "members") and owner.members is not None:
        return None, owner
    return owner, getattr(owner, "_team", None)


def wants_strict(run: Any) -> bool:
    """Whether tools are sent as strict: where the model is held to an output schema natively, as in Agno."""
    owner = run.owner
    return (
        run.context.output_schema is not None
        and owner.parser_model is None
        and bool(owner.structured_outputs or not owner.use_json_mode)
        and bool(getattr(run.model, "supports_native_structured_outputs", False))
    )


def scope_for(run: Any) -> ToolScope:
    """What the tools of a run may have injected; media are gathered only when a tool asks for them."""
    tools: Tools = run.tools
    if tools.scope is None:
        agent, team = parties(run.owner)
        media = joint_media(run) if tools.wants_media else {}
        tools.scope = ToolScope(agent, team, run.context, timeout=run.owner.tool_timeout, **media)
    return tools.scope


def joint_media(run: Any) -> dict[str, list[Any] | None]:
    """Media of the input, then of the session's earlier runs (files: of the input only)."""
    return {name: list(_found(run, name, stored)) or None for name, stored in _MEDIA.items()}


def _found(run: Any, name: str, stored: str) -> Iterator[Any]:
    yield from getattr(run.output.input, name, None) or ()
    if name == "files" or run.session is None:
        return
    for earlier in run.session.runs or ():
        yield from getattr(earlier, stored, None) or ()
        yield from getattr(getattr(earlier, "input", None), name, None) or ()
