"""Merging events on a loop as if nothing else happened while a plain function of one source was at work.

Agno calls such functions on the event loop: until one returns, no other source gets on, so its events stand in one
piece. Here they run in threads, and the others do get on; only what they tell is held back until it is the function's
turn to end. The order is then a matter of the sources, not of which thread was faster. Called by `waits` and by the
functions of steps.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Sequence

    Entry = tuple[int, int, Any]  # kind, number of the source, what it gave

ITEM, DONE, FAILED, HELD, FREED = range(5)


class Source:
    """One of several generators whose events are merged.

    Attributes:
        loop: The loop on which it is merged.
        ended: Its generator has ended; a task that it left behind has this context still, but holds nobody up.
    """

    __slots__ = ("_box", "_number", "ended", "loop")

    def __init__(self, box: asyncio.Queue[Entry], number: int) -> None:
        self._box, self._number = box, number
        self.loop, self.ended = asyncio.get_running_loop(), False

    def put(self, kind: int, item: Any = None) -> None:
        """Add an entry."""
        self._box.put_nowait((kind, self._number, item))

    async def feed(self, events: AsyncGenerator[Any, None]) -> None:
        """Put in what the generator gives, then how it ended."""
        _source.set(self)
        try:
            async for item in events:
                self.put(ITEM, item)
            self.put(DONE)
        except BaseException as error:
            self.put(FAILED, error)
            if isinstance(error, asyncio.CancelledError):
                raise
        finally:
            self.ended = True
            await events.aclose()


# The source whose generator this task runs.
_source: ContextVar[Source | None] = ContextVar("wherry_source", default=None)


def own_source() -> Source | None:
    """The source that this task runs; None for a loop of its own in a thread, although it has the caller's context."""
    source = _source.get()
    return None if source is None or source.ended or source.loop is not asyncio.get_running_loop() else source


@contextmanager
def alone() -> Iterator[None]:
    """While it is open, events of other sources wait for those of the source that this task runs."""
    source = own_source()
    if source is None:
        yield
        return
    source.put(HELD)
    try:
        yield
    finally:
        source.put(FREED)


class Turns:
    """The entries of all sources, in the order in which they are to be told.

    Merges nest: what a source of this one has to itself, this merge has to itself in the one around it, too. That is
    passed on where the entry is read, so that it reaches the outer merge in line with the events.
    """

    def __init__(self, box: asyncio.Queue[Entry], outer: Source | None) -> None:
        self._box, self._outer = box, outer
        self._next: deque[Entry] = deque()  # held back before; comes before what is in the box
        self._later: list[Entry] = []  # held back
        self._holder: int | None = None
        self._depth = 0  # how often the holder has asked to be alone

    async def next(self) -> Entry:
        """The next entry that is an item or an end."""
        while True:
            entry = await self._take()
            kind, number, _ = entry
            if kind == FAILED:
                if not self._later:
                    return entry
                self._end_with(entry)
                continue
            if self._holder is not None and number != self._holder:
                if not self._depth:  # the function has ended, and its source now waits for something else
                    self._release(entry)
                    continue
                self._later.append(entry)
            elif kind == HELD:
                self._holder = number
                self._deepen(1)
            elif kind == FREED:
                self._deepen(-1)
            else:
                return entry

    def end(self) -> None:
        """Nothing more is read: give up what the outer merge was asked for."""
        while self._depth:
            self._deepen(-1)

    def _end_with(self, failure: Entry) -> None:
        # Nobody gets on after a failure, so that no turn is left to wait for; what was told before it still is.
        self.end()
        self._next.extend(entry for entry in self._later if entry[0] == ITEM)
        self._next.append(failure)
        self._later.clear()
        self._holder = None

    def _deepen(self, by: int) -> None:
        self._depth += by
        if self._outer is not None:
            self._outer.put(HELD if by > 0 else FREED)

    async def _take(self) -> Entry:
        if self._next:
            return self._next.popleft()
        if self._later and not self._depth and self._box.empty():
            self._release()
            return self._next.popleft()
        return await self._box.get()

    def _release(self, *entries: Entry) -> None:
        # What is left of an earlier replay is younger than what was held back from it.
        self._next.extendleft(reversed([*self._later, *entries]))
        self._later.clear()
        self._holder = None


async def merged(sources: Sequence[AsyncGenerator[Any, None]]) -> AsyncGenerator[Any, None]:
    """Interleave generators that run side by side; the first exception wins."""
    box: asyncio.Queue[Entry] = asyncio.Queue()
    turns = Turns(box, own_source())
    tasks = [asyncio.create_task(Source(box, number).feed(events)) for number, events in enumerate(sources)]
    left = len(tasks)
    try:
        while left:
            kind, _, item = await turns.next()
            if kind == ITEM:
                yield item
            elif kind == DONE:
                left -= 1
            else:
                raise item
    finally:
        turns.end()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
