"""Wherry's runs recorded by hand: the least that telemetry must do for runs of one agent in which nothing is secret.

The rows are those of Wherry's recorder, column by column, in its own table. Nothing is looked for in them, and nothing
is done that these runs do not need. Imported by `subjects`, in the measured process.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections import deque
from importlib import import_module
from itertools import chain, count
from time import gmtime, strftime, time
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = (
    *("runtime", "session_id", "run_id", "parent_run_id", "workflow_run_id", "agent_id"),
    *("first_at", "last_at", "events", "kinds", "body"),
)
INSERT = f"INSERT INTO wherry_events ({', '.join(COLUMNS)}) VALUES "  # noqa: S608 - names of columns
MARKS = f"({', '.join('?' * len(COLUMNS))})"
BATCH = 2000
AT_ONCE = 32
"""Rows of a statement: `executemany` would ask for Python's lock at each row, while runs go on."""


class ByHand:
    """Hears what runs tell, and writes it every so many seconds, and when it is told to.

    Attributes:
        recorded: Events written.
        dropped: Events that were lost: none, for any number may wait.
    """

    only = None

    def __init__(self, file: str, interval: float) -> None:
        import_module("wherry.telemetry").TelemetryStore(file).close()  # its table, its indexes and its log
        self.base = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self.base.execute("PRAGMA synchronous = NORMAL")
        self.interval, self.recorded, self.dropped = interval, 0, 0
        self.waiting: deque[tuple[dict[str, Any], str, dict[str, Any], float]] = deque()
        self.prefix, self.numbers = secrets.token_hex(8), count(1)
        self.writing, self.ended = threading.Lock(), threading.Event()
        self.thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> ByHand:
        """Begin to listen."""
        import_module("wherry.core.run").listeners.append(self)
        self.thread.start()
        return self

    def __call__(self, event: Any, _: Any) -> None:
        """Take an event that was made.

        Raises:
            RuntimeError: Always: runs that show their events to nobody make none.
        """
        raise RuntimeError(f"{event.event} is an event of a run that is not recorded by hand")

    def hear(self, run: Any, name: str, own: dict[str, Any]) -> None:
        """Take what happened; the state of the session, with which the next run goes on, as it is now."""
        if "session_state" in own:
            own = {**own, "session_state": orjson.Fragment(orjson.dumps(own["session_state"]))}
        self.waiting.append((run.ids, name, own, time()))

    def flush(self) -> None:
        """Write what waits, in batches."""
        with self.writing:
            while self.waiting:
                batch = [self.waiting.popleft() for _ in range(min(BATCH, len(self.waiting)))]
                rows = list(self._rows(batch))
                self.base.execute("BEGIN")
                for begin in range(0, len(rows), AT_ONCE):
                    some = rows[begin : begin + AT_ONCE]
                    self.base.execute(INSERT + ", ".join([MARKS] * len(some)), list(chain.from_iterable(some)))
                self.base.execute("COMMIT")
                self.recorded += len(batch)

    def _rows(self, batch: list[tuple[dict[str, Any], str, dict[str, Any], float]]) -> Iterator[tuple[Any, ...]]:
        """One row for each run."""
        runs: dict[str, tuple[dict[str, Any], list[list[Any]]]] = {}
        second, clock = -1, ""
        for ids, name, own, seconds in batch:
            if int(seconds) != second:
                second = int(seconds)
                clock = strftime("%Y-%m-%dT%H:%M:%S.", gmtime(second))
            payload: dict[str, Any] = {"nested_depth": 0}
            for key, value in own.items():
                if value is not None:
                    payload[key] = value.to_dict() if key in ("tool", "metrics") else value
            run = runs.get(ids["run_id"])
            if run is None:
                run = runs[ids["run_id"]] = ids, []
            happened = f"{clock}{int((seconds - second) * 1e6):06d}+00:00"
            number = f"{self.prefix}-{next(self.numbers):x}"
            run[1].append([number, happened, name.removesuffix("Event"), own.get("model"), payload, ()])
        for ids, events in runs.values():
            body = orjson.dumps([{"agent_name": ids["agent_name"]}, *events]).decode()
            kinds = f" {' '.join([event[2] for event in events])} "
            places = "wherry", ids["session_id"], ids["run_id"], None, None, ids["agent_id"]
            yield (*places, events[0][1], events[-1][1], len(events), kinds, body)

    def _work(self) -> None:
        while not self.ended.wait(self.interval):
            self.flush()

    def stop(self) -> None:
        """Stop listening and write what is left."""
        import_module("wherry.core.run").listeners.remove(self)
        self.ended.set()
        self.thread.join()
        self.flush()
        self.base.close()
