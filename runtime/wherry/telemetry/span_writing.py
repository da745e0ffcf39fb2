"""Where traces go: at once into a blocking database, or by a thread of its own that a run does not wait for."""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections import deque
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_error, log_warning
from wherry.telemetry.hearing import in_forked_children

if TYPE_CHECKING:
    from wherry.stores.traces import Span, Trace

Told = tuple["Trace", "list[Span]"]


def suspends(db: Any) -> bool:
    """Whether the methods of a database are coroutines."""
    return iscoroutinefunction(getattr(db, "create_spans", None))


def write_now(db: Any, trace: Trace, spans: list[Span]) -> None:
    """Store a trace in a blocking database; what fails is logged, and breaks no run."""
    try:
        db.upsert_trace(trace)
        db.create_spans(spans)
    except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
        log_error(f"A trace is not stored: {error}")


class TraceWriter:
    """Stores traces in a thread of its own, so that a run waits for no database.

    For async databases, which a run's loop may not wait for in the middle of an event, and for batches. What waits at
    the end of the process is still written.

    Args:
        db: Where they go, blocking or async.
        most_waiting: So many spans wait at most; further traces are dropped, and a warning says so once.
        most_at_once: When so many spans wait they are written before their time.
        seconds: Between two rounds of writing; 0 writes at once.

    Raises:
        ConfigurationError: A number that is none, or more at once than may wait; a ValueError, as OpenTelemetry's.
    """

    def __init__(self, db: Any, most_waiting: int = 2048, most_at_once: int = 512, seconds: float = 0) -> None:
        if most_waiting < 1 or most_at_once < 1 or seconds < 0 or most_at_once > most_waiting:
            raise ConfigurationError(
                f"Traces cannot be written with max_queue_size={most_waiting!r}, max_export_batch_size={most_at_once!r}"
                f" and schedule_delay_millis={seconds * 1000!r}.",
                hint="All are more than 0, and a batch is no larger than the queue.",
            )
        self._db, self._most, self._batch, self._seconds = db, most_waiting, most_at_once, seconds
        self._begin()
        atexit.register(self.stop)
        in_forked_children(self._begin)

    def _begin(self) -> None:
        """Begin with nothing; in a forked child anew, which has neither the thread nor what waits for it."""
        self._waiting: deque[Told] = deque()
        self._spans = 0
        self._dropped = self._stopping = self._writing = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def __call__(self, trace: Trace, spans: list[Span]) -> None:
        """Take a trace."""
        with self._changed:
            if self._spans and self._spans + len(spans) > self._most:
                if not self._dropped:
                    log_warning(f"More than {self._most} spans wait to be stored: further traces are dropped.")
                self._dropped = True
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="wherry-traces", daemon=True)
                self._thread.start()
            self._waiting.append((trace, spans))
            self._spans += len(spans)
            self._changed.notify_all()

    def flush(self, timeout: float = 30.0) -> bool:
        """Wait until nothing waits to be written; whether that was in time (seconds)."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._writing, timeout)

    def stop(self) -> None:
        """Write what waits and end the thread."""
        atexit.unregister(self.stop)
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def _due(self) -> bool:
        return bool(self._waiting) and (not self._seconds or self._spans >= self._batch)

    def _work(self) -> None:
        if not suspends(self._db):
            self._rounds(lambda one: write_now(self._db, *one))
            return
        with asyncio.Runner() as runner:  # one loop for all, so that its connections are opened once
            self._rounds(lambda one: runner.run(self._awrite(one)))

    def _rounds(self, write: Any) -> None:
        while True:
            with self._changed:
                self._writing = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._stopping or self._due(), self._seconds or None)
                batch, self._spans = list(self._waiting), 0
                self._waiting.clear()
                self._writing = bool(batch)
                if not batch and self._stopping:
                    return
            for one in batch:
                write(one)

    async def _awrite(self, told: Told) -> None:
        try:
            await self._db.upsert_trace(told[0])
            await self._db.create_spans(told[1])
        except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
            log_error(f"A trace is not stored: {error}")
