"""psycopg's pool for an event loop, made to end when the loop does.

`asyncio.run` cancels the tasks that are left and waits for them. A worker of `AsyncConnectionPool` that is cancelled
while it connects takes that for a failed attempt and goes on, so a program whose pool was growing at its end would
never come to one. And a pool that is closed waits for its tasks first: cancelled ones end that wait with an error, and
its connections would stay open on the server until their memory is collected.
"""

from __future__ import annotations

import asyncio
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool


class _Tasks:
    """The queue of a pool for one worker: once the worker was cancelled, it is given nothing more."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue

    async def get(self) -> Any:
        worker = asyncio.current_task()
        if worker is not None and worker.cancelling():
            raise asyncio.CancelledError
        return await self._queue.get()


class LoopPool(AsyncConnectionPool[AsyncConnection[Any]]):
    """`AsyncConnectionPool` that ends with its loop: its workers stop, its connections are closed."""

    @classmethod
    async def worker(cls, q: Any) -> None:
        """Carry out the pool's tasks in order, until it is closed or the loop ends."""
        await super().worker(_Tasks(q))  # type: ignore[arg-type]

    async def _signal_stop_worker(self) -> list[Any]:
        return [worker for worker in await super()._signal_stop_worker() if not worker.done()]
