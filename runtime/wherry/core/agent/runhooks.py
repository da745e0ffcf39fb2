"""Hooks around a run: pre-hooks see and may change the input, post-hooks the output.

A hook that raises InputCheckError or OutputCheckError ends the run; any other exception is logged and the run goes
on, as in Agno. Called by the lifecycle.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from wherry.core.errors_checks import InputCheckError, OutputCheckError
from wherry.core.hooks import (
    background_arguments,
    hook_arguments,
    hook_name,
    is_guardrail,
    normalize_hooks,
    runs_in_background,
)
from wherry.core.log import log_exception
from wherry.core.tools.foreign import own_refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from wherry.core.run import Event, Run


def common_arguments(run: Run) -> dict[str, Any]:
    """What both kinds of hooks may ask for by name."""
    owner, context = run.owner, run.context
    debug = run.options.get("debug_mode")
    return {
        "run_context": context,
        owner._kind: owner,  # noqa: SLF001 - a part of the same object; as in Agno a hook has one of the two names
        "session": run.session,
        "user_id": context.user_id,
        "debug_mode": owner.debug_mode if debug is None else debug,
        "metadata": context.metadata,
        **run.options.get("extra_arguments", {}),
    }


def settle_hooks(run: Run) -> None:
    """Make the owner's hooks callable, before anything of the run happens.

    Raises:
        ConfigurationError: (a ValueError) something that is not a hook, or an asynchronous one in a blocking run.
    """
    owner, blocking = run.owner, run.waits.blocking
    run.extra["pre_hooks"] = normalize_hooks(owner.pre_hooks, pre=True, blocking=blocking)
    run.extra["post_hooks"] = normalize_hooks(owner.post_hooks, pre=False, blocking=blocking)


async def run_pre_hooks(run: Run) -> AsyncIterator[Event]:
    """Call the owner's pre-hooks in order."""
    hooks = run.extra["pre_hooks"]
    run_input = run.output.input
    arguments = {"run_input": run_input, **common_arguments(run)}
    for hook in hooks:
        shown = {"pre_hook_name": hook_name(hook), "run_input": run_input}
        async for event in call_hook(run, hook, arguments, "PreHook", shown):
            yield event
    run.output.input = run_input


async def run_post_hooks(run: Run) -> AsyncIterator[Event]:
    """Call the owner's post-hooks in order."""
    hooks = run.extra["post_hooks"]
    arguments = {"run_output": run.output, **common_arguments(run)}
    for hook in hooks:
        async for event in call_hook(run, hook, arguments, "PostHook", {"post_hook_name": hook_name(hook)}):
            yield event


async def call_hook(
    run: Run, hook: Callable[..., Any], arguments: dict[str, Any], kind: str, shown: dict[str, Any]
) -> AsyncIterator[Event]:
    """Call one hook between its two events."""
    background = run.options.get("background_tasks")
    if background is not None and goes_to_background(run, hook):
        background.add_task(hook, **background_arguments(hook_arguments(hook, arguments)))
        return
    if run.watched:
        yield run.remember(run.event(f"{kind}StartedEvent", **as_it_is(shown)))
    try:
        await run.waits.call(hook, **hook_arguments(hook, arguments))
    except (InputCheckError, OutputCheckError):
        raise
    except Exception as error:  # whatever else a user's code raises must not break the run
        refusal = own_refusal(error)
        if refusal is not None:
            raise refusal from error
        log_exception(f"{kind} {hook_name(hook)!r} failed")
        return
    if run.watched:
        yield run.remember(run.event(f"{kind}CompletedEvent", **as_it_is(shown)))


def goes_to_background(run: Run, hook: Callable[..., Any]) -> bool:
    """Whether a hook may wait until the run is over: a marked one, or any but a guardrail when the owner says so."""
    if run.owner.hooks_in_background:
        return not is_guardrail(hook)
    return runs_in_background(hook)


def as_it_is(shown: dict[str, Any]) -> dict[str, Any]:
    """What an event shows, with the input as it is now: the next hook may change it."""
    return {name: copy(value) if name == "run_input" else value for name, value in shown.items()}
