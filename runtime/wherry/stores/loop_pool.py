"""psycopg's pool for an event loop, made to end when the loop does.

`asyncio.run` cancels the tasks that are left and waits for them. A worker of `AsyncConnectionPool` that is cancelled
while it connects takes that for a failed attempt and goes on, so a program whose pool was growing at its end would
never come to one. And a pool that is closed waits for its tasks first: cancelled ones end that wait with an error, and
its connections would stay open on the server until their memory is collected.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

from psycopg_pool import AsyncConnectionPool

from wherry.stores.loop_lines import LoopLine


class _Tasks:
    """The queue of a pool for one worker: once the worker was cancelled, it is given nothing more."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue

    async def get(self) -> Any:
        worker = asyncio.current_task()
        if worker is not None and worker.cancelling():
            raise asyncio.CancelledError
        return await self._queue.get()


class LoopPool(AsyncConnectionPool[LoopLine]):
    """`AsyncConnectionPool` that ends with its loop: its workers stop, its connections are closed."""

    @classmethod
    async def worker(cls, q: Any) -> None:
        """Carry out the pool's tasks in order, until it is closed or the loop ends."""
        await super().worker(_Tasks(q))  # type: ignore[arg-type]

    async def _signal_stop_worker(self) -> list[Any]:
        return [worker for worker in await super()._signal_stop_worker() if not worker.done()]

    def ready(self) -> LoopLine | None:
        """A connection that surely lives, the one used last; None when there is none and `connection` has to be asked.

        The pool's own way, `getconn`, is the only public one: it takes its lock twice and begins two generators for the
        same, and hands out the one that has rested longest, so that each of them is used and none is found superfluous.
        There is no other, so what the pool notes by itself is noted here under its own names; a test compares both.
        """
        idle = self._pool
        if not idle or self.closed or not idle[-1].fresh():
            return None
        line = idle.pop()
        self._nconns_min = min(self._nconns_min, len(idle))
        line._pool = self  # noqa: SLF001 - as the pool itself says whose it is
        return line

    def taken_back(self, line: LoopLine) -> bool:
        """Whether a connection that was `ready` is in the pool again; if not, it takes `putconn`, which may wait."""
        expires = line._expire_at  # noqa: SLF001 - set by the pool
        if self._waiting or self.closed or line.pgconn.transaction_status or expires <= monotonic():
            return False
        line._pool = None  # noqa: SLF001 - as above
        self._pool.append(line)
        return True
