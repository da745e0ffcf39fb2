"""The one port through which the core waits.

The core is `async def` throughout and never touches asyncio: it awaits a `Waits`. `Looping` is asyncio.
`Blocking` never suspends, so `finish` can drive a coroutine by hand and `drain` turns an async generator of
events into a plain one. Called by the runners (agent, team, workflow) and by everything below them.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import queue
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, Generic, Protocol, TypeVar, cast

from wherry.core import threads
from wherry.core.callables import kind_of_callable
from wherry.core.errors import AsyncToolInSyncRun
from wherry.core.turns import merged

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


def finish(coro: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends and return its result."""
    try:
        coro.send(None)
    except StopIteration as stop:
        return cast("T", stop.value)
    coro.close()
    raise AsyncToolInSyncRun(
        "A blocking run reached something that only an event loop can wait for.",
        hint="Use the async twin of the method (arun instead of run).",
    )


def drain(events: AsyncGenerator[T, None]) -> Iterator[T]:
    """Turn an async generator that never suspends into a plain one; closing it closes the source."""
    try:
        while True:
            try:
                item = finish(events.__anext__())
            except StopAsyncIteration:
                return
            yield item
    finally:
        finish(events.aclose())


class Started(Protocol[T_co]):
    """A job beside a run."""

    async def __call__(self) -> T_co:
        """Wait for its result."""
        ...

    async def stop(self) -> None:
        """Give it up: on a loop it has ended then; in a thread it goes on by itself."""
        ...


class InThread(Generic[T]):
    """A job in a thread of its own, which nothing can interrupt."""

    def __init__(self, future: Future[T]) -> None:
        self._future = future

    async def __call__(self) -> T:
        return self._future.result()

    async def stop(self) -> None:
        pass


class OnLoop(Generic[T]):
    """A job that is a task of the loop."""

    def __init__(self, task: asyncio.Task[T]) -> None:
        self._task = task

    async def __call__(self) -> T:
        return await self._task

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait((self._task,))
        if not self._task.cancelled():
            self._task.exception()  # asked for, or the loop complains that nobody did


class Waits(Protocol):
    """What the core may wait for.

    Attributes:
        blocking: True when nothing may suspend (a sync run).
        limited: True when no wait goes beyond a deadline (`deadline.InTime`).
        untimed: The same waiting without a deadline.
    """

    blocking: bool
    limited: bool

    @property
    def untimed(self) -> Waits:
        """The same waiting without a deadline."""
        ...

    async def wire(self, sync: Callable[..., T], twin: Callable[..., Awaitable[T]], /, *args: Any, **kwargs: Any) -> T:
        """Call the twin of an input/output function that fits this kind of waiting."""
        ...

    def stream(
        self, sync: Callable[..., Iterable[T]], twin: Callable[..., AsyncIterator[T]], /, *args: Any, **kwargs: Any
    ) -> AsyncIterator[T]:
        """Iterate over the twin of a streaming input/output function."""
        ...

    async def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a short user function of either kind in place."""
        ...

    async def work(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a user function that may block for long; a loop sends sync ones to a thread."""
        ...

    def each(self, source: Any) -> AsyncIterator[Any]:
        """Iterate over a user generator of either kind."""
        ...

    async def together(self, jobs: Sequence[Coroutine[Any, Any, T]]) -> list[T | BaseException]:
        """Run jobs side by side; results and exceptions in the order given."""
        ...

    def merge(self, sources: Sequence[AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
        """Interleave event generators that run side by side; the first exception wins."""
        ...

    def start(self, job: Coroutine[Any, Any, T]) -> Started[T]:
        """Start a job beside the run; await what is returned, called, to have its result."""
        ...

    async def limit(self, job: Coroutine[Any, Any, T], seconds: float | None) -> T:
        """Await a job, or raise TimeoutError after so many seconds (None: no limit)."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


def _refuse(what: Any) -> AsyncToolInSyncRun:
    name = getattr(what, "__name__", None) or type(what).__name__
    return AsyncToolInSyncRun(
        f"{name!r} is asynchronous but the run is not.", hint="Call arun() or aprint_response() instead."
    )


class Blocking:
    """Waiting in the caller's thread."""

    blocking, limited = True, False

    @property
    def untimed(self) -> Waits:
        return self

    async def wire(self, sync: Callable[..., T], twin: Callable[..., Awaitable[T]], /, *args: Any, **kwargs: Any) -> T:
        return sync(*args, **kwargs)

    async def stream(
        self, sync: Callable[..., Iterable[T]], twin: Callable[..., AsyncIterator[T]], /, *args: Any, **kwargs: Any
    ) -> AsyncIterator[T]:
        source = sync(*args, **kwargs)
        try:
            for item in source:
                yield item
        finally:
            close = getattr(source, "close", None)
            if close is not None:
                close()

    async def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if inspect.isawaitable(result):
            if inspect.iscoroutine(result):
                result.close()
            raise _refuse(function)
        return result

    work = call

    async def each(self, source: Any) -> AsyncIterator[Any]:
        if hasattr(source, "__aiter__"):
            raise _refuse(source)
        for item in source:
            yield item

    async def together(self, jobs: Sequence[Coroutine[Any, Any, T]]) -> list[T | BaseException]:
        futures = [pool_thread(finish, job) for job in jobs]
        return [future.exception() or future.result() for future in futures]

    async def merge(self, sources: Sequence[AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
        box: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        stop = threading.Event()

        def feed(source: AsyncGenerator[T, None]) -> None:
            try:
                events = drain(source)
                for item in events:
                    box.put((0, item))
                    if stop.is_set():
                        break
                cast("Any", events).close()
                box.put((1, None))
            except BaseException as error:
                box.put((2, error))

        threads = [pool_thread(feed, source) for source in sources]
        left = len(threads)
        try:
            while left:
                kind, item = box.get()
                if kind == 0:
                    yield item
                elif kind == 1:
                    left -= 1
                else:
                    raise item
        finally:
            stop.set()
            for future in threads:
                future.exception()

    def start(self, job: Coroutine[Any, Any, T]) -> Started[T]:
        return InThread(pool_thread(finish, job))

    async def limit(self, job: Coroutine[Any, Any, T], seconds: float | None) -> T:
        if seconds is None:
            return await job
        outcome: T = pool_thread(finish, job).result(seconds)
        return outcome

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def pool_thread(function: Callable[..., T], *args: Any) -> Future[T]:
    """Run a function in a thread of its own that carries the caller's context variables.

    A pool with a fixed size could deadlock here: a parallel step may hold another parallel step.
    """
    future: Future[T] = Future()
    context = contextvars.copy_context()

    def body() -> None:
        try:
            future.set_result(context.run(function, *args))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=body, name="wherry-beside", daemon=True).start()
    return future


class Looping:
    """Waiting on a running asyncio loop."""

    blocking, limited = False, False

    @property
    def untimed(self) -> Waits:
        return self

    async def wire(self, sync: Callable[..., T], twin: Callable[..., Awaitable[T]], /, *args: Any, **kwargs: Any) -> T:
        return await twin(*args, **kwargs)

    def stream(
        self, sync: Callable[..., Iterable[T]], twin: Callable[..., AsyncIterator[T]], /, *args: Any, **kwargs: Any
    ) -> AsyncIterator[T]:
        if inspect.isasyncgenfunction(twin):
            return twin(*args, **kwargs)  # it begins with the first item and closes by itself
        return self._streamed(twin, *args, **kwargs)

    async def _streamed(self, twin: Callable[..., Any], /, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        source: Any = twin(*args, **kwargs)
        if inspect.isawaitable(source):
            source = await source
        try:
            async for item in source:
                yield item
        finally:
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()

    async def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result

    async def work(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if kind_of_callable(function) == "coroutine":
            return await function(*args, **kwargs)
        result = await threads.shared().call(function, *args, **kwargs)
        return await result if inspect.isawaitable(result) else result

    async def each(self, source: Any) -> AsyncIterator[Any]:
        if hasattr(source, "__aiter__"):
            async for item in source:
                yield item
            return
        # One context for all of it: what a generator sets before one item it still finds before the next.
        iterator, end, context = iter(source), object(), contextvars.copy_context()
        while True:
            try:
                item = await threads.shared().call(context.run, next, iterator, end)
            finally:
                threads.take_over(context)
            if item is end:
                return
            yield item

    async def together(self, jobs: Sequence[Coroutine[Any, Any, T]]) -> list[T | BaseException]:
        return list(await asyncio.gather(*jobs, return_exceptions=True))

    def merge(self, sources: Sequence[AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
        return merged(sources)

    def start(self, job: Coroutine[Any, Any, T]) -> Started[T]:
        return OnLoop(asyncio.create_task(job))

    async def limit(self, job: Coroutine[Any, Any, T], seconds: float | None) -> T:
        return await job if seconds is None else await asyncio.wait_for(job, seconds)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


BLOCKING = Blocking()
LOOPING = Looping()
