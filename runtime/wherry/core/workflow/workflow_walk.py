"""Going through the top-level steps of a workflow, from the first or from where a run goes on.

Around each step the questions of `workflow_pause` are asked; after each the run is stored. Called by the life of a
run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wherry.core.cancel import unasked
from wherry.core.errors import RunCancelledException
from wherry.core.events.outputs import RunStatus
from wherry.core.events.step_io import StepInput, StepOutput
from wherry.core.workflow.group_record import Back, is_record
from wherry.core.workflow.review_requirements import route_question
from wherry.core.workflow.step_groups import as_steps
from wherry.core.workflow.step_quiet import quiet, quiet_way, unwatched_way
from wherry.core.workflow.workflow_pause import (
    executor_paused,
    failed_step,
    hold_with,
    pause_after,
    pause_before,
    paused_inside,
    refuse_failed_output,
)
from wherry.core.workflow.workflow_run import MEDIA, WorkflowRun, Yields
from wherry.core.workflow.workflow_saving import checkpoint, keeps_steps

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from wherry.core.run import Event


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


@dataclass(slots=True)
class Resume:
    """How the first step of a continued run is entered.

    Attributes:
        start: Index of that step.
        resolved: Index of the step whose question was answered; it is not asked again.
        requirement: What the step's agent, team or workflow waited for, to hand it back.
        inner: What was answered is a question of a workflow inside the step.
        additions: Added to the step's additional data: values, feedback, the output before.
        selection: Names of the steps that a person chose for a router.
        force_else: The condition was rejected; its other branch runs.
        reroute: The router's output was rejected; a person chooses another route.
        rounds: What a loop has done already.
        retries: How often the step was rejected.
    """

    start: int = 0
    resolved: int | None = None
    requirement: Any = None
    inner: bool = False
    additions: dict[str, Any] = field(default_factory=dict)
    selection: list[str] | None = None
    force_else: bool = False
    reroute: bool = False
    rounds: list[list[StepOutput]] | None = None
    retries: int = 0

    def tells(self, index: int) -> bool:
        """Whether the caller hears that the step goes on."""
        told = self.requirement or self.inner or self.selection or self.force_else or self.reroute
        return index == self.resolved and not told

    def prepare(self, step: Any, given: StepInput) -> None:
        """Add what the person gave to the step's input."""
        if self.additions:
            given.additional_data = {**(given.additional_data or {}), **self.additions}
        if self.rounds and getattr(step, "forward_iteration_output", False):
            last = self.rounds[-1]
            done = {output.step_name or f"step_{number}": output for number, output in enumerate(last, 1)}
            given.previous_step_outputs = {**(given.previous_step_outputs or {}), **done}
            given.previous_step_content = last[-1].content


@dataclass(slots=True)
class Place:
    """A top-level step about to run: the step, where it stands, and how it is entered."""

    step: Any
    index: int
    name: str
    given: StepInput
    resume: Resume | None = None

    def events(self, run: WorkflowRun) -> Yields:
        """What the step yields, entered as the continuation says."""
        step, given, index, resume = self.step, self.given, self.index, self.resume
        if resume is None:
            return step.events(run, given, index)  # type: ignore[no-any-return]
        if resume.requirement is not None and is_record(resume.requirement.step_output) and hasattr(step, "steps"):
            back = Back(resume.requirement, resume.requirement.step_output)
            return step.events(run, given, index, back=back)  # type: ignore[no-any-return]
        if resume.inner:
            from wherry.core.workflow.nested_pause import continued_inner

            return continued_inner(run, index)
        if resume.requirement is not None:
            from wherry.core.workflow.executor_continue import continued_executor

            return continued_executor(run, step, index, resume.requirement)
        if resume.selection and hasattr(step, "selector"):
            return step.events(run, given, index, selected=resume.selection)  # type: ignore[no-any-return]
        if resume.force_else and hasattr(step, "evaluator"):
            return step.events(run, given, index, force_else=True)  # type: ignore[no-any-return]
        if resume.rounds and hasattr(step, "max_iterations"):
            return step.events(run, given, index, rounds=resume.rounds)  # type: ignore[no-any-return]
        return step.events(run, given, index)  # type: ignore[no-any-return]


async def walk(run: WorkflowRun, resume: Resume | None = None) -> AsyncIterator[Event]:
    """Run the top-level steps, from the first or from where a continued run is entered."""
    steps = steps_of(run)
    share_media(run)
    for index in range(resume.start if resume else 0, len(steps)):
        run.stop_if_cancelled()
        step = steps[index]
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


async def walk_unheard(run: WorkflowRun) -> None:
    """As `walk` from the first step, for a run whose events nobody hears."""
    steps = steps_of(run)
    share_media(run)
    output, paused, kept = run.output, RunStatus.paused, keeps_steps(run)
    asked = False  # whether the run may go on, just now
    plain = run.workflow.media_storage is None
    for index, step in enumerate(steps):
        if not asked:
            run.stop_if_cancelled()
        given, name, way = input_for(run), step.name or f"step_{index + 1}", unwatched_way(step) if plain else None
        made: list[StepOutput] = []
        if way is None:
            await unseen(around(run, Place(step, index, name, given), made))
            asked = False
        else:
            try:
                done = quiet(run, step, given, way)
            except BaseException:
                begin_step(run, Place(step, index, name, given))  # it is told of a run that is left just here
                raise
            if type(done) is StepOutput and done.success and not (done.is_paused or kept) and unasked(output.run_id):
                take(run, name, done)
                if done.stop:
                    return
                asked = True
                continue
            await without_events(run, Place(step, index, name, given), made, done)
            asked = bool(made) and not kept
        if output.status is paused:
            return
        if kept:
            await checkpoint(run, index + 1)
        if made and made[0].stop:
            return


async def unseen(events: AsyncIterator[Event]) -> None:
    """Let something happen whose events nobody wants."""
    async for _ in events:
        pass


async def without_events(
    run: WorkflowRun, place: Place, made: list[StepOutput], done: StepOutput | Awaitable[StepOutput]
) -> list[Event]:
    """One step that can only give its output, as `one_step`: what there is to tell afterwards."""
    step, index, name = place.step, place.index, place.name
    begin_step(run, place)
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


def begin_step(run: WorkflowRun, place: Place) -> None:
    """Note which step is at work, for a run that ends in its middle."""
    run.partial = ""
    run.extra["current"], run.extra["unfinished"] = place, None


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


def take(run: WorkflowRun, name: str, output: StepOutput) -> None:
    """Add a step's output to what later steps see."""
    run.results.append(output)
    run.named[name] = output
    if output.images or output.videos or output.audio or output.files:
        for kind in MEDIA:
            run.media[kind].extend(getattr(output, kind) or ())


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
