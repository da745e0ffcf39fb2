"""The questions that steps ask: which requirement a step, loop, condition, router or group makes, and its wording.

Pure; `workflow_pause` asks them at the right moment. Texts are part of the contract: people's programs show them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from wherry.core.events.step_io import ExecutorType, StepInput, StepOutput, StepType
from wherry.core.events.step_requirements import ErrorRequirement, StepRequirement, input_fields, plain
from wherry.core.ids import new_id
from wherry.core.log import log_warning

# What is asked before a step of this type runs, when the step has no message of its own.
_QUESTIONS = {
    "Loop": "Execute loop '{name}'?",
    "Condition": "Execute condition '{name}'? (yes=if branch, no=else branch)",
    "Router": "Execute router '{name}' with selected steps?",
    "Steps": "Execute steps pipeline '{name}'?",
}


def type_of(step: Any) -> str:
    """Name of a step's type."""
    return str(step.step_type.value)


def name_of(step: Any, index: int) -> str:
    """A step's name, or one by its place."""
    kind = type_of(step).lower()
    return step.name or f"{kind}_{index + 1}"


def deadline(review: Any) -> datetime | None:
    """When nobody has decided in time."""
    return None if review.timeout is None else datetime.now(UTC) + timedelta(seconds=review.timeout)


def base(step: Any, index: int, given: StepInput | None) -> dict[str, Any]:
    """What every question of a step holds."""
    return {
        "step_id": step.step_id,
        "step_name": name_of(step, index),
        "step_index": index,
        "step_type": type_of(step),
        "on_reject": plain(step.human_review.on_reject),
        "step_input": given,
    }


def question_before(step: Any, index: int, given: StepInput) -> StepRequirement | None:
    """What a step asks before it runs, or None."""
    review, kind = step.human_review, type_of(step)
    if kind == StepType.STEP.value:
        return before_step(step, index, given)
    if review.requires_confirmation:
        text = review.confirmation_message or _QUESTIONS[kind].format(name=step.name or kind.lower())
        return StepRequirement(**base(step, index, given), requires_confirmation=True, confirmation_message=text)
    if kind == StepType.ROUTER.value and review.requires_user_input:
        return route_question(step, index, given)
    return None


def before_step(step: Any, index: int, given: StepInput) -> StepRequirement | None:
    """The question of a plain step: confirmation, values, or both."""
    review = step.human_review
    if not (review.requires_confirmation or review.requires_user_input):
        return None
    return StepRequirement(
        **base(step, index, given),
        requires_confirmation=review.requires_confirmation,
        confirmation_message=review.confirmation_message,
        requires_user_input=review.requires_user_input,
        user_input_message=review.user_input_message,
        user_input_schema=input_fields(review.user_input_schema) if review.requires_user_input else None,
        max_retries=review.max_retries,
        timeout_at=deadline(review),
        on_timeout=review.on_timeout,
    )


def choices_of(router: Any) -> list[str]:
    """Names of a router's choices."""
    return [step.name or f"choice_{number}" for number, step in enumerate(router.prepare(), 1)]


def route_question(router: Any, index: int, given: StepInput) -> StepRequirement:
    """Which steps a router is to run."""
    review, names = router.human_review, choices_of(router)
    made = StepRequirement(
        **base(router, index, given),
        requires_route_selection=True,
        user_input_message=review.user_input_message or f"Select a route from: {', '.join(names)}",
        user_input_schema=input_fields(review.user_input_schema),
        available_choices=names,
        allow_multiple_selections=review.allow_multiple_selections,
    )
    made.on_reject = "cancel"
    return made


def wants_output_review(step: Any, output: StepOutput) -> bool:
    """Whether a person has to see an output; a condition of the user's that fails counts as no."""
    wanted = step.human_review.requires_output_review
    if not callable(wanted):
        return bool(wanted)
    try:
        return bool(wanted(output))
    except Exception as error:  # noqa: BLE001 - the user's own condition must not break the run
        log_warning(f"requires_output_review of step {step.name!r} failed, so nobody is asked: {error!r}")
        return False


def output_question(step: Any, index: int, given: StepInput, output: StepOutput, retries: int) -> StepRequirement:
    """Whether an output may count."""
    review, router = step.human_review, type_of(step) == StepType.ROUTER.value
    name = name_of(step, index) if router else step.name or "step"
    text = review.output_review_message or f"Review output of {'router' if router else 'step'} '{name}'?"
    return StepRequirement(
        **base(step, index, None if router else given),
        requires_output_review=True,
        output_review_message=text,
        requires_confirmation=True,
        confirmation_message=text,
        step_output=output,
        is_post_execution=True,
        retry_count=retries,
        max_retries=review.max_retries,
        available_choices=choices_of(step) if router else None,
        timeout_at=None if router else deadline(review),
        on_timeout="cancel" if router else review.on_timeout,
    )


def iteration_question(
    loop: Any, index: int, given: StepInput, output: StepOutput, done: int | None = None
) -> StepRequirement:
    """Whether a loop's output after so many rounds is good enough; they are counted when no number is given."""
    if done is None:
        done = len(output.steps or ()) // max(len(loop.steps), 1)
    text = loop.human_review.iteration_review_message or (
        f"Loop '{loop.name or 'loop'}' completed iteration {done}/{loop.max_iterations}. Continue?"
    )
    return StepRequirement(
        **base(loop, index, given),
        requires_output_review=True,
        output_review_message=text,
        requires_confirmation=True,
        confirmation_message=text,
        step_output=output.steps[-1] if output.steps else output,
        is_post_execution=True,
    )


def executor_question(step: Any, index: int, response: Any) -> StepRequirement:
    """What the agent or team of a step waits for."""
    executor = step.active_executor
    open_ones = [item for item in response.requirements or () if not item.is_resolved()]
    return StepRequirement(
        step_id=step.step_id,
        step_name=step.name,
        step_index=index,
        step_type=StepType.STEP,
        requires_executor_input=True,
        executor_requirements=[item.to_dict() for item in open_ones],
        executor_id=executor.id,
        executor_name=executor.name,
        executor_run_id=response.run_id,
        executor_type=ExecutorType(step.executor_type),
        executor_session_id=response.session_id,
    )


def check_timeout(requirement: StepRequirement) -> str | None:
    """What happens because nobody decided in time, or None; mirrors `agno.workflow.utils.hitl.check_timeout`."""
    return plain(requirement.on_timeout) if requirement.is_timed_out else None


def error_question(step: Any, index: int, error: Exception) -> ErrorRequirement:
    """Whether a failed step is tried again."""
    return ErrorRequirement(
        step_id=step.step_id or new_id(),
        step_name=name_of(step, index),
        step_index=index,
        error_message=str(error),
        error_type=type(error).__name__,
    )
