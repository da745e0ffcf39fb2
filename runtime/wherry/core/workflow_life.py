"""The life of one run of a workflow: session, steps in turn, storing, terminal event.

`lifecycle` wraps `walk`, which goes through the steps from a given one on; pauses and their continuation are in
`workflow_pause`. Called by the workflow.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from typing import Any

from wherry.core.cancel import cleanup_run, register_run
from wherry.core.errors import InputCheckError, OutputCheckError, RunCancelledException
from wherry.core.log import log_error, log_warning
from wherry.core.metrics import RunMetrics
from wherry.core.outputs import CancellationStage, RunStatus
from wherry.core.prompt import accepted_or_all
from wherry.core.run import Event
from wherry.core.session_state import loaded_state, merge_metadata
from wherry.core.session_store import ask_store, check_store
from wherry.core.step import Step
from wherry.core.step_groups import Condition, as_steps
from wherry.core.step_io import StepInput, StepMetrics, StepOutput, StepType, WorkflowMetrics
from wherry.core.workflow_run import WorkflowRun

_MEDIA = ("images", "videos", "audio", "files")


async def lifecycle(run: WorkflowRun) -> AsyncIterator[Event]:
    """Events of a whole run; afterwards `run.output` is final and stored."""
    output = run.output
    register_run(output.run_id)
    try:
        await begin(run)
        yield run.remember(run.event("WorkflowStartedEvent"))
        async for event in guarded(run, perform(run)):
            yield event
    finally:
        cleanup_run(output.run_id)


async def guarded(run: WorkflowRun, source: AsyncIterator[Event]) -> AsyncIterator[Event]:
    """Pass events on; end the run properly when they break off.

    Raises:
        Exception: What broke the run off, after it was stored; Agno raises it, too.
    """
    try:
        async for event in source:
            yield event
    except RunCancelledException as error:
        async for event in cancelled(run, error):
            yield event
    except Exception as error:
        async for event in failed(run, error):
            yield event
        raise


async def begin(run: WorkflowRun) -> None:
    """Load the session; settle metadata and state."""
    workflow, context, output = run.workflow, run.context, run.output
    if run.session is None:
        run.session = await read_session(run)
    session = run.session
    merge_metadata(session.metadata, workflow.metadata)
    given = context.session_state if context.session_state is not None else {}
    stored = (session.session_data or {}).get("session_state")
    state = loaded_state(stored, given, overwrite=workflow.overwrite_db_session_state)
    if session.session_data is not None:
        session.session_data["session_state"] = state
    state.update(ids_of_run(run))
    context.session_state = state
    output.status = RunStatus.running
    output.metrics = WorkflowMetrics(steps={})
    output.metrics.start_timer()


def ids_of_run(run: WorkflowRun) -> dict[str, Any]:
    """What a state tells steps about the running run; never stored."""
    workflow, context = run.workflow, run.context
    ids: dict[str, Any] = {}
    if context.user_id:
        ids["current_user_id"] = context.user_id
    if run.output.session_id is not None:
        ids["current_session_id"] = run.output.session_id
    ids["current_run_id"] = run.output.run_id
    if workflow.id is not None:
        ids["workflow_id"] = workflow.id
    ids.update(run_id=run.output.run_id, session_id=run.output.session_id)
    if workflow.name:
        ids["workflow_name"] = workflow.name
    return ids


TRANSIENT = (
    "current_user_id",
    "current_session_id",
    "current_run_id",
    "workflow_id",
    "run_id",
    "session_id",
    "workflow_name",
)


async def read_session(run: WorkflowRun) -> Any:
    """The stored session, or a new one."""
    workflow, context = run.workflow, run.context
    known = workflow.known_session(run.output.session_id)
    if known is not None:
        return known
    session = None
    db = workflow.db
    if db is not None:
        check_store(db, blocking=run.waits.blocking)
        kind = workflow.session_type()
        if hasattr(db, "load_run_context"):
            last = workflow.num_history_runs if workflow.needs_history() else 0
            session = await ask_store(run, db, "load_run_context", run.output.session_id, kind, context.user_id, last)  # type: ignore[arg-type]
        else:
            session = await ask_store(
                run, db, "get_session", session_id=run.output.session_id, session_type=kind, user_id=context.user_id  # type: ignore[arg-type]
            )
    if session is None:
        session = workflow.new_session(run.output.session_id, context.user_id)
    if workflow.cache_session:
        workflow.remember_session(session)
    return session


async def perform(run: WorkflowRun) -> AsyncIterator[Event]:
    """The steps, or the function that stands for them, then the end."""
    if callable(run.workflow.steps) and not hasattr(run.workflow.steps, "step_type"):
        async for event in whole_function(run):
            yield event
    else:
        async for event in walk(run, 0):
            yield event
        if run.output.status == RunStatus.paused:
            return
        settle(run)
    async for event in complete(run):
        yield event


async def whole_function(run: WorkflowRun) -> AsyncIterator[Event]:
    """A workflow whose steps are one function of (workflow, execution_input)."""
    function, output = run.workflow.steps, run.output
    offered = {
        "workflow": run.workflow,
        "execution_input": run.given,
        "session_state": run.context.session_state,
        "run_context": run.context,
        **run.options.get("extra_arguments", {}),
    }
    arguments = accepted_or_all(function, **offered)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        content = ""
        async for item in run.waits.each(function(**arguments)):
            run.stop_if_cancelled()
            if isinstance(getattr(item, "content", None), str):
                content += item.content
                yield item
            elif not hasattr(item, "event"):
                content += str(item)
        output.content = content
    else:
        output.content = await run.waits.work(function, **arguments)
    output.status = RunStatus.completed


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


async def walk(run: WorkflowRun, start: int) -> AsyncIterator[Event]:
    """Run the top-level steps from one on."""
    from wherry.core.workflow_pause import pause_after, pause_before

    steps = steps_of(run)
    share_media(run)
    for index in range(start, len(steps)):
        step = steps[index]
        run.stop_if_cancelled()
        name = step.name or f"step_{index + 1}"
        given = input_for(run)
        held = await pause_before(run, step, index, name, given)
        if held is not None:
            for event in held:
                yield event
            return
        made: list[StepOutput] = []
        async for event in one_step(run, step, index, name, given, made):
            yield event
        if run.output.status == RunStatus.paused:
            return
        output = made[0] if made else None
        held = await pause_after(run, step, index, name, given, output)
        if held is not None:
            for event in held:
                yield event
            return
        await checkpoint(run)
        if output is not None and output.stop:
            return


async def one_step(
    run: WorkflowRun, step: Any, index: int, name: str, given: StepInput, made: list[StepOutput]
) -> AsyncIterator[Event]:
    """Run one top-level step; its output lands in `made` and in the run."""
    from wherry.core.workflow_pause import executor_paused, failed_step

    run.partial = ""
    try:
        async for item in step.events(run, given, index):
            if not isinstance(item, StepOutput):
                run.stop_if_cancelled()
                note_partial(run, item)
                yield run.remember(run.place(item, step, index) if item_is_foreign(run, item) else item)
                continue
            if item.is_paused:
                for event in await executor_paused(run, step, index, name, item):
                    yield event
                return
            take(run, name, item)
            made.append(item)
            if run.stream and getattr(step, "executor_type", None) == "function":
                yield run.remember(
                    run.event("StepOutputEvent", step_output=item, step_name=item.step_name, step_index=index)
                )
    except RunCancelledException:
        raise
    except Exception as error:
        for event in await failed_step(run, step, index, name, error, made):
            yield event


def item_is_foreign(run: WorkflowRun, item: Any) -> bool:
    """Whether an event belongs to an executor or a nested workflow."""
    return getattr(item, "run_id", None) != run.output.run_id


def note_partial(run: WorkflowRun, item: Any) -> None:
    """Keep what an executor has said so far, for a run that is cancelled in the middle."""
    if getattr(item, "event", "").endswith("RunContent") and isinstance(item.content, str):
        run.partial += item.content


def take(run: WorkflowRun, name: str, output: StepOutput) -> None:
    """Add a step's output to what later steps see."""
    run.results.append(output)
    run.named[name] = output
    for kind in _MEDIA:
        run.media[kind].extend(getattr(output, kind) or ())


def share_media(run: WorkflowRun) -> None:
    """Begin with the media of the input."""
    for kind in _MEDIA:
        run.media.setdefault(kind, list(getattr(run.given, kind) or ()))


def input_for(run: WorkflowRun) -> StepInput:
    """What the next top-level step receives."""
    last = next(reversed(run.named.values()), None)
    return StepInput(
        input=run.given.input,
        previous_step_content=last.content if last is not None else None,
        previous_step_outputs=run.named if run.named else {},
        additional_data=run.given.additional_data,
        images=list(run.media["images"]),
        videos=list(run.media["videos"]),
        audio=list(run.media["audio"]),
        files=list(run.media["files"]),
    )


def last_content(results: list[StepOutput]) -> Any:
    """The content of the last leaf."""
    current = results[-1]
    while current.steps:
        current = current.steps[-1]
    return current.content


def settle(run: WorkflowRun) -> None:
    """Put the steps' outputs into the workflow's."""
    output = run.output
    stop_timer(run)
    output.content = last_content(run.results) if run.results else "No steps executed"
    output.step_results = run.results
    for kind in _MEDIA:
        setattr(output, kind, list(run.media.get(kind, ())))
    output.status = RunStatus.completed


def stop_timer(run: WorkflowRun) -> None:
    """Final metrics: one entry for each step an agent or team did, and the duration."""
    timer = run.output.metrics
    timer.stop_timer()
    steps: dict[str, StepMetrics] = {}
    collect_metrics(run.results, steps)
    run.output.metrics = WorkflowMetrics(steps=steps, duration=timer.duration)


def collect_metrics(results: list[StepOutput], into: dict[str, StepMetrics]) -> None:
    """Metrics of executors, inner steps first."""
    for output in results:
        collect_metrics(output.steps or [], into)
        if output.step_name and output.metrics and output.executor_type in ("agent", "team"):
            into[output.step_name] = StepMetrics(
                step_name=output.step_name,
                executor_type=output.executor_type,
                executor_name=output.executor_name or "unknown",
                metrics=output.metrics,
            )


async def complete(run: WorkflowRun) -> AsyncIterator[Event]:
    """Store the run, then the terminal event."""
    output = run.output
    done = completed_event(run)
    run.remember(done)
    await save(run)
    yield done


def completed_event(run: WorkflowRun) -> Event:
    """The terminal event, with what the output holds."""
    output = run.output
    return run.event(
        "WorkflowCompletedEvent",
        content=output.content,
        step_results=output.step_results,
        metadata=output.metadata,
        metrics=output.metrics,
        run_output=output,
    )


async def cancelled(run: WorkflowRun, error: Exception) -> AsyncIterator[Event]:
    """Store a cancelled run with the steps it had done."""
    output = run.output
    output.status = RunStatus.cancelled
    output.cancellation_stage = CancellationStage.executing
    output.content = str(error) or f"Run {output.run_id} was cancelled"
    if run.partial:
        text = "Cancelled during execution"
        run.results.append(
            StepOutput(step_type=StepType.STEP, content=run.partial, success=False, error=text)
        )
    stop_timer(run)
    output.step_results = run.results
    events = [run.remember(run.event("WorkflowCancelledEvent", reason=str(error), content=str(error)))]
    if run.workflow.cancelled_runs_complete:
        events.append(run.remember(completed_event(run)))
    await save_quietly(run)
    for event in events:
        yield event


async def failed(run: WorkflowRun, error: Exception) -> AsyncIterator[Event]:
    """Store a run that an exception broke off."""
    output = run.output
    checked = isinstance(error, (InputCheckError, OutputCheckError))
    log_error(f"Workflow run {output.run_id!r} failed: {error}")
    output.content = str(error)
    output.status = RunStatus.error
    stop_timer(run)
    output.step_results = run.results
    kind = getattr(error, "type", None)
    event = run.event(
        "WorkflowErrorEvent",
        error=str(error),
        error_type=kind if isinstance(kind, str) else type(error).__name__,
        error_id=getattr(error, "error_id", None),
        additional_data=getattr(error, "additional_data", None) if checked else None,
    )
    run.remember(event)
    await save_quietly(run)
    yield event


async def save_quietly(run: WorkflowRun) -> None:
    """Store a run that has failed already; a second failure is logged."""
    try:
        await save(run)
    except Exception as error:
        log_warning(f"Run {run.output.run_id!r} could not be stored: {error!r}")


def count_session_metrics(run: WorkflowRun) -> None:
    """Add the executors' tokens to the session's."""
    from wherry.core.session_access import metrics_of

    session = run.session
    total = metrics_of(session)
    summed = RunMetrics()
    for step in (run.output.metrics.steps or {}).values():
        if step.metrics:
            summed = summed + step.metrics
    summed.time_to_first_token = None
    total.accumulate_from_run(summed)
    session.session_data = session.session_data or {}
    session.session_data["session_metrics"] = total.to_dict()


async def save(run: WorkflowRun) -> None:
    """Write the run and its session; without a database only the live objects change."""
    count_session_metrics(run)
    await persist(run)


async def persist(run: WorkflowRun) -> None:
    """Upsert the run into the session and store both in one transaction."""
    session, workflow, context = run.session, run.workflow, run.context
    if context.session_state is not None:
        for name in TRANSIENT:
            context.session_state.pop(name, None)
        session.session_data["session_state"] = context.session_state
    session.upsert_run(run.output)
    if workflow.db is None or run.extra.get("nested"):
        return
    db = workflow.db
    if hasattr(db, "save_run"):
        await ask_store(run, db, "save_run", session, run.output)  # type: ignore[arg-type]
        return
    await ask_store(run, db, "upsert_session", session=session)  # type: ignore[arg-type]
    if hasattr(db, "upsert_run"):
        await ask_store(  # type: ignore[arg-type]
            run, db, "upsert_run", run=run.output, session_id=session.session_id, user_id=session.user_id
        )


async def checkpoint(run: WorkflowRun) -> None:
    """Store the steps finished so far, so that a run whose process dies can go on; needs a database."""
    if run.workflow.db is None or not run.workflow.resumable or run.extra.get("nested"):
        return
    run.output.step_results = list(run.results)
    state = dict(run.context.session_state or {})
    try:
        await persist(run)
    except Exception as error:
        log_warning(f"Run {run.output.run_id!r} could not be stored after a step: {error!r}")
    if run.context.session_state is not None:
        run.context.session_state.update(state)


def fails_by_default(step: Any) -> bool:
    """Whether an exception of a step ends the run, whatever its review says; groups always do."""
    return not isinstance(step, (Step, Condition))
