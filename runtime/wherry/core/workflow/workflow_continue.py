"""Going on with a workflow: after a person's answers, or after the process that ran it died.

`resume_of` reads the answers and says where the run is entered; the walk does the rest. Called by `continue_run` and
`acontinue_run` of workflows and by the HTTP API. Mirrors `agno.workflow.Workflow.continue_run`; going on with a run
that was broken off is Wherry's own.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from wherry.core.cancel import cleanup_run, get_active_runs, register_run
from wherry.core.errors import ConfigurationError
from wherry.core.events.outputs import CancellationStage, RunStatus
from wherry.core.events.review import OnReject, OnTimeout
from wherry.core.events.step_io import StepOutput, StepType
from wherry.core.events.step_requirements import ErrorRequirement, StepRequirement
from wherry.core.log import log_warning
from wherry.core.media_storage import refuse_unawaited
from wherry.core.run import Event, outcome, shown
from wherry.core.waits import BLOCKING, LOOPING, Waits, drain, finish
from wherry.core.workflow.nested_pause import enter_inner, is_of_inner, waiting_inner
from wherry.core.workflow.workflow_life import begin, guarded, perform
from wherry.core.workflow.workflow_pause import step_with_executor
from wherry.core.workflow.workflow_place import Resume
from wherry.core.workflow.workflow_run import MEDIA, WorkflowRun
from wherry.core.workflow.workflow_saving import keep
from wherry.core.workflow.workflow_walk import steps_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_OWN = ("run_id", "step_requirements", "error_requirements")


class Refused(Exception):
    """A person's answer ends the run; the text says which."""


def continue_blocking(workflow: Any, response: Any, given: dict[str, Any]) -> Any:
    """`continue_run`."""
    if workflow.media_storage is not None and workflow.store_media:
        refuse_unawaited(workflow.media_storage, "continue_run")
    own = {name: given.pop(name, None) for name in _OWN}
    output = response if response is not None else finish(stored_output(workflow, own, given, BLOCKING))
    run, source = entered(workflow, output, own, given, BLOCKING)
    if run.stream:
        return drain(shown(run, source, bool(given.get("yield_run_output"))))
    return finish(outcome(run, source))


async def continue_looping(workflow: Any, response: Any, given: dict[str, Any]) -> Any:
    """`acontinue_run`: the output, or with `stream=True` an async iterator of events."""
    own = {name: given.pop(name, None) for name in _OWN}
    given.pop("background", None)
    output = response if response is not None else await stored_output(workflow, own, given, LOOPING)
    run, source = entered(workflow, output, own, given, LOOPING)
    if run.stream:
        return shown(run, source, bool(given.get("yield_run_output")))
    return await outcome(run, source)


def continued_run(
    workflow: Any, output: Any, data: dict[str, Any], waits: Waits
) -> tuple[WorkflowRun, AsyncIterator[Event]]:
    """A run that goes on with a client's answers, and its events.

    Args:
        workflow: Whose run it is.
        output: The paused run.
        data: `requirements`: dictionaries of StepRequirement, or of ErrorRequirement when they hold a decision;
            `stream`.
        waits: How to wait.
    """
    own: dict[str, Any] = {}
    answers = data.get("requirements")
    if answers is not None:
        errors = [ErrorRequirement.from_dict(item) for item in answers if "decision" in item]
        steps = [StepRequirement.from_dict(item) for item in answers if "decision" not in item]
        own = {"error_requirements": errors or None, "step_requirements": steps or None}
    stream = bool(data.get("stream"))
    return entered(workflow, output, own, {"stream": stream, "stream_events": stream}, waits)


async def stored_output(workflow: Any, own: dict[str, Any], given: dict[str, Any], waits: Waits) -> Any:
    """The run with this id, from the database.

    Raises:
        ValueError: It is not named, or not there.
    """
    run_id, session_id = own.get("run_id"), given.get("session_id") or workflow.session_id
    if run_id is None or session_id is None:
        raise ValueError("Either run_response or (run_id and session_id) must be provided.")
    look_up = (workflow.get_run_output, workflow.aget_run_output)
    found = await waits.wire(*look_up, run_id=run_id, session_id=session_id)
    if found is None:
        raise ValueError(f"Could not find run with id {run_id} in session {session_id}")
    return found


def entered(
    workflow: Any, output: Any, own: dict[str, Any], given: dict[str, Any], waits: Waits
) -> tuple[WorkflowRun, AsyncIterator[Event]]:
    """A run around a stored output, and the events from where it goes on.

    An empty list of answers answers nothing: the questions stay as they are.

    Raises:
        ValueError: The run cannot go on, or waits for answers still.
    """
    if not hasattr(output, "step_results"):
        raise ConfigurationError(
            f"A workflow goes on with the output of one of its runs, not with {output!r}.",
            hint="Give a WorkflowRunOutput, or run_id= and session_id=.",
        )
    for name in ("step_requirements", "error_requirements"):
        if own.get(name):
            setattr(output, name, own[name])
    run = run_around(workflow, output, given, waits)
    try:
        resume = resume_of(run)
    except Refused as refusal:
        return run, ended(run, str(refusal))
    return run, gone_on(run, resume)


def run_around(workflow: Any, output: Any, given: dict[str, Any], waits: Waits) -> WorkflowRun:
    """A run that fills an output that exists already."""
    media = {kind: getattr(output, kind) or None for kind in MEDIA}
    arguments = {**media, **{name: value for name, value in given.items() if value is not None}}
    arguments["run_id"] = output.run_id
    arguments["session_id"] = output.session_id or workflow.session_id
    arguments["user_id"] = given.get("user_id") or output.user_id
    run: WorkflowRun = workflow.make_run(output.input, waits, arguments)
    run.context.metadata = output.metadata = {**(run.output.metadata or {}), **(output.metadata or {})}
    output.workflow_id, output.workflow_name = run.output.workflow_id, run.output.workflow_name
    run.output = output
    take_results(run, output)
    return run


def take_results(run: WorkflowRun, output: Any) -> None:
    """What the finished steps gave, for the steps that follow."""
    run.results = [item for item in output.step_results or () if isinstance(item, StepOutput)]
    run.named = {item.step_name: item for item in run.results if item.step_name}
    for kind in MEDIA:
        made = [piece for item in run.results for piece in getattr(item, kind) or ()]
        run.media[kind] = [*(getattr(run.given, kind) or ()), *made]


async def gone_on(run: WorkflowRun, resume: Resume) -> AsyncIterator[Event]:
    """Events of a run that goes on; afterwards its output is final and stored."""
    register_run(run.output.run_id)
    try:
        run.output.error_requirements = None
        run.extra["resume"], run.extra["continued"] = resume, True
        await begin(run)
        async with aclosing(guarded(run, perform(run))) as events:
            async for event in events:
                yield event
    finally:
        cleanup_run(run.output.run_id)


async def ended(run: WorkflowRun, reason: str) -> AsyncIterator[Event]:
    """Store a run that a person's answer ended."""
    output, metrics = run.output, run.output.metrics
    await begin(run)
    output.metrics = metrics or output.metrics
    output.status = RunStatus.cancelled
    output.cancellation_stage = CancellationStage.paused
    output.content = reason
    run.session.session_data.setdefault("session_metrics", {})
    await keep(run)
    yield run.remember(run.event("WorkflowCancelledEvent", reason=reason, content=reason))


def resume_of(run: WorkflowRun) -> Resume:
    """Where a run goes on, and with what.

    Raises:
        Refused: An answer ends the run.
        ValueError: The run cannot go on, or waits for answers still.
    """
    output = run.output
    if output.status == RunStatus.running and output.paused_step_index is not None:
        if output.run_id in get_active_runs():
            raise ValueError(f"Cannot continue run {output.run_id}: it is running in this process.")
        return Resume(start=output.paused_step_index)
    if output.status != RunStatus.paused:
        status = getattr(output.status, "value", output.status)
        raise ValueError(f"Cannot continue a run that is not paused. Current status: {status}")
    question = output.step_requirements[-1] if output.step_requirements else None
    late = decide_late(question)
    check_answers(output, question, late)
    index = output.paused_step_index
    if index is None:
        raise ValueError("Cannot continue run - no paused step index found")
    restore_ids(run)
    resume = Resume(start=index, resolved=index)
    if to_inner(run, (output.error_requirements or [question])[-1], resume):
        return resume
    if output.error_requirements:
        resume.start += any(item.should_skip for item in output.error_requirements)
        return resume
    if question is not None:
        answered(run, question, resume, late)
    return resume


def to_inner(run: WorkflowRun, question: Any, resume: Resume) -> bool:
    """Hand the answer to the inner workflow that asked; False when none did.

    Raises:
        Refused: The answer ends the run.
    """
    inner = waiting_inner(run.output, question) if question is not None else None
    if inner is None:
        return False
    enter_inner(run, steps_of(run)[resume.start], question, inner)
    resume.inner = True
    resume.requirement = question if isinstance(question, StepRequirement) else None
    return True


def decide_late(question: StepRequirement | None) -> bool:
    """Let the policy decide a question that nobody answered in time; True when it did."""
    if question is None or not question.is_timed_out:
        return False
    if question.on_timeout == OnTimeout.approve:
        question.confirm()
        return False
    question.confirmed = False
    question.on_reject = "skip" if question.on_timeout == OnTimeout.skip else "cancel"
    return True


def check_answers(output: Any, question: StepRequirement | None, late: bool) -> None:
    """Refuse to go on while answers are outstanding.

    Raises:
        ValueError: They are.
    """
    if question is not None and not (question.is_resolved or late or question.requires_executor_input):
        raise ValueError(f"Cannot continue run - unresolved step requirements: {[question.step_name]}")
    if output.active_error_requirements:
        names = [item.step_name for item in output.active_error_requirements]
        raise ValueError(f"Cannot continue run - unresolved error requirements: {names}")


def restore_ids(run: WorkflowRun) -> None:
    """Give steps the ids they had when the run paused; people find them by these."""
    steps = steps_of(run)
    for item in run.output.step_requirements or ():
        if item.step_index is None or not 0 <= item.step_index < len(steps) or is_of_inner(run.output, item):
            continue
        step = steps[item.step_index]
        if item.requires_executor_input and step.step_type != StepType.STEP:  # it is the id of a step inside
            step = step_with_executor(step, item.executor_id, item.executor_name)
        if step is not None:
            step.step_id = item.step_id


def answered(run: WorkflowRun, question: StepRequirement, resume: Resume, late: bool) -> None:
    """Turn an answer into the way in which the step is entered."""
    if question.requires_executor_input:
        resume.requirement = question
        return
    if question.user_input:
        resume.additions["user_input"] = question.user_input
    if question.requires_route_selection:
        resume.selection = question.selected_choices
    if question.confirmed is False and (question.requires_confirmation or late):
        rejected(run, question, resume)
    elif question.is_post_execution:
        resume.start += 1
        if question.edited_output is not None and run.results:
            run.results[-1].content = question.edited_output


def rejected(run: WorkflowRun, question: StepRequirement, resume: Resume) -> None:
    """What a no means.

    Raises:
        Refused: It ends the run.
    """
    policy = question.on_reject
    if policy == OnReject.retry:
        tried_again(run, question, resume)
    elif policy == OnReject.else_branch and question.step_type == StepType.CONDITION:
        resume.force_else = True
    elif policy in (OnReject.skip, OnReject.else_branch):
        if policy == OnReject.else_branch:
            log_warning(f"on_reject='else' is for conditions; {question.step_name!r} is skipped instead")
        if question.is_post_execution:
            drop_last(run)
        resume.start += 1
    else:
        raise Refused(f"Workflow cancelled: Step '{question.step_name}' was rejected")


def tried_again(run: WorkflowRun, question: StepRequirement, resume: Resume) -> None:
    """Enter a rejected step anew.

    Raises:
        Refused: It was rejected too often.
    """
    if question.max_retries and question.retry_count >= question.max_retries:
        raise Refused(f"Max retries ({question.max_retries}) reached for step '{question.step_name}'")
    resume.retries = question.retry_count + 1
    if question.rejection_feedback:
        resume.additions["rejection_feedback"] = question.rejection_feedback
    if question.step_output is not None and question.step_output.content:
        resume.additions["previous_output"] = str(question.step_output.content)
    if not question.is_post_execution:
        return
    output = drop_last(run)
    if question.step_type == StepType.ROUTER:
        resume.reroute = True
    elif question.step_type == StepType.LOOP and output is not None:
        resume.rounds = rounds_of(steps_of(run)[resume.start], output)


def drop_last(run: WorkflowRun) -> StepOutput | None:
    """Take the output that was rejected out of the run."""
    if not run.results:
        return None
    output = run.results.pop()
    if output.step_name:
        run.named.pop(output.step_name, None)
    return output


def rounds_of(loop: Any, output: StepOutput) -> list[list[StepOutput]]:
    """The outputs of a loop by round."""
    done, size = output.steps or [], len(loop.steps)
    size = size if size and len(done) % size == 0 else 1
    return [done[at : at + size] for at in range(0, len(done), size)]
