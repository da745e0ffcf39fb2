"""A row of steps that are brief functions, done one after the other in one loop without waiting for anything.

Most of what such a step costs is not its function but asking anew, for each, what is the same for all: that is asked
once here. What `Step.hand_over`, `in_place`, `Step.labelled` and `take` do of it stands in the loop itself: a call of
each takes longer than its few lines. Called by `workflow_walk`, which does every other step, and those that come to
something else here.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from wherry.core import cancel
from wherry.core.events.step_io import StepInput, StepOutput, StepType, deepest
from wherry.core.workflow.brief import BRIEF, took
from wherry.core.workflow.step import Step
from wherry.core.workflow.step_quiet import as_given, failed_in_place
from wherry.core.workflow.workflow_place import Place, begin_step, take_media

if TYPE_CHECKING:
    from wherry.core.workflow.step_function import Way
    from wherry.core.workflow.workflow_run import WorkflowRun

_STEP = StepType.STEP
_NOTHING = StepOutput()
_new = StepInput.__new__


def brief_way(step: Any) -> Way | None:
    """How a step is called that is a plain function known to be brief, and nothing else; None of any other."""
    if type(step) is not Step or not step.brief or step.workflow is not None or step.executor is None:
        return None
    way, review = step.way, step.human_review
    if way is None or way.kind != "plain" or way.function is not step.active_executor:
        return None  # it was given another function, which is to be looked at first
    if review.requires_confirmation or review.requires_user_input or review.requires_output_review:
        return None
    return way


def row(run: WorkflowRun, steps: list[Any], index: int) -> tuple[int, StepInput | None, Any]:
    """Do steps from an index on, as long as they are brief functions that succeed; the run is on an event loop.

    Returns:
        The index of the first step that is not done; what its function was called with (None: it was not) and
        what that gave, an output or what to wait for to have it. All done, or stopped: the number of steps.
    """
    given, named, results, session, run_id = run.given, run.named, run.results, run.session, run.output.run_id
    told, more = given.input, given.additional_data
    images, videos, audio, files = run.media.values()
    manager, asked = cancel.own_intents()
    while index < len(steps) and (way := brief_way(step := steps[index])) is not None:
        received = _new(StepInput)  # its `__init__` would be called by way of C, which takes longer than all this
        received.input = told
        last = next(reversed(named.values())) if named else _NOTHING
        received.previous_step_content = deepest(last) if last.steps else last.content
        received.previous_step_outputs = named
        received.additional_data = more
        received.images, received.videos, received.audio, received.files = [*images], [*videos], [*audio], [*files]
        received.workflow_session = session
        begun = perf_counter()
        try:
            done = way.function(received, **way.named(run.context)) if way.takes_context else way.function(received)
            if type(done) is not StepOutput:
                done = as_given(run, step, received, way, begun, done)
        except Exception as error:  # noqa: BLE001 - the first of the step's tries
            return index, received, failed_in_place(run, step, received, way, begun, error)
        except BaseException:
            begin_step(run, Place(step, index, step.name or f"step_{index + 1}", received))  # the run is left just here
            raise
        if (seconds := perf_counter() - begun) >= BRIEF:
            took(step, way.function, seconds)
        if type(done) is not StepOutput:
            return index, received, done
        name = step.name
        done.step_name, done.step_id, done.step_type = name or "unnamed_step", step.step_id, _STEP
        done.executor_type, done.executor_name = step._executor_type, way.called or step.executor_name  # noqa: SLF001
        if not done.success or done.is_paused or cancel._cancellation_manager is not manager or asked.get(run_id):  # noqa: SLF001
            return index, received, done
        results.append(done)
        named[name or f"step_{index + 1}"] = done
        if done.images or done.videos or done.audio or done.files:
            take_media(run, done)
        index += 1
        if done.stop:
            return len(steps), None, None
    return index, None, None
