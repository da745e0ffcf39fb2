"""How a workflow's run ends: its output settled, stored, and told.

`complete`, `cancelled`, `leave` and `failed` each end a run; called by the life of a run and by its continuation.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from wherry.core.errors_checks import InputCheckError, OutputCheckError
from wherry.core.events.outputs import CancellationStage, RunStatus
from wherry.core.events.step_io import StepMetrics, StepOutput, StepType, deepest
from wherry.core.log import log_error
from wherry.core.workflow.workflow_run import MEDIA, WorkflowRun
from wherry.core.workflow.workflow_saving import save, save_quietly

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from wherry.core.run import Event


def settle(run: WorkflowRun) -> None:
    """Put the steps' outputs into the workflow's."""
    output = run.output
    stop_timer(run)
    output.content = deepest(run.results[-1]) if run.results else "No steps executed"
    output.step_results = run.results
    settle_media(run)
    output.status = RunStatus.completed
    output.paused_step_index = output.paused_step_name = output.pause_kind = None


def settle_media(run: WorkflowRun) -> None:
    """Put the media of the input and of the steps into the output."""
    output, media, continued = run.output, run.media, run.extra.get("continued")
    if not (run.workflow.agent or continued):
        output.images, output.videos, output.audio, output.files = map(list, media.values())
        return
    for kind in MEDIA:
        made = list(media.get(kind, ()))
        # As in Agno, a continued run has no empty list of files, one that a workflow's agent started none at all.
        if made or not (run.workflow.agent or kind == "files"):
            setattr(output, kind, made)


def stop_timer(run: WorkflowRun) -> None:
    """Final metrics: one entry for each step an agent or team did, and the duration."""
    metrics = run.output.metrics
    timer, metrics.timer = metrics.timer, None
    if timer is not None:
        timer.stop()
        metrics.duration = timer.elapsed_time
    metrics.steps = {}
    collect_metrics(run.results, metrics.steps)


def collect_metrics(results: list[StepOutput], into: dict[str, StepMetrics]) -> None:
    """Metrics of executors, inner steps first."""
    for output in results:
        if output.steps:
            collect_metrics(output.steps, into)
        if output.metrics and output.step_name and output.executor_type in ("agent", "team"):
            into[output.step_name] = StepMetrics(
                step_name=output.step_name,
                executor_type=output.executor_type,
                executor_name=output.executor_name or "unknown",
                metrics=output.metrics,
            )


async def complete(run: WorkflowRun) -> AsyncIterator[Event]:
    """Store the run, then the terminal event."""
    done = None
    if run.heard:
        done = completed_event(run, step_executor_runs=run.output.step_executor_runs)
        run.remember(done)
    await save(run)
    if done is not None:
        yield done


def completed_event(run: WorkflowRun, **more: Any) -> Event:
    """The terminal event, with what the output holds."""
    output = run.output
    return run.event(
        "WorkflowCompletedEvent",
        content=output.content,
        step_results=output.step_results,
        metadata=output.metadata,
        metrics=output.metrics,
        run_output=output,
        **more,
    )


async def cancelled(run: WorkflowRun, error: Exception) -> AsyncIterator[Event]:
    """Store a cancelled run with the steps it had done."""
    run.output.cancellation_stage = CancellationStage.executing
    settle_cancelled(run, str(error) or f"Workflow run {run.output.run_id} was cancelled")
    events = [run.remember(run.event("WorkflowCancelledEvent", reason=str(error), content=str(error)))]
    if run.workflow.cancelled_runs_complete:
        events.append(run.remember(completed_event(run)))
    await save_quietly(run)
    for event in events:
        yield event


def settle_cancelled(run: WorkflowRun, reason: str) -> None:
    """Put what a cancelled run had done into its output."""
    output = run.output
    output.status, output.content, output.paused_step_index = RunStatus.cancelled, reason, None
    note_unfinished(run)
    stop_timer(run)
    output.step_results = run.results


async def leave(run: WorkflowRun, left: BaseException) -> None:
    """Store an async run that its caller leaves as cancelled; an inner workflow is left by the outer one."""
    from wherry.core.leaving import REASON, to_be_stored, to_the_end

    if to_be_stored(run, left) and not run.extra.get("nested"):
        settle_cancelled(run, REASON)
        await to_the_end(save_quietly(run))


def note_unfinished(run: WorkflowRun) -> None:
    """Keep what the step that was cancelled had done among the results."""
    place, text = run.extra.get("current"), "Cancelled during execution"
    if place is None:
        return
    output = run.extra.get("unfinished") if run.stream else None
    if output is not None:
        output.success, output.error = False, text
        run.results.append(output)
    elif run.partial or not (run.stream or any(result.step_name == place.name for result in run.results)):
        step = place.step
        run.results.append(
            StepOutput(
                step_name=place.name,
                # As in Agno, a group that was broken off is told as a step without an id.
                step_id=step.step_id if step.step_type == StepType.STEP else None,
                step_type=StepType.STEP,
                executor_type=getattr(step, "executor_type", None),
                executor_name=getattr(step, "executor_name", None),
                content=run.partial or None,
                success=False,
                error=text,
            )
        )


def told(run: WorkflowRun, error: Exception) -> str:
    """An error as the content of a run; Agno's words."""
    if run.stream:
        return str(error)
    if run.extra.get("background"):
        return f"Background execution failed: {error}"
    if isinstance(error, (InputCheckError, OutputCheckError)):
        return f"Validation failed: {error} | Check: {error.check_trigger}"
    return f"Workflow execution failed: {error}"


async def failed(run: WorkflowRun, error: Exception) -> AsyncIterator[Event]:
    """Store a run that an exception broke off."""
    output = run.output
    checked = isinstance(error, (InputCheckError, OutputCheckError))
    log_error(f"Workflow run {output.run_id!r} failed: {error}")
    if not checked:
        sys.audit("wherry.run_failed", str(error))  # heard by `wherry pilot verify`, whatever becomes of the log
    output.content = told(run, error)
    output.status = RunStatus.error
    output.paused_step_index = None
    stop_timer(run)
    output.step_results = run.results
    events = [*failed_step_events(run, error)]
    events.append(
        run.event(
            "WorkflowErrorEvent",
            error=str(error),
            error_type=getattr(error, "type", None),
            error_id=getattr(error, "error_id", None),
            additional_data=getattr(error, "additional_data", None) if checked else None,
        )
    )
    for event in events:
        run.remember(event)
    await save_quietly(run)
    for event in events:
        yield event


def failed_step_events(run: WorkflowRun, error: Exception) -> Iterator[Event]:
    """What tells of the step that broke the run off: its output, when a function gave one, and its error."""
    place, output = run.extra.get("current"), run.results[-1] if run.results else None
    if place is None or output is None or output.success or output.step_id not in (place.step.step_id, None):
        return
    if output.executor_type == "function":
        yield run.event("StepOutputEvent", step_output=output, step_name=output.step_name, step_index=place.index)
    where = {"step_name": output.step_name, "step_index": place.index, "step_id": output.step_id}
    yield run.event("StepErrorEvent", error=str(error), **where)
