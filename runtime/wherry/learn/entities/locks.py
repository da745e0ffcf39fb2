"""One change of an entity at a time: it is read, changed and written back as a whole row.

Called by the store of entities. The tools of one turn run beside each other on a loop, and runs may share a store over
threads. A lock is a loop's own; blocking callers share one. None is for both: a blocking call on a loop's own thread
would wait for ever for what a coroutine of that loop holds.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wherry.core.waits import Waits


class WriteLocks:
    """The locks of one store; a copy of it has locks of its own."""

    def __init__(self) -> None:
        self._blocking = threading.Lock()
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    def __reduce__(self) -> tuple[type[WriteLocks], tuple[()]]:
        return WriteLocks, ()

    @asynccontextmanager
    async def held(self, waits: Waits) -> AsyncIterator[None]:
        """Hold the lock that fits this kind of waiting."""
        if waits.blocking:
            with self._blocking:
                yield
            return
        async with self._loops.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            yield
