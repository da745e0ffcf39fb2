"""Connections that belong to an event loop and end with it.

A program may run several loops one after the other (`asyncio.run` in a script). Each gets connections of its own; an
async generator that lives as long as the loop closes them when `asyncio.run` shuts its generators down.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerLoop(Generic[T]):
    """One resource for each running loop.

    Args:
        make: Opens it.
        close: Closes it.
    """

    def __init__(self, make: Callable[[], Awaitable[T]], close: Callable[[T], Awaitable[None]]) -> None:
        self._make, self._close = make, close
        self._held: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[asyncio.Future[T], AsyncGenerator[None, None]]
        ] = weakref.WeakKeyDictionary()

    async def get(self) -> T:
        """The running loop's resource, opened when first asked for."""
        loop = asyncio.get_running_loop()
        held = self._held.get(loop)
        if held is None:
            ready: asyncio.Future[T] = loop.create_future()
            lifetime = self._lifetime(ready)
            self._held[loop] = (ready, lifetime)
            try:
                await anext(lifetime)
            except BaseException as error:
                self._held.pop(loop, None)
                if not ready.done():
                    ready.set_exception(error)
                ready.exception()  # told to whoever waits; nobody may be
                raise
            return ready.result()
        ready = held[0]
        return ready.result() if ready.done() else await asyncio.shield(ready)

    async def _lifetime(self, ready: asyncio.Future[T]) -> AsyncGenerator[None, None]:
        resource = await self._make()
        ready.set_result(resource)
        try:
            yield
        finally:
            await self._close(resource)

    async def end(self) -> None:
        """Close the running loop's resource now."""
        held = self._held.pop(asyncio.get_running_loop(), None)
        if held is not None:
            await held[1].aclose()
