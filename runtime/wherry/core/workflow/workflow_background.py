"""Runs of workflows that go on after the call has returned. Called by `arun(background=True)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.background import in_turn, needs_store, spawn, streaming
from wherry.core.cancel import cleanup_run, is_cancelled, register_run
from wherry.core.events.outputs import RunStatus
from wherry.core.run import outcome
from wherry.core.workflow.workflow_life import read_session
from wherry.core.workflow.workflow_saving import keep

if TYPE_CHECKING:
    from wherry.core.workflow.workflow_run import WorkflowRun


def in_background(run: WorkflowRun, with_output: bool) -> Any:
    """Start the run; an awaitable of its pending output, or its events, which go on without a reader."""
    needs_store(run.workflow, "workflow")
    if run.stream:
        return streaming(run, run.workflow.events(run), with_output)  # type: ignore[arg-type]
    return pending(run)


async def pending(run: WorkflowRun) -> Any:
    """Store the run as pending, start it, return its output at once."""
    run.output.status, run.extra["background"] = RunStatus.pending, True
    run_id = run.output.run_id or ""
    register_run(run_id)
    try:
        run.session = await read_session(run)
        await keep(run)
    except BaseException:
        cleanup_run(run_id)
        raise

    async def go() -> None:
        if not is_cancelled(run_id):
            run.output.status = RunStatus.running
            await keep(run)
        await outcome(run, run.workflow.events(run))

    spawn(in_turn(go))
    return run.output
