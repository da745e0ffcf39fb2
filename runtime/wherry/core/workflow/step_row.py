"""A row of steps that are brief functions, done one after the other in one loop without waiting for anything.

Most of what such a step costs is not its function but asking anew, for each, what is the same for all: that is asked
once here. Called by `workflow_walk`, which does every other step, and those that come to something else here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.cancel import unasked
from wherry.core.events.step_io import StepInput, StepOutput, deepest
from wherry.core.workflow.step import Step
from wherry.core.workflow.step_quiet import in_place
from wherry.core.workflow.workflow_place import Place, begin_step, take

if TYPE_CHECKING:
    from wherry.core.workflow.step_function import Way
    from wherry.core.workflow.workflow_run import WorkflowRun


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
    given, named, session, run_id = run.given, run.named, run.session, run.output.run_id
    images, videos, audio, files = run.media.values()
    before = None
    while index < len(steps):
        step = steps[index]
        way = brief_way(step)
        if way is None:
            break
        if named:
            last = next(reversed(named.values()))
            before = deepest(last) if last.steps else last.content
        received = StepInput(
            given.input, before, named, given.additional_data, [*images], [*videos], [*audio], [*files], session
        )
        name = step.name or f"step_{index + 1}"
        try:
            done = in_place(run, step, received, way)
        except BaseException:
            begin_step(run, Place(step, index, name, received))  # it is told of a run that is left just here
            raise
        if type(done) is not StepOutput or not done.success or done.is_paused or not unasked(run_id):
            return index, received, done
        take(run, name, done)
        index += 1
        if done.stop:
            return len(steps), None, None
    return index, None, None
