"""Going through the top-level steps of a workflow, from the first or from where a run goes on.

Around each step the questions of `workflow_pause` are asked; after each the run is stored. Called by the life of a
run.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from wherry.core.errors import RunCancelledException
from wherry.core.events.outputs import RunStatus
from wherry.core.events.step_io import StepInput, StepOutput
from wherry.core.workflow.review_requirements import route_question
from wherry.core.workflow.step import Step
from wherry.core.workflow.step_groups import as_steps
from wherry.core.workflow.step_quiet import quiet, quiet_way, unwatched_way
from wherry.core.workflow.step_row import row
from wherry.core.workflow.workflow_pause import (
    executor_paused,
    failed_step,
    hold_with,
    pause_after,
    pause_before,
    paused_inside,
    refuse_failed_output,
)
from wherry.core.workflow.workflow_place import Place, Resume, begin_step, take
from wherry.core.workflow.workflow_saving import checkpoint, keeps_steps

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from wherry.core.run import Event
    from wherry.core.workflow.workflow_run import WorkflowRun


# The index of the next step; what its function was called with, or None; what that gave, or what to wait for.
Left: TypeAlias = tuple[int, StepInput | None, Any] | None


def steps_of(run: WorkflowRun) -> list[Any]:
    """The top-level steps, each made a step if it was not one."""
    workflow = run.workflow
    steps = workflow.steps
    if steps is not None and hasattr(steps, "step_type"):
        steps = steps.steps
    prepared = as_steps(steps)
    if not hasattr(workflow.steps, "step_type"):
        workflow.steps = prepared
    return prepared


async def walk(run: WorkflowRun, resume: Resume | None = None) -> AsyncIterator[Event]:
    """Run the top-level steps, from the first or from where a continued run is entered."""
    steps = steps_of(run)
    share_media(run)
    for index, step in islice(enumerate(steps), resume.start if resume else 0, None):
        run.stop_if_cancelled()
        place = Place(step, index, step.name or f"step_{index + 1}", input_for(run), resume)
        made: list[StepOutput] = []
        way = None if resume else quiet_way(run, step)
        resume = None
        if way is not None:
            begin_step(run, place)
            for event in await without_events(run, place, made, quiet(run, step, place.given, way)):
                yield event
        else:
            async for event in around(run, place, made):
                yield event
        if run.output.status == RunStatus.paused:
            return
        if keeps_steps(run):
            await checkpoint(run, index + 1)
        if made and made[0].stop:
            return


def begins_brief(workflow: Any) -> bool:
    """Whether a workflow begins with a step whose function was brief when it was last called."""
    steps = workflow.steps
    return type(steps) is list and bool(steps) and type(steps[0]) is Step and bool(steps[0].brief)


def walked_at_once(run: WorkflowRun) -> Left:
    """Do the first steps of a run whose events nobody hears, as many as a row of them does without any waiting.

    Returns:
        None when those were all; else where `walk_unheard` goes on, whether any was done or not.
    """
    steps = steps_of(run)
    share_media(run)
    run.stop_if_cancelled()
    rows = not (run.waits.blocking or run.workflow.media_storage is not None or keeps_steps(run))
    left = brief_steps(run, steps, 0, rows=rows)
    return None if left[0] >= len(steps) else left


def brief_steps(run: WorkflowRun, steps: list[Any], index: int, *, rows: bool) -> tuple[int, StepInput | None, Any]:
    """What `row` gives, where the run has rows and the next step is in one; else that step, with nothing done."""
    step = steps[index]
    return row(run, steps, index) if rows and type(step) is Step and step.brief else (index, None, None)


async def walk_unheard(run: WorkflowRun, left: Left = None) -> None:
    """As `walk` from the first step, for a run whose events nobody hears; or from where `walked_at_once` has come."""
    steps = steps_of(run)
    share_media(run)
    output, paused, kept = run.output, RunStatus.paused, keeps_steps(run)
    plain = run.workflow.media_storage is None
    rows = plain and not (kept or run.waits.blocking)
    index = left[0] if left else 0
    asked = left is not None  # whether the run may go on, just now
    while index < len(steps):
        if not asked:
            run.stop_if_cancelled()
        index, given, done = left or brief_steps(run, steps, index, rows=rows)
        if index >= len(steps):
            return
        left, step, way = None, steps[index], None
        if given is None:
            given, way = input_for(run), unwatched_way(step) if plain else None
        place = Place(step, index, step.name or f"step_{index + 1}", given)
        made: list[StepOutput] = []
        if done is None and way is None:
            await unseen(around(run, place, made))
            asked = False
        else:
            begin_step(run, place)
            await without_events(run, place, made, done if way is None else quiet(run, step, given, way))
            asked = bool(made) and not kept
        if output.status is paused:
            return
        if kept:
            await checkpoint(run, index + 1)
        if made and made[0].stop:
            return
        index += 1


async def unseen(events: AsyncIterator[Event]) -> None:
    """Let something happen whose events nobody wants."""
    async for _ in events:
        pass


async def without_events(
    run: WorkflowRun, place: Place, made: list[StepOutput], done: StepOutput | Awaitable[StepOutput]
) -> list[Event]:
    """One step that can only give its output, as `one_step`: what there is to tell afterwards."""
    step, index, name = place.step, place.index, place.name
    try:
        output = done if isinstance(done, StepOutput) else await done
        held = (
            await executor_paused(run, step, index, name, output)
            if output.is_paused and paused_inside(output)
            else None
        )
        return taken(run, place, output, made) if held is None else held
    except RunCancelledException:
        raise
    except Exception as error:  # noqa: BLE001 - the step's policy decides what follows
        return await failed_step(run, step, index, name, error)


async def around(run: WorkflowRun, place: Place, made: list[StepOutput]) -> AsyncIterator[Event]:
    """One step with the questions before and after it."""
    resume, step, index = place.resume, place.step, place.index
    for event in await before(run, place):
        yield event
    if run.output.status == RunStatus.paused:
        return
    if resume is not None:
        resume.prepare(step, place.given)
    async for event in one_step(run, place, made):
        yield event
    if run.output.status == RunStatus.paused or not made:
        return
    retries = resume.retries if resume else 0
    for event in await pause_after(run, step, index, place.name, place.given, made[0], retries) or ():
        yield event


async def before(run: WorkflowRun, place: Place) -> list[Event]:
    """What is told before a step runs: that it waits, or that it goes on."""
    resume, step, index = place.resume, place.step, place.index
    if resume is not None and resume.reroute:
        resume.prepare(step, place.given)
        return await hold_with(run, step, index, place.name, route_question(step, index, place.given))
    if resume is None or index != resume.resolved:
        return await pause_before(run, step, index, place.given) or []
    if not resume.tells(index):
        return []
    return [run.remember(run.event("StepContinuedEvent", step_name=place.name, step_index=index, step_id=step.step_id))]


async def one_step(run: WorkflowRun, place: Place, made: list[StepOutput]) -> AsyncIterator[Event]:
    """Run one top-level step; its output lands in `made` and in the run."""
    step, index, name = place.step, place.index, place.name
    begin_step(run, place)
    try:
        async for item in place.events(run):
            if not isinstance(item, StepOutput):
                yield passed_on(run, place, item)
                continue
            held = await executor_paused(run, step, index, name, item) if paused_inside(item) else None
            for event in taken(run, place, item, made) if held is None else held:
                yield event
            if held is not None:
                return
    except RunCancelledException:
        raise
    except Exception as error:  # noqa: BLE001 - the step's policy decides what follows
        for event in await failed_step(run, step, index, name, error):
            yield event
        if run.output.status != RunStatus.paused:
            made.append(run.results[-1])  # it is skipped; who reviews its output is asked about that, too


def passed_on(run: WorkflowRun, place: Place, event: Event) -> Event:
    """An event of the step, told where it happened."""
    if not ends_an_executor(event):
        run.look()
    note_partial(run, event)
    if item_is_foreign(run, event):
        return run.remember(run.place(event, place.step, place.index))
    if getattr(event, "step_name", "") is None:
        event.step_name = place.step.name  # a step inside that has no name is told under that of the outermost
    return run.remember(event)


def taken(run: WorkflowRun, place: Place, output: StepOutput, made: list[StepOutput]) -> list[Event]:
    """Take a step's output into the run; the event that shows it, for steps done by functions."""
    if run.stream:
        run.extra["unfinished"] = output  # it is told of a stream that is cancelled just here
    run.stop_if_cancelled()
    run.extra["unfinished"] = None
    take(run, place.name, output)
    made.append(output)
    if not output.success:
        refuse_failed_output(run, place.step, output)
    if not run.stream or getattr(place.step, "executor_type", None) != "function":
        return []
    # Shown, but not among the stored events: as in Agno, the step's end holds the same.
    return [output_event(run, output, place.index)]


def output_event(run: WorkflowRun, output: StepOutput, index: int) -> Event:
    """The event that shows what a function step gave."""
    return run.event("StepOutputEvent", step_output=output, step_name=output.step_name, step_index=index)


# An executor that is cancelled still ends its own stream: these pass although the run is to stop.
_ENDS = ("RunCancelled", "RunCompleted", "RunError")


def ends_an_executor(event: Any) -> bool:
    """Whether an event ends the run of an agent or team."""
    return str(getattr(event, "event", "")).endswith(_ENDS)


def item_is_foreign(run: WorkflowRun, item: Any) -> bool:
    """Whether an event belongs to an executor or a nested workflow."""
    return bool(getattr(item, "run_id", None) != run.output.run_id)


def note_partial(run: WorkflowRun, item: Any) -> None:
    """Keep what an executor has said so far, for a run that is cancelled in the middle."""
    if getattr(item, "event", "").endswith("RunContent") and isinstance(item.content, str):
        run.partial += item.content


def share_media(run: WorkflowRun) -> None:
    """Begin with the media of the input, unless the run goes on with those of its steps."""
    given = run.given
    run.media = {
        "images": [*(given.images or ())],
        "videos": [*(given.videos or ())],
        "audio": [*(given.audio or ())],
        "files": [*(given.files or ())],
        **run.media,
    }


def input_for(run: WorkflowRun) -> StepInput:
    """What the next top-level step receives."""
    given, named = run.given, run.named
    before = next(reversed(named.values())).content if named else None
    images, videos, audio, files = run.media.values()
    return StepInput(given.input, before, named, given.additional_data, [*images], [*videos], [*audio], [*files])
