"""The short way through a step whose events nobody would see: one coroutine instead of nested generators.

A generator costs about a microsecond on an event loop whatever it yields, and a step passes through six. What a step
does is the same as in `Step.events`; the tests of workflows go both ways. Called by `workflow_walk`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.callables import kind_of_callable
from wherry.core.errors import RunCancelledException
from wherry.core.log import log_warning
from wherry.core.run import outcome
from wherry.core.workflow.brief import work
from wherry.core.workflow.step import Step, failed_but_skipped
from wherry.core.workflow.step_function import arguments_for, as_output, refuse_async

if TYPE_CHECKING:
    from wherry.core.events.step_io import StepInput, StepOutput
    from wherry.core.workflow.workflow_run import WorkflowRun


def quiet_kind(run: WorkflowRun, step: Any) -> str:
    """How a step can be done that can only give its output; empty when it cannot.

    It must have no events, of its own or of its executor, and no question around it.

    Returns:
        ``plain`` or ``coroutine`` for functions, ``run`` for agents and teams.
    """
    if run.watched or type(step) is not Step or step.workflow is not None:
        return ""
    review = step.human_review
    if review.requires_confirmation or review.requires_user_input or review.requires_output_review:
        return ""
    if step.executor is None:
        return "" if run.stream else "run"
    kind = kind_of_callable(step.active_executor)
    return kind if kind in _QUIET else ""


_QUIET = frozenset({"plain", "coroutine"})


async def quiet(run: WorkflowRun, step: Step, given: StepInput, kind: str) -> StepOutput:
    """Do a step's work, with its retries.

    Raises:
        Exception: What the last try raised, unless the step may be skipped.
    """
    step.hand_over(run, given)
    for number in range(step.max_retries + 1):
        try:
            if kind == "run":
                return await _asked(run, step, given)
            return step.labelled(await _called(run, step, given, kind))
        except RunCancelledException:
            raise
        except Exception as error:
            log_warning(f"Step {step.name} failed (attempt {number + 1}): {error}")
            if number < step.max_retries:
                continue
            if not step.skip_on_failure:
                raise
            return failed_but_skipped(step, error)
    raise RuntimeError(f"Step {step.name!r} ended without an output.")


async def _called(run: WorkflowRun, step: Step, given: StepInput, kind: str) -> StepOutput:
    function = step.active_executor
    refuse_async(run, kind)
    positional, named = arguments_for(function, given, run.context)
    if kind == "coroutine":
        return as_output(await function(*positional, **named))
    return as_output(await work(run.waits, step, positional, named))


async def _asked(run: WorkflowRun, step: Step, given: StepInput) -> StepOutput:
    child = step.child_run(run, given)
    await outcome(child, step.active_executor.events(child))
    step.keep(run, child.output)
    return step.from_response(run, child.output)
