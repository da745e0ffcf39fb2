"""Recording events off the hot path: a bounded queue, one thread, batches.

A listener of every run. It never blocks a run and never fails one: when the queue is full events are dropped and
counted, when the database fails the batch is kept and tried again. A forked child records its own runs.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from time import monotonic
from time import time as now
from typing import TYPE_CHECKING, Any

from wherry import __version__
from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning
from wherry.telemetry.envelope import RUNTIME
from wherry.telemetry.hearing import Listener, in_forked_children
from wherry.telemetry.moment import as_it_is, changes, kept
from wherry.telemetry.redaction import Redactor
from wherry.telemetry.stretches import Maker

if TYPE_CHECKING:
    from typing import Self

    from wherry.telemetry.payloads import Waiting
    from wherry.telemetry.storage import TelemetryStore

# One content event for each token says nothing that its run's end does not say.
QUIET = frozenset({"RunContent", "TeamRunContent"})
_CALLS = frozenset(f"{owner}ToolCall{what}" for owner in ("", "Team") for what in ("Started", "Completed", "Error"))
# Events with what goes on changing: a tool may keep the lists and dictionaries that it was handed.
_GOING_ON = frozenset({"RunCompletedEvent", "ToolCallStartedEvent", "ToolCallCompletedEvent", "ToolCallErrorEvent"})
_BATCH = 2000
# What each detail records of a run; None is everything.
_RUNS = ("RunCompleted", "RunError", "RunCancelled", "RunPaused")
_WORKFLOWS = ("WorkflowCompleted", "WorkflowError", "WorkflowCancelled", "WorkflowPaused")
_PARTS = ("ToolCallCompleted", "ToolCallError", "StepCompleted", "StepError")
DETAILS = {"all": None, "ends": (*_RUNS, *_WORKFLOWS, *_PARTS), "runs": (*_RUNS, *_WORKFLOWS)}


def _still(own: dict[str, Any]) -> dict[str, Any]:
    """Fields of an event without those that change after it; others are handed the same dictionary."""
    tool, still = own.get("tool"), own
    if tool is not None:
        return {**own, "tool": kept(tool)} if changes(tool) else own
    for name in ("session_state", "metadata"):
        if own.get(name):
            still = still | {name: kept(own[name])}
    return still


class Recorder(Listener):
    """Records the events of all runs of this process.

    Args:
        store: Where they go.
        redactor: Takes secrets out.
        capacity: So many events wait at most; more are dropped and counted.
        interval: Seconds between two batches; when half of the capacity waits, the next one is written at once.
        content: Also record the pieces of streamed answers.
        detail: `all` events; how runs, steps and calls of tools `ends`; or how `runs` end alone. Less costs less.
        retention_days: Older envelopes are deleted; None keeps them.
        runtime, version: Which runtime's events these are.

    Attributes:
        recorded: Events written.
        dropped: Events that found the queue full, and those that could not be told as data.
        failures: Attempts to write that failed.
        failing: The last attempt failed; said in the log once, not at every attempt.

    Raises:
        ConfigurationError: A capacity under 1, which would drop every event, an interval that is no time, or a detail
            that is none.
    """

    def __init__(
        self,
        store: TelemetryStore,
        redactor: Redactor | None = None,
        *,
        capacity: int = 10_000,
        interval: float = 1.0,
        content: bool = False,
        detail: str = "all",
        retention_days: float | None = None,
        runtime: str = RUNTIME,
        version: str = __version__,
    ) -> None:
        if capacity < 1 or not 0 < interval < math.inf:
            raise ConfigurationError(
                f"A recorder cannot work with capacity={capacity!r} and interval={interval!r}.",
                hint="capacity is a number of events, interval a number of seconds; both are more than 0.",
            )
        if detail not in DETAILS:
            raise ConfigurationError(f"A recorder knows no detail={detail!r}.", hint=f"There are {', '.join(DETAILS)}.")
        names = DETAILS[detail]
        if names is not None:
            self.only = frozenset(f"{name}Event" for name in names)
        self._names = None if names is None else frozenset(chain(names, (f"Team{name}" for name in names)))
        self.store, self.redactor, self.runtime = store, redactor or Redactor(), runtime
        self.capacity, self.interval, self.content = capacity, interval, content
        self.retention_days, self.detail = retention_days, detail
        self.recorded = self.dropped = self.failures = 0
        self.failing = False
        self._version = version
        self._thread: threading.Thread | None = None
        self._forked = False
        self._begin()
        in_forked_children(self._begin)

    def _begin(self) -> None:
        """Begin with nothing; in a forked child anew, which has neither the thread nor what waits for it."""
        self._forked = self._forked or self._thread is not None  # a child that told nothing yet may fork, too
        self._half = 0 if self._forked else self.capacity // 2  # the first event in a child has the room looked at
        self._maker = Maker(self.redactor, self.runtime, self._version)  # numbers its events otherwise
        self._waiting: deque[Waiting] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._writing = threading.Lock()
        self._thread = None

    def start(self) -> Self:
        """Begin to listen."""
        super().start()
        if self._thread is None:
            self._forked = self._stopping = False
            self._half = self.capacity // 2
            self._thread = threading.Thread(target=self._work, name="wherry-telemetry", daemon=True)
            self._thread.start()
        return self

    def __call__(self, event: Any, run: Any) -> None:
        """Take an event of a run."""
        name = event.event
        if (not self.content and name in QUIET) or (self._names is not None and name not in self._names):
            return
        if len(self._waiting) >= self._half and not self._room():
            return
        if name in _CALLS:
            live = event.tool is not None and changes(event.tool)
        else:
            live = bool(getattr(event, "session_state", None) or getattr(event, "metadata", None))
        self._waiting.append((None, as_it_is(event) if live else event, None, None, now()))

    def hear(self, run: Any, name: str, own: dict[str, Any]) -> None:
        """Take what happened in a run that shows its events to nobody: no event is made of it, here or later."""
        if self.only is not None and name not in self.only:
            return
        waiting = self._waiting
        if len(waiting) >= self._half and not self._room():
            return
        if name in _GOING_ON:
            own = _still(own)
        waiting.append((run.family, name, run.ids, own, now()))

    def _room(self) -> bool:
        """Whether an event may still wait, as a queue that is half full asks; it is written before its time."""
        if self._forked:
            self.start()
        waiting = len(self._waiting)
        if waiting == self._half:
            self._wake.set()
        if waiting < self.capacity:
            return True
        self.dropped += 1
        return False

    def _work(self) -> None:
        last_clean = -math.inf
        while not self._stopping:
            self._wake.wait(self.interval)
            self._wake.clear()
            self.flush()
            if self.retention_days is not None and monotonic() - last_clean > 3600:
                last_clean = monotonic()
                self._forget()

    def _forget(self) -> None:
        before = datetime.now(UTC) - timedelta(days=self.retention_days or 0)
        try:
            self.store.forget_before(before.isoformat(timespec="microseconds"))
        except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
            log_warning(f"Old telemetry could not be deleted: {error}")

    def flush(self) -> None:
        """Write what waits now."""
        with self._writing:
            while self._waiting:
                batch = list(islice(self._waiting, _BATCH))
                broken = self._maker.broken
                made = self._maker.made(batch)
                try:
                    self.store.append(made)
                except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
                    if not self.failing:
                        log_warning(f"Telemetry could not be written and is kept: {error}")
                    self.failures, self.failing = self.failures + 1, True
                    return
                self.failing = False
                deque(islice(iter(self._waiting.popleft, None), len(batch)), maxlen=0)  # taken by C, one by one
                broken = self._maker.broken - broken
                self.dropped += broken
                self.recorded += len(batch) - broken

    def stop(self) -> None:
        """Stop listening and write what is left."""
        super().stop()
        if self._thread is None:
            return
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout=5)
        self._thread = None
        self.flush()
