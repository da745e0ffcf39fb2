"""Runs of workflows that go on after the call has returned. Called by `arun(background=True)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.background import spawn, streaming
from wherry.core.events.outputs import RunStatus
from wherry.core.run import outcome
from wherry.core.workflow.workflow_life import read_session
from wherry.core.workflow.workflow_saving import persist

if TYPE_CHECKING:
    from wherry.core.workflow.workflow_run import WorkflowRun


def in_background(run: WorkflowRun, with_output: bool) -> Any:
    """Start the run; an awaitable of its pending output, or its events, which go on without a reader."""
    if run.stream:
        return streaming(run.workflow, run, with_output)  # type: ignore[arg-type]
    return pending(run)


async def pending(run: WorkflowRun) -> Any:
    """Store the run as pending, start it, return its output at once."""
    run.output.status = RunStatus.pending
    if run.workflow.db is not None:
        run.session = await read_session(run)
        await persist(run)
    spawn(outcome(run, run.workflow.events(run)))
    return run.output
