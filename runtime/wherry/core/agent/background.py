"""Runs that go on after the call has returned. Called by `arun(background=True)`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from wherry.core.agent.opening import load_session
from wherry.core.agent.saving import persist
from wherry.core.events.outputs import RunStatus
from wherry.core.run import Event, Run, outcome, shown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# Tasks are held here because a loop keeps weak references only.
_running: set[asyncio.Task[Any]] = set()


def spawn(job: Any) -> asyncio.Task[Any]:
    """Start a job that nobody waits for."""
    task = asyncio.create_task(job)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task


def in_background(owner: Any, run: Run, with_output: bool) -> Any:
    """Start the run; an awaitable of its pending output, or of its stream when it is streamed."""
    return streaming(owner, run, with_output) if run.stream else pending(owner, run)


async def pending(owner: Any, run: Run) -> Any:
    """Store the run as pending, start it, return its output at once."""
    run.output.status = RunStatus.pending
    if owner.db is not None:
        await load_session(run)
        await persist(run)

    async def go() -> None:
        run.output.status = RunStatus.running
        await outcome(run, owner.events(run))

    spawn(go())
    return run.output


async def streaming(owner: Any, run: Run, with_output: bool) -> AsyncIterator[Event]:
    """The events of a run that goes on even when its reader goes away."""
    box: asyncio.Queue[Any] = asyncio.Queue()
    end = object()

    async def go() -> None:
        try:
            async for event in shown(run, owner.events(run), with_output):
                box.put_nowait(event)
        finally:
            box.put_nowait(end)

    spawn(go())
    while (event := await box.get()) is not end:
        yield event
