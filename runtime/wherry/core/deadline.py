"""A run's time limit: the port of `waits` again, on which nothing is awaited beyond a deadline.

Whatever the core waits for goes through its port, so a run that waits on an `InTime` ends on time wherever it is: in a
model's reply, a tool, a hook, a store. What cannot be interrupted (a function in a thread) goes on without it. Made by
the runner for owners with a `run_timeout`; the members of a team are handed their team's.
"""

from __future__ import annotations

from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence

    from wherry.core.waits import Started, Waits

T = TypeVar("T")

_SLACK = 0.001  # clocks that wake a waiter may do so this much early


class RunTimedOut(TimeoutError):
    """A run took longer than its `run_timeout`; Wherry only."""

    type = "TimeoutError"  # what error events name


class InTime:
    """Waiting as `inner` does, up to a deadline.

    Attributes:
        untimed: The same waiting without any limit, for what has to be done when the time is up.
        deadline: When the time is up, on the monotonic clock.
    """

    limited = True

    def __init__(self, inner: Waits, seconds: float) -> None:
        self.blocking = inner.blocking
        self.untimed: Waits = inner.untimed
        self.deadline = monotonic() + seconds
        self._inner = inner
        self._seconds = seconds

    def too_late(self) -> RunTimedOut:
        """The error of a run whose time is up."""
        return RunTimedOut(f"The run took more than its {self._seconds:g} s.")

    def check(self) -> None:
        """Raise `RunTimedOut` when the time is up."""
        if monotonic() >= self.deadline:
            raise self.too_late()

    async def _before(self, job: Coroutine[Any, Any, T]) -> T:
        left = self.deadline - monotonic()
        if left <= 0:
            job.close()
            raise self.too_late()
        try:
            return await self._inner.limit(job, left)
        except TimeoutError as error:
            if isinstance(error, RunTimedOut) or monotonic() < self.deadline - _SLACK:
                raise  # a limit of the job's own
            raise self.too_late() from error

    async def wire(self, sync: Callable[..., T], twin: Callable[..., Awaitable[T]], /, *args: Any, **kwargs: Any) -> T:
        return await self._before(self.untimed.wire(sync, twin, *args, **kwargs))

    def stream(
        self, sync: Callable[..., Iterable[T]], twin: Callable[..., AsyncIterator[T]], /, *args: Any, **kwargs: Any
    ) -> AsyncIterator[T]:
        return self._parts(self.untimed.stream(sync, twin, *args, **kwargs))

    async def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return await self._before(self.untimed.call(function, *args, **kwargs))

    async def work(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return await self._before(self.untimed.work(function, *args, **kwargs))

    def each(self, source: Any) -> AsyncIterator[Any]:
        return self._parts(self.untimed.each(source))

    async def _parts(self, source: Any) -> AsyncIterator[Any]:
        try:
            while True:
                try:
                    part = await self._before(anext(source))
                except StopAsyncIteration:
                    return
                yield part
        finally:
            with suppress(RuntimeError, ValueError):  # at work in a thread that was given up
                await source.aclose()

    # What is done side by side waits through the port itself.

    async def together(self, jobs: Sequence[Coroutine[Any, Any, T]]) -> list[T | BaseException]:
        return await self.untimed.together(jobs)

    def merge(self, sources: Sequence[AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
        return self.untimed.merge(sources)

    def start(self, job: Coroutine[Any, Any, T]) -> Started[T]:
        return self.untimed.start(job)

    async def limit(self, job: Coroutine[Any, Any, T], seconds: float | None) -> T:
        if seconds is not None and seconds < self.deadline - monotonic():
            return await self.untimed.limit(job, seconds)
        return await self._before(job)

    async def sleep(self, seconds: float) -> None:
        await self._before(self.untimed.sleep(seconds))
