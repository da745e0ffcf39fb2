"""Connections that belong to an event loop and end with it.

A program may run several loops one after the other (`asyncio.run` in a script). Each gets connections of its own; an
async generator that lives as long as the loop closes them when `asyncio.run` shuts its generators down.
"""

from __future__ import annotations

import asyncio
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
        self._held: dict[asyncio.AbstractEventLoop, tuple[asyncio.Task[T], AsyncGenerator[T, None]]] = {}

    async def get(self) -> T:
        """The running loop's resource, opened when first asked for; a caller that is cancelled takes it from no other.

        Raises:
            Exception: What opening it raised, for all who waited for it; the next who asks tries again.
        """
        loop = asyncio.get_running_loop()
        opening = (self._held.get(loop) or self._begun(loop))[0]
        if not opening.done():
            await asyncio.wait((opening,))  # to await the task itself would cancel it with its caller
        if opening.cancelled():  # not by a caller: all tasks were, and this one ends its work
            self._forget(opening)
            return await self.get()
        return opening.result()

    def _begun(self, loop: asyncio.AbstractEventLoop) -> tuple[asyncio.Task[T], AsyncGenerator[T, None]]:
        for other in list(self._held):
            if other.is_closed():  # what it had was closed with its generators
                self._held.pop(other, None)
        lifetime = self._lifetime()
        begun = self._held[loop] = loop.create_task(_first(lifetime)), lifetime
        begun[0].add_done_callback(self._opened)
        return begun

    def _opened(self, opening: asyncio.Task[T]) -> None:
        if opening.cancelled() or opening.exception() is not None:  # looked at: whoever asked may be gone
            self._forget(opening)

    def _forget(self, opening: asyncio.Task[T]) -> None:
        loop = opening.get_loop()
        held = self._held.get(loop)
        if held is not None and held[0] is opening:
            del self._held[loop]

    async def _lifetime(self) -> AsyncGenerator[T, None]:
        resource = await self._make()
        try:
            yield resource
        finally:
            await self._close(resource)

    async def end(self) -> None:
        """Close the running loop's resource now."""
        held = self._held.pop(asyncio.get_running_loop(), None)
        if held is not None:
            opening, lifetime = held
            await asyncio.wait((opening,))
            await lifetime.aclose()


async def _first(lifetime: AsyncGenerator[T, None]) -> T:
    return await anext(lifetime)
