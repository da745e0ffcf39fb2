"""Threads for functions that may block: from an event loop into one of them and back.

`concurrent.futures` makes two futures and several locks for each call, which is more than most tools cost; here a call
is one entry of a queue and one callback on the loop. Called by `waits`.
"""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import os
import threading
from contextlib import suppress
from functools import cache
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

IDLE_SECONDS = 60.0
USUAL = 64

_NONE = object()


class Threads:
    """At most `limit` threads, started when a call finds none idle, ended when they had nothing to do for a minute.

    At the end of the process calls that were begun or queued are waited for.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._calls: SimpleQueue[tuple[Any, ...] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0  # threads that wait and for which no call is queued
        self._backlog = 0  # queued calls for which no thread is set aside
        self._running: set[threading.Thread] = set()
        atexit.register(self.close)

    def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> asyncio.Future[Any]:
        """Call a function in a thread, in a copy of the caller's context.

        Returns:
            A future of the running event loop.

        Raises:
            RuntimeError: There is no thread, and none can be started; the function is not called.
        """
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        with self._lock:
            if self._idle:
                self._idle -= 1
            elif len(self._running) >= self.limit or not self._started():
                self._backlog += 1
        self._calls.put((loop, future, contextvars.copy_context(), function, args, kwargs))
        return future

    def _started(self) -> bool:
        """Start a thread; False when the system has none left, and others are there to wait for."""
        thread = threading.Thread(target=self._work, name=f"wherry-{len(self._running)}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            if not self._running:
                raise
            return False
        self._running.add(thread)
        return True

    def close(self) -> None:
        """Wait for every call and end the threads."""
        with self._lock:
            left = list(self._running)
        for _ in left:
            self._calls.put(None)
        for thread in left:
            thread.join()

    def _work(self) -> None:
        while True:
            try:
                call = self._calls.get(timeout=IDLE_SECONDS)
            except Empty:
                if self._may_end():
                    return
                continue
            if call is None:
                with self._lock:
                    self._running.discard(threading.current_thread())
                return
            loop, future, *what = call
            result, failed = _outcome(*what)
            del call, what  # before the answer, too: whoever has it may forget what was called, and it is gone
            self._free()  # before the answer is on its way: the call that follows it finds this thread
            with suppress(RuntimeError):  # the loop was closed in the meantime: nobody waits
                loop.call_soon_threadsafe(_settle, future, result, failed)
            del loop, future, result, failed  # an idle thread keeps nothing alive

    def _free(self) -> None:
        with self._lock:
            if self._backlog:
                self._backlog -= 1
            else:
                self._idle += 1

    def _may_end(self) -> bool:
        with self._lock:
            if not self._idle:
                return False
            self._idle -= 1
            self._running.discard(threading.current_thread())
            return True


def take_over(context: contextvars.Context) -> None:
    """Set here what was set in a copy of this context: what comes after sees it as if all had happened in place."""
    here = contextvars.copy_context()
    for variable, value in context.items():
        if here.get(variable, _NONE) is not value:
            variable.set(value)


def _outcome(
    context: contextvars.Context, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, BaseException | None]:
    try:
        return context.run(function, *args, **kwargs), None
    except StopIteration as error:  # a future refuses it
        failed = RuntimeError(f"{function!r} raised StopIteration")
        failed.__cause__ = error
        return None, failed
    except BaseException as error:  # noqa: BLE001 - told to the loop that waits
        return None, error


def _settle(future: asyncio.Future[Any], result: Any, failed: BaseException | None) -> None:
    if future.done():  # given up
        return
    if failed is None:
        future.set_result(result)
    else:
        future.set_exception(failed)


@cache
def shared() -> Threads:
    """The threads of this process; `WHERRY_THREADS` sets how many there may be (64).

    Raises:
        ConfigurationError: `WHERRY_THREADS` is no number from 1 on.
    """
    text = os.environ.get("WHERRY_THREADS", "")
    if not text:
        return Threads(USUAL)
    if not text.isdecimal() or int(text) < 1:
        raise ConfigurationError(
            f"WHERRY_THREADS is {text!r}, which is no number of threads.", hint="Set it to 1 or more, or unset it."
        )
    return Threads(int(text))


if hasattr(os, "register_at_fork"):  # in a forked child the threads are gone
    os.register_at_fork(after_in_child=shared.cache_clear)
