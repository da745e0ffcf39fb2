"""How a run ends: what its terminal event states, and each end other than well: paused, cancelled, refused, failed.

Each sets status and content, stores the run and yields the terminal event. Called by the lifecycle.
"""

from __future__ import annotations

import sys
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from wherry.core.agent.saving import remembered, save
from wherry.core.deadline import RunTimedOut
from wherry.core.events.outputs import STATED, CancellationStage, RunStatus
from wherry.core.log import log_error, log_warning
from wherry.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wherry.core.run import Event, Run

_NEEDS = ("confirmation", "user input", "external execution")
# Fields of the output that its terminal event has, too.
_AT_END = ("content", *STATED)
_held = attrgetter(*_AT_END)


def completed_event(run: Run) -> Event:
    """The terminal event, with what the output holds."""
    return run.event("RunCompletedEvent", **held_at_end(run))


def held_at_end(run: Run) -> dict[str, Any]:
    """What the output holds of the fields of the terminal event."""
    output = run.output
    own = {name: value for name, value in zip(_AT_END, _held(output), strict=True) if value is not None}
    own.setdefault("content_type", None)  # the event would say otherwise by itself
    if hasattr(output, "member_responses"):
        own["member_responses"] = output.member_responses
    return own


def pause_text(output: Any) -> str:
    """What a paused run says to its user."""
    text = ""
    for tool in output.tools or ():
        if tool.external_execution_silent:
            continue
        waits = (
            bool(tool.requires_confirmation) and not tool.confirmed,
            bool(tool.requires_user_input),
            bool(tool.external_execution_required),
        )
        needs = [name for name, needed in zip(_NEEDS, waits, strict=True) if needed]
        if needs:
            text = f"Tools are ready to run but wait for {' or '.join(needs)}."
    return text


def requirements_text(output: Any) -> str:
    """What a run says to its user that waits for answers, its members' among them."""
    lines = []
    for requirement in output.requirements or ():
        tool = requirement.tool_execution
        if requirement.is_resolved() or requirement.external_execution_silent or tool is None:
            continue
        lines.append(f"- {requirement.member_agent_name or 'team'}: {tool.tool_name} needs {_needed(requirement)}")
    return "\n".join(["The team waits for a person:", *lines]) if lines else ""


def _needed(requirement: Any) -> str:
    if requirement.needs_confirmation:
        return "confirmation"
    if requirement.needs_external_execution:
        return "a result from outside"
    return "user input"


def say_what_waits(run: Run) -> None:
    """Give a run that waits for a person something to say to them, unless the leader has spoken."""
    if run.output.requirements and not run.output.content:
        run.output.content = requirements_text(run.output)


async def paused(run: Run) -> AsyncIterator[Event]:
    """Store a run that waits for a person."""
    output = run.output
    output.status = RunStatus.paused
    if not output.content:
        output.content = pause_text(output)
    from wherry.core.agent.approvals import ask_for_approval

    await ask_for_approval(run)
    event = run.event("RunPausedEvent", tools=output.tools, requirements=output.requirements, content=output.content)
    if run.stream:
        run.remember(event)
    elif run.owner.store_events and hasattr(output, "member_responses") and event.event not in run.skip_events:
        output.events = [*(output.events or []), event]  # a team's whole run keeps the event, too, as in Agno
    await save(run)
    yield event


def keep_messages(run: Run) -> None:
    """Keep what was said before the run broke off."""
    if not run.output.messages and run.messages:
        run.output.messages = remembered(run)


def keep_partial_answer(run: Run) -> None:
    """Give a cancelled run's messages the part of the answer that had arrived."""
    output = run.output
    had_content = bool(output.content)
    if output.messages is not None or not run.messages:
        return
    messages = remembered(run)
    if had_content:
        last = next((message for message in reversed(messages) if message.role == "assistant"), None)
        if last is None:
            messages.append(Message(role="assistant", content=str(output.content)))
        elif not last.content:
            last.content = str(output.content)
    if messages:
        output.messages = messages


async def cancelled(run: Run, reason: str, *, staged: bool = True) -> AsyncIterator[Event]:
    """Store a cancelled run with what it had; its pauses are void."""
    output = run.output
    output.status = RunStatus.cancelled
    if staged:
        output.cancellation_stage = CancellationStage.executing
    keep_partial_answer(run)
    if not output.content:
        output.content, run.extra["wordless"] = reason, True
    if output.requirements:
        output.requirements = [requirement for requirement in output.requirements if requirement.is_resolved()]
    for tool in output.tools or ():
        if tool.is_paused:
            tool.requires_confirmation = tool.requires_user_input = tool.external_execution_required = False
    output.metrics.stop_timer()
    if run.context.session_state is not None:
        output.session_state = run.context.session_state
    events = [run.remember(run.event("RunCancelledEvent", reason=reason, content=output.content))]
    if run.owner.cancelled_runs_complete and (run.stream or run.watched or "RunCompletedEvent" in run.ends):
        events.append(run.remember(completed_event(run)))
    await save_quietly(run)
    for event in events:
        yield event


async def save_quietly(run: Run) -> None:
    """Store a run that has failed already; a second failure is logged."""
    try:
        if run.session is not None:
            await save(run)
    except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
        log_warning(f"Run {run.output.run_id!r} could not be stored: {error!r}")


async def refused(run: Run, error: Any) -> AsyncIterator[Event]:
    """End a run whose input or output a check refused."""
    log_error(f"Validation failed: {error} | Check trigger: {error.check_trigger}")
    event = run.event(
        "RunErrorEvent",
        content=str(error),
        error_type=error.type,
        error_id=error.error_id,
        additional_data=error.additional_data,
    )
    async for ending in failed(run, event, str(error)):
        yield ending


def error_type_of(exc: BaseException) -> str:
    """The family an error reports itself as, or the name of its class."""
    kind = getattr(exc, "type", None)
    return kind if isinstance(kind, str) and kind else type(exc).__name__


async def errored(run: Run, error: BaseException) -> AsyncIterator[Event]:
    """End a run that an exception broke off."""
    log_error(f"Error in run {run.output.run_id!r}: {error}")
    sys.audit("wherry.run_failed", str(error))  # heard by `wherry pilot verify`, whatever becomes of the log
    event = run.event("RunErrorEvent", content=str(error), error_type=error_type_of(error))
    if isinstance(error, RunTimedOut):  # no error of Agno's: content that says nothing gives way to what happened
        fresh = "continue" not in run.extra or run.extra.pop("said_before", None) is not None
        run.output.content = (run.output.content or None) if fresh else None
    async for ending in failed(run, event, str(error)):
        yield ending


async def failed(run: Run, event: Event, text: str) -> AsyncIterator[Event]:
    """Status ERROR, the error as content when there is none, the run stored."""
    output = run.output
    output.status = RunStatus.error
    keep_messages(run)
    # A team's whole run keeps the event, too, and an agent's that goes on on a loop, as in Agno.
    goes_on = "continue" in run.extra
    if run.stream or hasattr(output, "member_responses") or (goes_on and not run.waits.blocking):
        output.events = [*(output.events or []), event]
    if output.content is None:
        output.content = run.extra.get("said_before")
    if output.content is None:
        output.content = text
    await save_quietly(run)
    yield event
