"""Where a workflow waits for a person: before a step, after it, inside its executor, or after an error.

Each function here settles the paused output, stores it, and gives the events that say so. Called by `workflow_walk`
around each top-level step; how a run goes on is in `workflow_continue`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.errors_checks import InputCheckError, OutputCheckError
from wherry.core.events.outputs import RunStatus
from wherry.core.events.review import OnError
from wherry.core.events.step_io import PauseKind, StepInput, StepOutput, StepType
from wherry.core.workflow.group_record import is_record
from wherry.core.workflow.review_requirements import (
    error_question,
    executor_question,
    iteration_question,
    name_of,
    output_question,
    question_before,
    wants_output_review,
)
from wherry.core.workflow.step import Step
from wherry.core.workflow.step_groups import Condition, Router
from wherry.core.workflow.step_loop import Loop
from wherry.core.workflow.workflow_saving import keep

if TYPE_CHECKING:
    from wherry.core.events.step_requirements import StepRequirement
    from wherry.core.run import Event
    from wherry.core.workflow.workflow_run import WorkflowRun


_EXECUTORS = ("agent", "team", "workflow")
# No policy of a step tolerates these: the input is refused, or the workflow cannot work as it is set up.
_FINAL = (InputCheckError, OutputCheckError, ConfigurationError)


async def hold(run: WorkflowRun, index: int, name: str, kind: PauseKind | None, event: Event) -> list[Event]:
    """Make the output a paused one, store it, and give the event."""
    output = run.output
    output.status = RunStatus.paused
    output.paused_step_index = index
    output.paused_step_name = name
    output.pause_kind = kind
    output.step_results = list(run.results)
    output.metrics.stop_timer()
    # The tokens are counted once, when the run has ended.
    run.session.session_data.setdefault("session_metrics", {})
    run.remember(event)
    await keep(run)
    return [event]


def ask(run: WorkflowRun, requirement: StepRequirement) -> None:
    """Add a question; those answered before stay, the last one is the open one."""
    run.output.step_requirements = [*(run.output.step_requirements or ()), requirement]


async def hold_with(run: WorkflowRun, step: Any, index: int, name: str, requirement: StepRequirement) -> list[Event]:
    """Pause before a step."""
    ask(run, requirement)
    where = {"step_name": name, "step_index": index}
    if requirement.requires_route_selection:
        event = run.event(
            "RouterPausedEvent",
            **where,
            available_choices=requirement.available_choices or [],
            user_input_message=requirement.user_input_message,
            allow_multiple_selections=requirement.allow_multiple_selections,
        )
    else:
        schema = requirement.user_input_schema
        event = run.event(
            "StepPausedEvent",
            **where,
            step_id=step.step_id,
            requires_confirmation=requirement.requires_confirmation,
            confirmation_message=requirement.confirmation_message,
            requires_user_input=requirement.requires_user_input,
            user_input_message=requirement.user_input_message,
            user_input_schema=None if schema is None else [item.to_dict() for item in schema],
        )
    return await hold(run, index, name, PauseKind.STEP, event)


async def pause_before(run: WorkflowRun, step: Any, index: int, given: StepInput) -> list[Event] | None:
    """The events of a pause before a step, or None when it may run."""
    requirement = question_before(step, index, given)
    if requirement is None:
        return None
    return await hold_with(run, step, index, name_of(step, index), requirement)


async def pause_after(
    run: WorkflowRun, step: Any, index: int, name: str, given: StepInput, output: StepOutput, retries: int
) -> list[Event] | None:
    """The events of a pause after a step, or None when the workflow may go on."""
    if isinstance(step, (Step, Router)) and wants_output_review(step, output):
        requirement = output_question(step, index, given, output, retries)
    elif isinstance(step, Loop) and output.requires_iteration_review_pause:
        output.requires_iteration_review_pause = False
        requirement = iteration_question(step, index, given, output)
    else:
        return None
    ask(run, requirement)
    event = run.event(
        "StepOutputReviewEvent",
        step_name=name,
        step_index=index,
        step_id=step.step_id,
        output_review_message=requirement.output_review_message,
    )
    return await hold(run, index, name, PauseKind.STEP, event)


def paused_inside(output: StepOutput) -> bool:
    """Whether an agent, a team or an inner workflow waits for a person somewhere inside an output."""
    if not output.is_paused:
        return False
    return output.executor_type in _EXECUTORS or any(paused_inside(inner) for inner in output.steps or ())


def step_with_executor(step: Any, executor_id: str | None, executor_name: str | None) -> Any:
    """The step, itself or inside a group, that this agent or team runs; None when there is none."""
    if isinstance(step, Step):
        executor = step.agent or step.team
        if executor is None:
            return None
        known = executor_id is not None and executor.id == executor_id
        return step if known or (executor_name is not None and executor.name == executor_name) else None
    for inner in (*(getattr(step, "steps", None) or ()), *(getattr(step, "else_steps", None) or ())):
        found = step_with_executor(inner, executor_id, executor_name)
        if found is not None:
            return found
    return None


async def executor_paused(run: WorkflowRun, step: Any, index: int, name: str, output: StepOutput) -> list[Event] | None:
    """The events of a pause inside a step's executor, or None when no executor's run waits."""
    waiting = [response for response in run.output.step_executor_runs or () if response.is_paused]
    if not waiting:
        return None
    response = waiting[-1]
    if hasattr(response, "step_results"):
        from wherry.core.workflow.nested_pause import inner_paused

        return await inner_paused(run, step, index, name, output, response)
    kind = "team" if hasattr(response, "team_id") else "agent"
    own = {name: getattr(response, f"{kind}_{name}", None) for name in ("id", "name")}
    inner = step_with_executor(step, own["id"], own["name"])
    if inner is None:
        return None
    requirement = executor_question(inner, index, response)
    if is_record(output):
        requirement.step_output = output
    ask(run, requirement)
    event = run.event(
        "StepExecutorPausedEvent",
        step_name=name,
        step_index=index,
        step_id=inner.step_id,
        executor_id=requirement.executor_id,
        executor_name=requirement.executor_name,
        executor_run_id=requirement.executor_run_id,
        executor_type=requirement.executor_type,
        executor_requirements=requirement.executor_requirements,
    )
    return await hold(run, index, name, PauseKind.EXECUTOR, event)


def skipped(step: Any, name: str, error: Exception) -> StepOutput:
    """The output of a step that failed and may fail."""
    return StepOutput(
        step_name=name,
        step_id=step.step_id,
        step_type=StepType.STEP,
        content=f"Step skipped due to error: {error}",
        success=False,
        error=str(error),
    )


def note_failure(run: WorkflowRun, step: Any, error: Exception) -> None:
    """Keep the failed step among the results, so that the stored run tells which one it was."""
    step_id = step.step_id if isinstance(step, Step) else None
    if not run.results or run.results[-1].step_id != step_id:
        text = str(error)
        run.results.append(StepOutput(step_name=step.name, step_id=step_id, success=False, error=text, content=text))


async def failed_step(run: WorkflowRun, step: Any, index: int, name: str, error: Exception) -> list[Event]:
    """What follows an exception of a step: a pause and its events, a skipped output, or the exception again.

    Raises:
        Exception: The error, when the step's policy is to fail.
    """
    tolerant = isinstance(step, (Step, Condition)) and not isinstance(error, _FINAL)
    policy = step.human_review.on_error if tolerant else OnError.fail
    if policy == OnError.skip and not run.workflow.strict:
        run.named[name] = skipped(step, name, error)
        run.results.append(run.named[name])
        return []
    if policy == OnError.pause:
        run.output.error_requirements = [error_question(step, index, error)]
        event = run.event("StepErrorEvent", step_name=name, step_index=index, step_id=step.step_id, error=str(error))
        return await hold(run, index, name, None, event)
    note_failure(run, step, error)
    raise error


def refuse_failed_output(run: WorkflowRun, step: Any, output: StepOutput) -> None:
    """End the run when a step whose policy is to fail says that it failed.

    Raises:
        RuntimeError: What the step reported; Agno's type.
    """
    if output.success or not isinstance(step, Step) or step.skip_on_failure:
        return
    if step.human_review.on_error == OnError.fail:
        raise RuntimeError(output.error or f"Step {output.step_name} reported failure")
