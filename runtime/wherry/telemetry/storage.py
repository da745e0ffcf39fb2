"""Where telemetry is kept: one table in SQLite or Postgres, written in batches, read by filters.

Statements are data; the dialects differ in placeholders and types only. Used by the recorder and the HTTP API.
"""

from __future__ import annotations

import sqlite3
import threading
from itertools import chain
from typing import TYPE_CHECKING, Any

import orjson

from wherry.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.telemetry.envelope import Envelope

_COLUMNS = (
    "event_id",
    "timestamp",
    "runtime",
    "event_type",
    "session_id",
    "run_id",
    "parent_run_id",
    "workflow_run_id",
    "agent_id",
    "provider_id",
    "payload",
    "attachments",
    "correlation",
)
_JSON = frozenset({"payload", "attachments", "correlation"})
# Columns with an index, which every event pays for: agents, being few, have none; few events are of a workflow.
_SOUGHT = ("session_id", "run_id", "workflow_run_id", "event_type", "timestamp")
_SELDOM = frozenset({"workflow_run_id"})
# Rows of one statement: SQLite works it off without Python's lock, which runs need meanwhile.
_AT_ONCE = 100
# Query parameter → column.
FILTERS = {
    "sessionId": "session_id",
    "workflowRunId": "workflow_run_id",
    "runId": "run_id",
    "agentId": "agent_id",
    "eventType": "event_type",
    "runtime": "runtime",
}
LARGEST = 1000


class TelemetryStore:
    """A table of envelopes.

    Args:
        target: Path of an SQLite file, `:memory:`, or a Postgres URL.
        table: Name of the table.

    Raises:
        StoreError: The database cannot be opened.
    """

    def __init__(self, target: str = ":memory:", table: str = "wherry_telemetry") -> None:
        self.table = table
        self._lock = threading.Lock()
        self._postgres = target.startswith(("postgres://", "postgresql://", "postgresql+psycopg://"))
        self._mark = "%s" if self._postgres else "?"
        self._target = target
        try:
            self._connection = self._open(target)
            self._create()
        except Exception as error:
            raise StoreError(f"The telemetry database {target!r} cannot be opened: {error}") from error

    def _open(self, target: str) -> Any:
        if self._postgres:
            import psycopg

            return psycopg.connect(target.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)
        connection = sqlite3.connect(target, check_same_thread=False, timeout=10, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    def _create(self) -> None:
        serial = "BIGSERIAL PRIMARY KEY" if self._postgres else "INTEGER PRIMARY KEY AUTOINCREMENT"
        columns = ", ".join(f"{name} TEXT" for name in _COLUMNS)
        self._run(f"CREATE TABLE IF NOT EXISTS {self.table} (position {serial}, {columns})")
        for name in _SOUGHT:
            some = f" WHERE {name} IS NOT NULL" if name in _SELDOM else ""
            self._run(f"CREATE INDEX IF NOT EXISTS idx_{self.table}_{name} ON {self.table} ({name}){some}")

    def _ready(self) -> Any:
        """The connection; a new one when the Postgres server ended it."""
        if self._postgres and self._connection.closed:
            self._connection = self._open(self._target)
        return self._connection

    def _run(self, statement: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            cursor = self._ready().execute(statement, tuple(values))
            return list(cursor.fetchall()) if cursor.description else []

    def write(self, envelopes: list[Envelope]) -> None:
        """Store envelopes in one transaction."""
        rows = [[_stored(name, getattr(one, name)) for name in _COLUMNS] for one in envelopes]
        with self._lock:
            if self._postgres:
                with self._ready().transaction(), self._connection.cursor() as cursor:
                    cursor.executemany(self._insert(1), rows)
                return
            self._connection.execute("BEGIN")
            try:
                for start in range(0, len(rows), _AT_ONCE):
                    some = rows[start : start + _AT_ONCE]
                    self._connection.execute(self._insert(len(some)), list(chain.from_iterable(some)))
            except sqlite3.Error:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _insert(self, count: int) -> str:
        marks = f"({', '.join(self._mark for _ in _COLUMNS)})"
        return f"INSERT INTO {self.table} ({', '.join(_COLUMNS)}) VALUES {', '.join([marks] * count)}"  # noqa: S608 - no user text

    def query(
        self,
        filters: dict[str, str],
        since: str | None = None,
        limit: int = 100,
        cursor: int = 0,
        session_prefix: str = "",
    ) -> tuple[list[dict[str, Any]], int | None]:
        """Envelopes that fit, oldest first, and the cursor of the next page (None at the end)."""
        limit = max(1, min(limit, LARGEST))
        clauses, values = [f"position > {self._mark}"], [cursor]
        for name, value in filters.items():
            clauses.append(f"{FILTERS[name]} = {self._mark}")
            values.append(value)  # type: ignore[arg-type]
        if session_prefix:
            clauses.append(f"substr(session_id, 1, {len(session_prefix)}) = {self._mark}")
            values.append(session_prefix)  # type: ignore[arg-type]
        if since:
            clauses.append(f"timestamp >= {self._mark}")
            values.append(since)  # type: ignore[arg-type]
        where = " AND ".join(clauses)
        chosen = ", ".join(("position", *_COLUMNS))
        rows = self._run(
            f"SELECT {chosen} FROM {self.table} WHERE {where} ORDER BY position LIMIT {limit + 1}",  # noqa: S608
            values,
        )
        page = rows[:limit]
        found = [
            dict(zip(_COLUMNS, (_read(n, v) for n, v in zip(_COLUMNS, row[1:], strict=True)), strict=True))
            for row in page
        ]
        return found, int(page[-1][0]) if len(rows) > limit else None

    def counts(self) -> dict[str, dict[str, int]]:
        """How many envelopes of each type each runtime has."""
        out: dict[str, dict[str, int]] = {}
        for runtime, kind, number in self._run(
            f"SELECT runtime, event_type, COUNT(*) FROM {self.table} GROUP BY runtime, event_type"  # noqa: S608
        ):
            out.setdefault(str(runtime), {})[str(kind)] = int(number)
        return out

    def forget_before(self, timestamp: str) -> None:
        """Delete envelopes older than a time."""
        self._run(f"DELETE FROM {self.table} WHERE timestamp < {self._mark}", (timestamp,))  # noqa: S608

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()


def _stored(name: str, value: Any) -> Any:
    if name not in _JSON:
        return value
    return orjson.dumps(value, default=str).decode() if value else "{}" if isinstance(value, dict) else "[]"


def _read(name: str, value: Any) -> Any:
    return orjson.loads(value) if name in _JSON and value is not None else value
