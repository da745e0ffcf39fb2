"""Leaving async runs: streams read in a task, and a store that is still at work when its caller has gone."""

import asyncio

import pytest

from wherry.db.in_memory import InMemoryDb


class SlowStore(InMemoryDb):
    """Takes its time, as a server does, until `go_on`; says when it begins to store a run and when it has."""

    def __init__(self):
        super().__init__()
        self.at_it, self.go_on, self.stored = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def save_run(self, session, run):
        self.at_it.set()
        await self.go_on.wait()
        super().save_run(session, run)
        self.stored.set()


async def read_to_the_end(stream):
    async for _ in stream:
        pass


async def cancelled_twice(task, db):
    """Cancel a task, and once more while its run is being stored; returns when it is."""
    task.cancel()
    async with asyncio.timeout(60):
        await db.at_it.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not db.stored.is_set()
    db.go_on.set()
    async with asyncio.timeout(60):
        await db.stored.wait()
