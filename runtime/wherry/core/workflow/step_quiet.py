"""The short way through a step whose events nobody would see: one coroutine instead of nested generators.

A generator costs about a microsecond on an event loop whatever it yields, and a step passes through six. What a step
does is the same as in `Step.events`; the tests of workflows go both ways. Called by `workflow_walk` and `step_row`.
"""

from __future__ import annotations

from inspect import isawaitable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from wherry.core.agent.own_way import own_way
from wherry.core.errors import RunCancelledException
from wherry.core.events.step_io import StepOutput
from wherry.core.log import log_warning
from wherry.core.run import outcome
from wherry.core.workflow.brief import BRIEF, took, work
from wherry.core.workflow.step import Step, failed_but_skipped
from wherry.core.workflow.step_function import Way, as_output, refuse_async, way_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine

    from wherry.core.events.step_io import StepInput
    from wherry.core.workflow.workflow_run import WorkflowRun


def quiet_way(run: WorkflowRun, step: Any) -> Way | None:
    """How a step can be done that can only give its output; None when it cannot.

    It must have no events, of its own or of its executor, and no question around it.
    """
    if run.watched or run.workflow.media_storage is not None:
        return None
    way = unwatched_way(step)
    return None if run.stream and way is _RUN else way


def unwatched_way(step: Any) -> Way | None:
    """As `quiet_way`, in a whole run that nobody watches and whose workflow keeps no media beside its database."""
    if type(step) is not Step or step.workflow is not None:
        return None
    review = step.human_review
    if review.requires_confirmation or review.requires_user_input or review.requires_output_review:
        return None
    if step.executor is None:
        return _RUN
    way = step.way
    if way is None or way.function is not step.active_executor:
        way = way_of(step)
    return way if way.kind in _QUIET else None


_QUIET = frozenset({"plain", "coroutine"})
_RUN = Way(None, "run", False, "")


def quiet(run: WorkflowRun, step: Step, given: StepInput, way: Way) -> StepOutput | Coroutine[Any, Any, StepOutput]:
    """Do a step's work: its output where a brief function gave one in place, else what to wait for to have it."""
    step.hand_over(run, given)
    if not step.brief or way.kind != "plain" or run.waits.blocking:
        return _tries(run, step, given, way)
    return in_place(run, step, given, way)


def in_place(run: WorkflowRun, step: Step, given: StepInput, way: Way) -> StepOutput | Coroutine[Any, Any, StepOutput]:
    """`quiet` for a brief function, which is called now; its step input is complete."""
    begun = perf_counter()
    try:
        result = way.function(given, **way.named(run.context)) if way.takes_context else way.function(given)
    except Exception as error:  # noqa: BLE001 - the first of the step's tries
        return failed_in_place(run, step, given, way, begun, error)
    return as_given(run, step, given, way, begun, result)


def failed_in_place(
    run: WorkflowRun, step: Step, given: StepInput, way: Way, begun: float, error: Exception
) -> Coroutine[Any, Any, StepOutput]:
    """What to wait for where a function, called in place, failed: the other tries."""
    took(step, way.function, perf_counter() - begun)
    return _tries(run, step, given, way, error)


def as_given(
    run: WorkflowRun, step: Step, given: StepInput, way: Way, begun: float, result: Any
) -> StepOutput | Coroutine[Any, Any, StepOutput]:
    """A step's output, or what to wait for to have it, from what its function gave in place."""
    try:
        later = type(result) is not StepOutput and isawaitable(result)
        if not later:
            result = as_output(result)  # a result that has no text is a try that failed
    except Exception as error:  # noqa: BLE001 - the first of the step's tries
        return failed_in_place(run, step, given, way, begun, error)
    if (seconds := perf_counter() - begun) >= BRIEF:
        took(step, way.function, seconds)
    return _tries(run, step, given, way, result) if later else step.labelled(result, way.called)


async def _tries(
    run: WorkflowRun, step: Step, given: StepInput, way: Way, first: Awaitable[Any] | Exception | None = None
) -> StepOutput:
    """Do a step's work, with its retries; the first try may have begun, or failed already.

    Raises:
        Exception: What the last try raised, unless the step may be skipped.
    """
    for number in range(step.max_retries + 1):
        try:
            if way is _RUN:
                return await _asked(run, step, given)
            if isinstance(first, Exception):
                raise first  # noqa: TRY301 - it goes the way of every later try's
            if first is not None:
                return step.labelled(as_output(await first), way.called)
            return step.labelled(await _called(run, step, given, way), way.called)
        except RunCancelledException:
            raise
        except Exception as error:
            log_warning(f"Step {step.name} failed (attempt {number + 1}): {error}")
            if number < step.max_retries:
                continue
            if not step.skip_on_failure:
                raise
            return failed_but_skipped(step, error)
        finally:
            first = None  # it counts once, and an error whose traceback has this frame would keep itself alive
    return failed_but_skipped(step)  # a number of retries below zero: no try at all


async def _called(run: WorkflowRun, step: Step, given: StepInput, way: Way) -> StepOutput:
    named = way.named(run.context)
    if way.kind == "coroutine":
        refuse_async(run, way.kind)
        return as_output(await way.function(given, **named))
    return as_output(await work(run.waits, step, (given,), named))


async def _asked(run: WorkflowRun, step: Step, given: StepInput) -> StepOutput:
    executor, response = step.active_executor, None
    if own_way(executor, blocking=run.waits.blocking) is not None:
        async for item in step.run_executor(run, given, None):
            response = item
    else:  # as it does for a whole run
        child = step.child_run(run, given)
        response = child.output
        await outcome(child, executor.events(child))
        step.refuse_failed(run, response)
        step.keep(run, response)
    return step.from_response(run, response)
