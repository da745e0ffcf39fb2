"""Async runs that their caller leaves: its task is cancelled, its stream is not read on.

Called by the lives of agents', teams' and workflows' runs. A run that waits for a person goes on waiting, and one that
has ended stays as it is.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from wherry.core.events.outputs import RunStatus

if TYPE_CHECKING:
    from collections.abc import Coroutine

REASON = "Operation cancelled by user"

# Tasks are held here because a loop keeps weak references only.
_storing: set[asyncio.Task[None]] = set()


def to_be_stored(run: Any, left: BaseException) -> bool:
    """Whether a run that is left is stored as cancelled. As in Agno, one that blocks leaves nothing."""
    return run.output.status == RunStatus.running and not run.waits.blocking and not isinstance(left, SystemExit)


async def to_the_end(job: Coroutine[Any, Any, None]) -> None:
    """Wait for a job that goes on when the caller is cancelled once more.

    A web framework whose client has gone cancels again at every wait, until the run is left.
    """
    task = asyncio.create_task(job)
    _storing.add(task)
    task.add_done_callback(_storing.discard)
    await asyncio.shield(task)
