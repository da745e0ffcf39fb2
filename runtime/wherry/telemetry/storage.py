"""Where telemetry is kept: one table in SQLite or Postgres, written in batches, read by filters.

A row is a stretch, the events that one run told one after the other; the view `…_list` has a row for each event.
Statements are data; the dialects differ in a few words only. Used by the recorder and the HTTP API.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from itertools import chain
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError, StoreError, WherryError, require
from wherry.telemetry.hearing import in_forked_children
from wherry.telemetry.stretches import COLUMNS, ITEM, SHARED, envelopes_of, of_envelopes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.telemetry.envelope import Envelope
    from wherry.telemetry.stretches import Stretch

# Columns with an index, which every stretch pays for: agents, being few, have none; few runs are of a workflow.
_SOUGHT = ("session_id", "run_id", "workflow_run_id", "last_at")
_SELDOM = frozenset({"workflow_run_id"})
# Rows of one statement: SQLite works it off without Python's lock, which runs need meanwhile.
_AT_ONCE = 32
# Positions of a row's events: row times this, and one more for each event. A row has fewer events.
_PLACES = 512
# Rows that are looked at in one go.
_CHUNK = 64
# Key of the lock under which processes that start at the same time make the view.
_LOCK = 7_700_774_001
# An escape of JSON, NUL's before all others: what follows a backslash that is escaped itself is none.
_ESCAPE = re.compile(r"\\(u0000|.)")
# Query parameter → column.
FILTERS = {
    "sessionId": "session_id",
    "workflowRunId": "workflow_run_id",
    "runId": "run_id",
    "agentId": "agent_id",
    "runtime": "runtime",
    "eventType": "event_type",
}
LARGEST = 1000


class TelemetryStore:
    """A table of envelopes.

    Args:
        target: Path of an SQLite file, `:memory:`, or a Postgres URL.
        table: Name of the table; `table_list` is the view of its events.

    Raises:
        StoreError: The database cannot be opened.
    """

    def __init__(self, target: str = ":memory:", table: str = "wherry_events") -> None:
        self.table = table
        self._lock = threading.RLock()
        self._postgres = target.startswith(("postgres://", "postgresql://", "postgresql+"))
        self._mark = "%s" if self._postgres else "?"
        self._target = target
        try:
            self._connection = self._open(target)
            self._create()
        except Exception as error:
            raise self._closed(error) from error
        in_forked_children(self._forked)

    def _forked(self) -> None:
        """In a child: the parent's connection stays open, for its end is the parent's to tell, and is not used."""
        self._lock, self._inherited, self._connection = threading.RLock(), self._connection, None

    def _closed(self, error: Exception) -> StoreError:
        """The error of a database that cannot be opened; an address may hold a password."""
        from wherry.stores.engines import shown

        told = error.message if isinstance(error, WherryError) else str(error).strip()
        name = shown(self._target) if self._postgres else self._target
        hint = error.hint if isinstance(error, WherryError) else ""
        if not hint:
            hint = "Check that the server runs, that the address names it, and that its user may create tables there."
        if not self._postgres:
            hint = "Check that its folder is there and may be written to, or name another file."
        return StoreError(f"The telemetry database {name!r} cannot be opened: {told}", hint=hint)

    def _open(self, target: str) -> Any:
        if self._postgres:
            require("psycopg", "postgres", "A Postgres database")
            import psycopg

            from wherry.stores.postgres_pools import plain_url
            from wherry.stores.postgres_refusals import readable

            return psycopg.connect(readable(plain_url(target)), autocommit=True)
        connection = sqlite3.connect(target, check_same_thread=False, timeout=10, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    def _create(self) -> None:
        serial = "BIGSERIAL PRIMARY KEY" if self._postgres else "INTEGER PRIMARY KEY AUTOINCREMENT"
        columns = ", ".join(f"{name} {'INTEGER' if name == 'events' else 'TEXT'}" for name in COLUMNS)
        self._run(f"CREATE TABLE IF NOT EXISTS {self.table} (position {serial}, {columns})")
        for name in _SOUGHT:
            some = f" WHERE {name} IS NOT NULL" if name in _SELDOM else ""
            self._run(f"CREATE INDEX IF NOT EXISTS idx_{self.table}_{name} ON {self.table} ({name}){some}")
        if self._postgres:
            self._run(f"SELECT pg_advisory_lock({_LOCK})")
        try:
            if not self._has_view():
                self._run(self._view())
        finally:
            if self._postgres:
                self._run(f"SELECT pg_advisory_unlock({_LOCK})")

    def _has_view(self) -> bool:
        if not self._postgres:
            return False
        return self._run("SELECT to_regclass(%s)", (f"{self.table}_list",)) != [(None,)]

    def _view(self) -> str:
        """The statement that makes the view with a row for each event."""
        if self._postgres:
            part, place, unfold = "item ->> {}", "place - 1", "json_array_elements(body::json) WITH ORDINALITY"
            words, unfold = "CREATE VIEW", f"{unfold} AS items (item, place) WHERE place > 1"
        else:
            part, place, unfold = "json_extract(items.value, '$[{}]')", "items.key", "json_each(body) AS items"
            words, unfold = "CREATE VIEW IF NOT EXISTS", f"{unfold} WHERE items.key > 0"
        own = ", ".join(f"{part.format(number)} AS {name}" for number, name in enumerate(ITEM))
        return (
            f"{words} {self.table}_list AS SELECT position * {_PLACES} + {place} AS position, "  # noqa: S608 - no user text
            f"{', '.join(SHARED)}, {own} FROM {self.table}, {unfold}"
        )

    def _ready(self) -> Any:
        """The connection; a new one in a forked child, and when the Postgres server ended it."""
        if self._connection is None:
            self._connection = self._open(self._target)
            self._create()  # in memory nothing is there
        if self._postgres and self._connection.closed:
            self._connection = self._open(self._target)
        return self._connection

    def _run(self, statement: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            cursor = self._ready().execute(statement, tuple(values))
            return list(cursor.fetchall()) if cursor.description else []

    def write(self, envelopes: list[Envelope]) -> None:
        """Store envelopes in one transaction."""
        self.append(of_envelopes(envelopes))

    def append(self, stretches: list[Stretch]) -> None:
        """Store stretches in one transaction."""
        rows = [one.row() for one in stretches]
        with self._lock:
            if self._postgres:
                for row in rows:
                    row[-1] = without_nul(row[-1])
                with self._ready().transaction(), self._connection.cursor() as cursor:
                    cursor.executemany(self._insert(1), rows)
                return
            self._ready().execute("BEGIN")
            try:
                for start in range(0, len(rows), _AT_ONCE):
                    some = rows[start : start + _AT_ONCE]
                    self._connection.execute(self._insert(len(some)), list(chain.from_iterable(some)))
                self._connection.execute("COMMIT")
            except BaseException:  # a text that is none, too: else every later batch would find this one open
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _insert(self, count: int) -> str:
        marks = f"({', '.join(self._mark for _ in COLUMNS)})"
        return f"INSERT INTO {self.table} ({', '.join(COLUMNS)}) VALUES {', '.join([marks] * count)}"  # noqa: S608 - no user text

    def query(
        self,
        filters: dict[str, str],
        since: str | None = None,
        limit: int = 100,
        cursor: int = 0,
        session_prefix: str = "",
    ) -> tuple[list[dict[str, Any]], int | None]:
        """Envelopes that fit, and the cursor of the next page (None at the end).

        Those of a session come in the order in which they happened, sessions in the order in which they were written.

        Args:
            filters: Values by the names of `FILTERS`, such as ``{"sessionId": "s1"}``.
            since: ISO 8601 in UTC; earlier ones are left out.
            limit: How many at most, from 1 to 1000; what is beyond is taken for the nearest.
            cursor: Where to go on, as the page before said.
            session_prefix: Only sessions whose id begins so.

        Raises:
            ConfigurationError: There is no such filter.
        """
        unknown = [name for name in filters if name not in FILTERS]
        if unknown:
            raise ConfigurationError(
                f"Recorded events have no filter {unknown[0]!r}.", hint=f"There are {', '.join(FILTERS)}."
            )
        limit = max(1, min(limit, LARGEST))
        row, place = divmod(cursor, _PLACES)
        kind = filters.get("eventType")
        where, values = self._where(filters, since, session_prefix)
        chunk = min(limit + 1, _CHUNK)
        found: list[dict[str, Any]] = []
        positions: list[int] = []
        while True:
            rows = self._run(
                f"SELECT position, {', '.join(COLUMNS)} FROM {self.table} "  # noqa: S608 - no user text
                f"WHERE position >= {self._mark}{where} ORDER BY position LIMIT {chunk}",
                (row, *values),
            )
            for position, *stored in rows:
                for number, one in enumerate(envelopes_of(tuple(stored)), 1):
                    if position == row and number <= place:
                        continue
                    if kind in (None, one["event_type"]) and (not since or one["timestamp"] >= since):
                        found.append(one)
                        positions.append(position * _PLACES + number)
                if len(found) > limit:
                    return found[:limit], positions[limit - 1]
            if len(rows) < chunk:
                return found, None
            row, place = int(rows[-1][0]), _PLACES

    def _where(self, filters: dict[str, str], since: str | None, session_prefix: str) -> tuple[str, list[str]]:
        """Conditions of rows; those that hold for some events of a row only are looked at again later."""
        clauses, values = [], []
        for name, value in filters.items():
            if name == "eventType":
                found = "strpos" if self._postgres else "instr"
                clauses.append(f" AND {found}(kinds, {self._mark}) > 0")
                values.append(f" {value} ")
            else:
                clauses.append(f" AND {FILTERS[name]} = {self._mark}")
                values.append(value)
        if session_prefix:
            clauses.append(f" AND substr(session_id, 1, {len(session_prefix)}) = {self._mark}")
            values.append(session_prefix)
        if since:
            clauses.append(f" AND last_at >= {self._mark}")
            values.append(since)
        return "".join(clauses), values

    def counts(self, session_prefix: str = "") -> dict[str, dict[str, int]]:
        """How many envelopes of each type each runtime has, types by name; only of sessions with a prefix, if given."""
        out: dict[str, dict[str, int]] = {}
        where, values = self._where({}, None, session_prefix)
        for runtime, kinds, number in self._run(
            f"SELECT runtime, kinds, COUNT(*) FROM {self.table} WHERE position > 0{where} "  # noqa: S608 - no user text
            "GROUP BY runtime, kinds",
            tuple(values),
        ):
            types = out.setdefault(str(runtime), {})
            for kind in kinds.split():
                types[kind] = types.get(kind, 0) + int(number)
        return {runtime: dict(sorted(types.items())) for runtime, types in out.items()}

    def forget_before(self, timestamp: str) -> None:
        """Delete envelopes older than a time."""
        self._run(f"DELETE FROM {self.table} WHERE last_at < {self._mark}", (timestamp,))  # noqa: S608

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()


def without_nul(body: str) -> str:
    """JSON with U+FFFD for NUL, which would have Postgres refuse every query that casts a payload to jsonb."""
    if "\\u0000" not in body:
        return body
    return _ESCAPE.sub(lambda found: "\\ufffd" if found[1] == "u0000" else found[0], body)
