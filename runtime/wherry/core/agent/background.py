"""Runs that go on after the call has returned. Called by `arun(background=True)`.

At most so many of them are at work at once on a loop; the others wait as pending. Mirrors `agno.run.background` and
`agno.run.concurrency`.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from wherry.core.agent.opening import load_session
from wherry.core.agent.saving import persist
from wherry.core.cancel import cleanup_run, is_cancelled, register_run
from wherry.core.errors import ConfigurationError, RunNotContinuableError
from wherry.core.events.outputs import RunStatus
from wherry.core.log import log_error, log_warning
from wherry.core.run import Event, Run, outcome, shown
from wherry.core.sessions.session_store import stored_or_told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

USUAL_LIMIT = 32
LIMIT = "AGNO_BACKGROUND_MAX_CONCURRENCY"

# Tasks are held here because a loop keeps weak references only.
_running: set[asyncio.Task[Any]] = set()
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[int, asyncio.Semaphore]] = WeakKeyDictionary()


def needs_store(owner: Any, kind: str) -> None:
    """Refuse a background run whose output nobody could look up.

    Raises:
        ConfigurationError: (a ValueError) the owner has no database.
    """
    if owner.db is None:
        raise ConfigurationError(
            f"A background run needs a database in which its output can be looked up, and this {kind} has db=None.",
            hint="Give db=, for example SqliteDb(...), or leave background=True out.",
        )


def limit() -> int:
    """How many background runs may be at work at once on a loop; 0 or less for any number."""
    text = os.environ.get(LIMIT)
    if text is None:
        return USUAL_LIMIT
    try:
        return int(text)
    except ValueError:
        log_warning(f"{LIMIT} is {text!r}, which is no number; {USUAL_LIMIT} is used")
        return USUAL_LIMIT


async def in_turn(job: Callable[[], Awaitable[Any]]) -> None:
    """Do a job once a place is free."""
    most = limit()
    if most <= 0:
        await job()
        return
    loop = asyncio.get_running_loop()
    known = _slots.get(loop)
    if known is None or known[0] != most:
        known = _slots[loop] = (most, asyncio.Semaphore(most))
    async with known[1]:
        await job()


def spawn(job: Any) -> asyncio.Task[Any]:
    """Start a job that nobody waits for."""
    task = asyncio.create_task(job)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task


def in_background(owner: Any, run: Run, with_output: bool) -> Any:
    """Start the run; an awaitable of its pending output, or of its stream when it is streamed.

    Raises:
        ConfigurationError: The owner has no database.
    """
    needs_store(owner, owner._kind)  # noqa: SLF001 - a part of the same object
    return streaming(run, owner.events(run), with_output) if run.stream else pending(owner, run)


async def pending(owner: Any, run: Run) -> Any:
    """Store the run as pending, start it, return its output at once."""
    run.output.status = RunStatus.pending
    register_run(run.output.run_id)  # a cancel finds it from now on
    try:
        await load_session(run)
        await stored_or_told(owner.db, run.output.run_id, persist(run))
    except BaseException:
        cleanup_run(run.output.run_id)
        raise

    async def go() -> None:
        if not is_cancelled(run.output.run_id):
            run.output.status = RunStatus.running
            await stored_or_told(owner.db, run.output.run_id, persist(run))
        await outcome(run, owner.events(run))

    spawn(in_turn(go))
    return run.output


async def streaming(run: Run, source: AsyncIterator[Event], with_output: bool) -> AsyncIterator[Event]:
    """The events of a run that goes on even when its reader goes away.

    Raises:
        RunNotContinuableError: The output that goes on is an older copy; of what else goes wrong the log tells.
    """
    box: asyncio.Queue[Any] = asyncio.Queue()
    end = object()

    async def go() -> None:
        try:
            async for event in shown(run, source, with_output):
                box.put_nowait(event)
        except Exception as error:  # noqa: BLE001 - nobody awaits this task; as in Agno, the reader's stream just ends
            if isinstance(error, RunNotContinuableError) and error.outdated:
                box.put_nowait(error)
            else:
                log_error(f"A stream in the background broke off: {error}")
        finally:
            box.put_nowait(end)

    spawn(in_turn(go))
    while (event := await box.get()) is not end:
        if isinstance(event, RunNotContinuableError):
            raise event
        yield event
