"""Going on with a run: after a pause, after a break, from an earlier point, or as a fork.

The stored run is found, cut or copied as asked, its answered requirements are carried out, and the loop goes on.
Called by `continue_run` and `acontinue_run` of agents and teams. Mirrors `agno.agent._run.continue_run_dispatch`.
"""

from __future__ import annotations

import json
from copy import deepcopy
from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.agent.approvals import PENDING, Undecided, decided_elsewhere, marked, note_decision
from wherry.core.agent.assembly import assemble_again
from wherry.core.agent.endings import paused, requirements_text
from wherry.core.agent.lifecycle import answer, begin, with_endings
from wherry.core.agent.outside import Outsider
from wherry.core.agent.resuming import Boundary, boundary_of, cut, mark_regenerated, stored_run
from wherry.core.agent.saving import remembered
from wherry.core.agent.toolcalls import NOT_AVAILABLE, carry_out
from wherry.core.agent.toolends import Batch, result_message_for
from wherry.core.errors import RunNotContinuableError, RunNotFoundError
from wherry.core.events.outputs import RunStatus
from wherry.core.ids import new_id
from wherry.core.messages import Message
from wherry.core.metrics import RunMetrics
from wherry.core.run import Event, Run, outcome, shown
from wherry.core.sessions.session_state import merge_into
from wherry.core.tools.function import FunctionCall
from wherry.core.waits import Waits, drain, finish

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REJECTED = "The user rejected this call"
MISSING_RESULT = "Tool {} requires external execution, cannot continue run"
_OWN = (
    "run_id",
    "requirements",
    "input",
    "continue_from",
    "fork",
    "regenerate",
    "replace_original",
    "additional_instructions",
)


def split(given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of continuing, and those that a run takes."""
    own = {name: given.pop(name) for name in _OWN if name in given}
    return own, given


def check(owner: Any, response: Any, own: dict[str, Any], given: dict[str, Any]) -> None:
    """Refuse a call that does not say which run to continue.

    Raises:
        ValueError: What is missing.
    """
    if response is None and own.get("run_id") is None:
        raise ValueError("Either run_response or run_id must be provided.")
    if response is None and given.get("session_id") is None and owner.session_id is None:
        raise ValueError("Session ID is required to continue a run from a run_id.")
    if own.get("additional_instructions") is not None and own.get("input") is not None:
        raise ValueError("Provide either `additional_instructions` or `input`, not both.")
    if own.get("replace_original") is not None and not own.get("regenerate"):
        raise ValueError("`replace_original` only makes sense with `regenerate=True`.")
    if own.get("regenerate") and own.get("fork"):
        raise ValueError("`regenerate=True` makes a fork by itself; do not pass `fork=True`.")


def prepare_run(owner: Any, response: Any, own: dict[str, Any], given: dict[str, Any], waits: Waits) -> Run:
    """A run around the arguments; the output is put in once the session is loaded."""
    if isinstance(owner, Outsider):
        owner.refuse_to_continue(response)
    check(owner, response, own, given)
    if response is not None:
        given["session_id"] = response.session_id
        given["user_id"] = given.get("user_id") or response.user_id
    run: Run = owner.make_run(None, waits, given)
    run.extra["continue"] = own
    run.extra["response"] = response
    run.context.run_id = response.run_id if response is not None else own["run_id"]
    return run


def continue_blocking(owner: Any, response: Any, given: dict[str, Any], waits: Waits) -> Any:
    """`continue_run`."""
    own, arguments = split(given)
    with_output = bool(arguments.get("yield_run_output"))
    run = prepare_run(owner, response, own, arguments, waits)
    finish(open_run(run))
    if run.stream:
        return drain(shown(run, owner.continue_events(run), with_output))
    return finish(outcome(run, owner.continue_events(run)))


def continue_looping(owner: Any, response: Any, given: dict[str, Any], waits: Waits) -> Any:
    """`acontinue_run`."""
    own, arguments = split(given)
    background = arguments.pop("background", False)
    with_output = bool(arguments.get("yield_run_output"))
    run = prepare_run(owner, response, own, arguments, waits)
    if background:
        from wherry.core.agent.background import needs_store, streaming

        needs_store(owner, owner._kind)  # noqa: SLF001 - a part of the same object
        if run.stream:  # as in Agno, a whole run goes on in the foreground all the same
            return streaming(run, opened(run), with_output)
    if run.stream:
        return shown(run, opened(run), with_output)

    async def whole() -> Any:
        await open_run(run)
        return await outcome(run, owner.continue_events(run))

    return whole()


async def opened(run: Run) -> AsyncIterator[Event]:
    """Open the run, then its events."""
    await open_run(run)
    async for event in run.owner.continue_events(run):
        yield event


async def open_run(run: Run) -> None:
    """Load the session, find the run, and bring it to the point from which it goes on.

    Raises:
        RunNotFoundError: No such run is stored.
        RunNotContinuableError: The run was cancelled.
        ValueError: Requirements are open.
    """
    own, given = run.extra["continue"], run.extra["response"]
    run.extra["needs_run"] = own.get("run_id")
    await begin(run)
    source = given if given is not None else deepcopy(await stored_run(run, own["run_id"]))
    if source is None:
        raise RunNotFoundError(f"No runs found for run ID {own['run_id']}")
    refuse_another_kind(run.owner, source)
    if given is not None and run.owner._kind == "team" and run.owner.db is not None:  # noqa: SLF001 - our own object
        from wherry.core.agent.answers import refuse_outdated

        refuse_outdated(given, await stored_run(run, given.run_id))
    if source.status == RunStatus.cancelled:
        raise RunNotContinuableError(f"Cannot continue run {source.run_id}: run is cancelled")
    output = await place(run, source, own)
    if hasattr(output, "member_responses") and run.owner.db is None and output.session_state:
        # Without a database the output alone knows the state, for a team above all its task list.
        merge_into(run.context.session_state, output.session_state)
    adopt(run, output)
    await take_decisions(run, output, own.get("requirements"))
    extra = own.get("additional_instructions") or own.get("input")
    if extra:
        output.messages = [*(output.messages or []), Message(role=run.owner.user_message_role, content=extra)]


def refuse_another_kind(owner: Any, source: Any) -> None:
    """Refuse a team's run to an agent, and an agent's to a team: a session may hold both.

    Raises:
        RunNotContinuableError: It is one.
    """
    kind = "team" if hasattr(source, "member_responses") else "agent"
    if kind != owner._kind:  # noqa: SLF001 - our own object
        raise RunNotContinuableError(
            f"Cannot continue run {source.run_id}: it is a run of the {kind} {getattr(source, f'{kind}_id')!r}, and "
            f"{owner.id!r} is no {kind}. Call continue_run of that {kind}."
        )


async def place(run: Run, source: Any, own: dict[str, Any]) -> Any:
    """The output to go on with: the stored one, cut back, or a fork of it."""
    regenerate = bool(own.get("regenerate"))
    at: Boundary = own.get("continue_from", "end")
    index = boundary_of(source, at, regenerate=regenerate)
    if not (regenerate or own.get("fork") or source.status == RunStatus.completed):
        cut(source, index)
        return source
    made = fork(source, index)
    if regenerate:
        made.regenerated_from = source.run_id
        if own.get("replace_original") is not False:
            await mark_regenerated(run, source)
    return made


def fork(source: Any, index: int) -> Any:
    """A copy of a run under a new id, cut at a message."""
    made = deepcopy(source)
    made.run_id = new_id()
    made.forked_from_run_id = source.run_id
    made.metrics = RunMetrics()
    made.metrics.start_timer()
    made.created_at = int(time())
    made.events = None
    made.forked_from_message_index = cut(made, index)
    return made


def adopt(run: Run, output: Any) -> None:
    """Make a stored output the output of this run."""
    if output.metrics is None:
        output.metrics = RunMetrics()
    output.metrics.start_timer()
    output.model, output.model_provider = run.model.id, run.model.provider
    run.output = output
    run.context.run_id = output.run_id
    run.context.user_id = run.context.user_id or output.user_id
    run.ids = run.owner.ids_of(output)
    if run.context.metadata is None:
        run.context.metadata = output.metadata


async def take_decisions(run: Run, output: Any, requirements: Any) -> None:
    """Take what was decided into the output, by those who continue it and, for marked tools, by rows of approvals.

    Raises:
        ValueError: Requirements are open, or a team's approval is.
    """
    from wherry.core.agent.answers import apply_requirements, bind, join_copies

    team, by_id = hasattr(output, "member_responses"), run.extra["response"] is None
    before = output.requirements, output.tools
    if requirements is not None:
        if team:
            requirements = bind(output, requirements)
        apply_requirements(output, requirements)
    elif not by_id and not team:
        join_copies(output)
    refusal = None
    if next(marked(output), None) is not None:
        run.extra["approvals"] = True
        if team or (by_id and requirements is None):
            refusal = await decided_elsewhere(run, output)
    if refusal is not None and requirements is not None:
        output.requirements, output.tools = before
        raise Undecided(refusal) if refusal == PENDING else ValueError(refusal)
    if team and any(not one.is_resolved() for one in output.requirements or ()):
        run.extra["undecided"] = True  # a team then pauses again, as in Agno; an agent refuses
        return
    if by_id and requirements is None:
        apply_requirements(output, None)


def continued(run: Run) -> AsyncIterator[Event]:
    """Events of a run that goes on; afterwards its output is final and stored."""
    return with_endings(run, go_on)


async def go_on(run: Run, *, again: bool) -> AsyncIterator[Event]:
    """Carry out what was decided, then let the model go on."""
    output = run.output
    if not again:
        await run.owner.prepare(run)
        await assemble_again(run)
        if run.owner.media_storage is not None or "_team" in run.owner.__dict__:
            from wherry.core.agent.media_keeping import read_back

            await read_back(run, run.messages)
        run.context.messages = run.messages
    output.status = RunStatus.running
    undecided = "undecided" in run.extra
    if hasattr(output, "member_responses") and not undecided:
        async for event in run.owner.continue_members(run):
            yield event
    if run.watched:
        yield run.remember(run.event("RunContinuedEvent"))
    if undecided or any(one.member_run_id and not one.is_resolved() for one in output.requirements or ()):
        async for event in wait_again(run):
            yield event
        return
    batch = Batch()
    async for event in carry_out_decisions(run, batch):
        run.stop_if_cancelled()
        yield event
    # Until the model says something the sentence of the pause stands: it is what a failure leaves behind, as in Agno.
    run.extra["said_before"], output.content = output.content, None
    async for event in answer(run):
        yield event


async def wait_again(run: Run) -> AsyncIterator[Event]:
    """Pause once more: a member that went on has come to another question."""
    run.output.messages = remembered(run)
    run.output.content = requirements_text(run.output)
    async for event in paused(run):
        yield event


async def carry_out_decisions(run: Run, batch: Batch) -> AsyncIterator[Event]:
    """Run, refuse or answer each tool call that a person decided about, in order."""
    check_results(run)
    for tool in run.output.tools or ():
        if tool.requires_confirmation:
            if tool.confirmed and tool.result is None:
                async for event in run_decided(run, tool, batch):
                    yield event
            else:
                reject(run, tool)
            await note_decision(run, tool, "approved" if tool.confirmed else "rejected")
            tool.requires_confirmation = False
        elif tool.external_execution_required:
            await take_external_result(run, tool)
            await note_decision(run, tool, "approved")  # now, so that it is called a confirmation, as all are in Agno
        elif tool.requires_user_input:
            async for event in take_user_input(run, tool, batch):
                yield event
            await note_decision(run, tool, "approved")


def check_results(run: Run) -> None:
    """Refuse to go on while a call that somebody else carries out has no result; nothing has begun.

    Raises:
        RunNotContinuableError: (a ValueError) There is none. A blocking stream fails instead, as in Agno.
    """
    for tool in run.output.tools or ():
        waits = tool.external_execution_required and not tool.requires_confirmation and tool.result is None
        if waits and not (run.stream and run.waits.blocking):
            run.output.status = RunStatus.paused
            raise RunNotContinuableError(MISSING_RESULT.format(tool.tool_name))


async def run_decided(run: Run, tool: Any, batch: Batch) -> AsyncIterator[Event]:
    """Run a call that was held back; its record keeps its identity."""
    functions = run.tools.functions if run.tools is not None else {}
    if tool.tool_name not in functions:
        run.messages.append(result_message_for(run, tool, NOT_AVAILABLE, error=True))
        return
    call = FunctionCall(functions[tool.tool_name], arguments=tool.tool_args, call_id=tool.tool_call_id)
    slot: list[Message] = []
    async for event in carry_out(run, [(call, slot, [])], batch, tool):
        yield event
    run.messages.extend(slot)
    run.messages.extend(batch.extra)
    batch.extra.clear()


def reject(run: Run, tool: Any) -> None:
    """Tell the model that the user rejected a call."""
    note = tool.confirmation_note or REJECTED
    run.messages.append(result_message_for(run, tool, note, error=True))
    tool.confirmed = False
    tool.confirmation_note = tool.confirmation_note or REJECTED
    tool.tool_call_error = True


async def take_external_result(run: Run, tool: Any) -> None:
    """Tell the model what somebody else's execution of a call gave.

    Raises:
        ValueError: There is no result yet.
    """
    if tool.result is None:
        raise ValueError(MISSING_RESULT.format(tool.tool_name))
    if not any(message.tool_call_id == tool.tool_call_id for message in run.messages if message.role == "tool"):
        tool.result = await told_of(run, tool, tool.result)
        run.messages.append(result_message_for(run, tool, tool.result, error=tool.tool_call_error))
    tool.external_execution_required = False


async def told_of(run: Run, tool: Any, text: Any) -> Any:
    """What the model is told of an answer: all of it, or an envelope where long results are kept apart."""
    if run.owner._result_store is None:  # noqa: SLF001 - a part of the same object
        return text
    from wherry.core.agent.offloading import kept_answer

    return await kept_answer(run, tool, text)


async def take_user_input(run: Run, tool: Any, batch: Batch) -> AsyncIterator[Event]:
    """Give a call the values the user typed, or the model the user's answers."""
    if tool.tool_name == "get_user_input":
        if tool.user_input_schema:
            values = [{"name": field.name, "value": field.value} for field in tool.user_input_schema]
            text = f"User inputs retrieved: {json.dumps(values, ensure_ascii=False)}"
            run.messages.append(result_message_for(run, tool, await told_of(run, tool, text)))
    elif tool.tool_name == "ask_user":
        if tool.user_feedback_schema:
            answers = [
                {"question": q.question, "selected": q.selected_options or []} for q in tool.user_feedback_schema
            ]
            text = f"User feedback received: {json.dumps(answers, ensure_ascii=False)}"
            run.messages.append(result_message_for(run, tool, await told_of(run, tool, text)))
    else:
        for field in tool.user_input_schema or ():
            tool.tool_args = tool.tool_args or {}
            tool.tool_args[field.name] = field.value
        async for event in run_decided(run, tool, batch):
            yield event
    tool.requires_user_input = False
    tool.answered = True
