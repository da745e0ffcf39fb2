"""A workflow inside another that waits for a person, when the outer one is to wait with it.

With `Workflow(wait_for_inner=True)`; Agno goes on without the answer. The outer run asks the inner one's question. The
inner run stays among the executors' runs of the outer one, where it is found again, in another process, too; it goes on
with the answer before the outer one does. Called by the pauses and the continuations of workflows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wherry.core.cancel import register_member_run
from wherry.core.errors import ConfigurationError
from wherry.core.events.outputs import RunStatus
from wherry.core.events.step_io import PauseKind
from wherry.core.run import outcome, visible
from wherry.core.workflow.group_record import is_record
from wherry.core.workflow.nested import ended_inner, one_state, place_inner, settings_of_inner
from wherry.core.workflow.step import Step
from wherry.core.workflow.workflow_pause import ask, hold, hold_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.core.events.step_io import StepOutput
    from wherry.core.run import Event
    from wherry.core.workflow.workflow_run import Index, WorkflowRun, Yields

# What a person may have said to a question.
_ANSWERS = (
    *("confirmed", "on_reject", "user_input", "user_input_schema", "selected_choices", "executor_requirements"),
    *("rejection_feedback", "edited_output"),
)


def open_question(inner: Any) -> Any:
    """What the inner run waits for."""
    asked = inner.error_requirements or inner.step_requirements
    return asked[-1] if asked else None


async def inner_paused(
    run: WorkflowRun, step: Any, index: int, name: str, output: StepOutput, inner: Any
) -> list[Event]:
    """Pause the outer run with the inner one's question, and give the event that says so."""
    where = {"step_name": name, "step_index": index, "step_id": step.step_id}
    inner.workflow_step_place = _place(step, inner)
    question = replace(open_question(inner), step_index=index)
    if inner.error_requirements:
        run.output.error_requirements = [question]
        return await hold(run, index, name, None, run.event("StepErrorEvent", **where, error=question.error_message))
    if is_record(output):  # the inner run keeps the question as it was
        shown = question.step_output
        question.step_output = output if shown is None else replace(shown, steps=output.steps)
    if question.requires_executor_input:
        told = ("executor_id", "executor_name", "executor_run_id", "executor_type", "executor_requirements")
        event = run.event("StepExecutorPausedEvent", **where, **{field: getattr(question, field) for field in told})
    elif question.is_post_execution:
        event = run.event("StepOutputReviewEvent", **where, output_review_message=question.output_review_message)
    else:
        return await hold_with(run, step, index, name, question)
    ask(run, question)
    kind = PauseKind.EXECUTOR if question.requires_executor_input else PauseKind.STEP
    return await hold(run, index, name, kind, event)


def inner_runs(output: Any) -> list[Any]:
    """The runs of workflows inside, the newest first."""
    return [item for item in reversed(output.step_executor_runs or ()) if hasattr(item, "step_results")]


def is_of_inner(output: Any, question: Any) -> bool:
    """Whether a question, open or not, is one of a workflow inside."""
    return any(
        known.step_id == question.step_id for inner in inner_runs(output) for known in inner.step_requirements or ()
    )


def waiting_inner(output: Any, question: Any) -> Any:
    """The run of a workflow inside that waits for this answer, or None."""
    for inner in inner_runs(output):
        known = open_question(inner) if inner.is_paused else None
        if known is not None and type(known) is type(question) and known.step_id == question.step_id:
            return inner
    return None


def step_of_inner(step: Any, inner: Any, question: Any) -> Any:
    """The step, itself or inside a group, whose workflow the run is of; None when there is none.

    Several may have the same workflow, or two of one name: the run knows its step by the id, which is another one in
    another process; there the name tells, where the question holds what the group had done, and else the place.
    """
    fitting = list(_steps_with(step, inner))
    own = [one for one in fitting if one.step_id == inner.workflow_step_id]
    if not own and len(fitting) > 1:
        name = _name_in(getattr(question, "step_output", None), inner.run_id)
        own = [one for one in fitting if one.name == name] or fitting[inner.workflow_step_place or 0 :]
    return next(iter([*own, *fitting]), None)


def _place(step: Any, inner: Any) -> int | None:
    """Which of a group's steps with such a workflow the run belongs to; None where one alone has it."""
    ids = [one.step_id for one in _steps_with(step, inner)]
    return ids.index(inner.workflow_step_id) if len(ids) > 1 and inner.workflow_step_id in ids else None


def _steps_with(step: Any, inner: Any) -> Iterator[Any]:
    if isinstance(step, Step):
        own = step.workflow
        if own is not None and own.id in (inner.workflow_id, None) and own.name == inner.workflow_name:
            yield step
        return
    for part in (*(getattr(step, "steps", None) or ()), *(getattr(step, "else_steps", None) or ())):
        yield from _steps_with(part, inner)


def _name_in(output: StepOutput | None, run_id: str) -> str | None:
    """The name of the step that a run belongs to, out of what its group had done."""
    if output is None or output.step_run_id == run_id:
        return None if output is None else output.step_name
    return next((name for one in output.steps or () if (name := _name_in(one, run_id))), None)


def enter_inner(run: WorkflowRun, step: Any, question: Any, inner: Any) -> None:
    """Hand an answer to the inner run, and make it ready to go on.

    Raises:
        ConfigurationError: (a ValueError) The outer workflow has no step for it any more.
        Refused: The answer ends the run.
    """
    from wherry.core.workflow.workflow_continue import Refused, resume_of, run_around

    found = step_of_inner(step, inner, question)
    if found is None:
        raise ConfigurationError(
            f"No step of {step.name!r} has the workflow {inner.workflow_name!r}, whose run waits.",
            hint="Continue with the workflow that was paused, or one with the same steps.",
        )
    known = open_question(inner)
    if inner.error_requirements:
        inner.error_requirements = [*inner.error_requirements[:-1], replace(question, step_index=known.step_index)]
    else:
        for name in _ANSWERS:
            setattr(known, name, getattr(question, name))
    given = settings_of_inner(run, run.given.additional_data)
    child = run_around(found.workflow, inner, given, run.waits)
    place_inner(run, child)
    try:
        run.extra["inner"] = (found, child, resume_of(child))
    except Refused:
        inner.status = RunStatus.cancelled
        raise


async def continued_inner(run: WorkflowRun, index: Index, parent: str | None = None) -> Yields:
    """Go on with the inner run: events, then the StepOutput of the step it belongs to."""
    from wherry.core.workflow.workflow_continue import gone_on

    step, child, resume = run.extra.pop("inner")
    yield run.event(
        "StepExecutorContinuedEvent",
        step_name=step.name,
        step_index=index,
        step_id=step.step_id,
        executor_id=step.workflow.id,
        executor_name=step.executor_name,
        executor_run_id=child.output.run_id,
        executor_type="workflow",
    )
    register_member_run(run.output.run_id, child.output.run_id)
    child.session = step.workflow.new_session(run.output.session_id, run.context.user_id)
    child.context.session_state = run.context.session_state
    source = gone_on(child, resume)
    with one_state(run):
        if run.stream:
            async for event in visible(child, source):
                if hasattr(event, "nested_depth"):
                    event.nested_depth += 1
                yield run.place(event, step, index)
        else:
            await outcome(child, source)
    output = step.labelled(ended_inner(run, step, child))
    yield output
    if run.watched and not output.is_paused:
        yield step.completed(run, output, index, parent)
