"""Handing a person's answers back to the agent or team of a step. Called by the walk of a continued run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.continuing import open_run, prepare_run
from wherry.core.errors import ConfigurationError
from wherry.core.events.step_io import StepInput
from wherry.core.run import outcome, visible
from wherry.core.workflow.workflow_pause import step_with_executor

if TYPE_CHECKING:
    from wherry.core.workflow.workflow_run import Index, WorkflowRun, Yields


def waiting_run(run: WorkflowRun, run_id: str | None) -> Any:
    """The executor's run that waits.

    Raises:
        ConfigurationError: (a ValueError) The output that is continued does not hold it.
    """
    known = run.output.step_executor_runs or ()
    for response in known:
        if response.run_id == run_id:
            return response
    raise ConfigurationError(
        f"Could not find executor run {run_id!r} in step_executor_runs; it holds {[item.run_id for item in known]}.",
        hint="Continue with the output of the paused run, or by run_id and session_id.",
    )


async def continued_executor(
    run: WorkflowRun, step: Any, index: Index, requirement: Any, parent: str | None = None
) -> Yields:
    """Go on with the executor's run: events, then the StepOutput of the step it belongs to."""
    inner = step_with_executor(step, requirement.executor_id, requirement.executor_name) or step
    executor = getattr(inner, "active_executor", None)
    if executor is None:
        raise ConfigurationError(f"Step {inner.name!r} has no agent or team executor.")
    where = {"step_name": step.name, "step_index": index, "step_id": step.step_id}
    yield run.event(
        "StepExecutorContinuedEvent",
        **where,
        executor_id=requirement.executor_id,
        executor_name=requirement.executor_name,
        executor_run_id=requirement.executor_run_id,
        executor_type=requirement.executor_type,
    )
    response = waiting_run(run, requirement.executor_run_id)
    storage = getattr(run.workflow, "media_storage", None)
    if storage is not None and getattr(executor, "media_storage", None) is None and response.messages:
        from wherry.core.media_offload import refresh

        await refresh(run.waits, response.messages, storage)
    given = inner.arguments(run, StepInput(), requirement.executor_run_id or "")
    given["stream_events"] = run.stream
    child = prepare_run(executor, response, {"requirements": requirement.run_requirements()}, given, run.waits)
    child.extra["member"] = True
    await open_run(child)
    if run.stream:
        async for event in visible(child, executor.continue_events(child)):
            yield run.place(event, inner, index)
    else:
        await outcome(child, executor.continue_events(child))
    inner.keep(run, child.output)
    output = inner.from_response(run, child.output)
    yield output
    if run.stream and not output.is_paused:
        # Shown to every caller, as in Agno: it closes the step that the pause left open.
        run.extra["shown"] = done = inner.completed(run, output, index, parent)
        yield done
