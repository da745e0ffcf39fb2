"""Redis records as the dictionaries of a `DocumentStore`: for listing, renaming, deleting and the like.

Reads go to the server at once; writes are collected and sent as one transaction. What a run needs does not come here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from wherry.stores.jsontext import dumps_plain
from wherry.stores.redis_keys import record_from

if TYPE_CHECKING:
    from wherry.stores.redis_keys import Keys


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class RedisDocuments:
    """The `Documents` of one operation.

    Args:
        client: A blocking client of redis-py.
        keys: Names of keys.
        expire: Seconds for which records live, or None.
    """

    def __init__(self, client: Any, keys: Keys, expire: int | None) -> None:
        self._client, self._keys, self._expire = client, keys, expire
        self._pipe = client.pipeline(transaction=True)
        self._loaded: dict[str, dict[str, dict[str, Any]]] = {}

    def watch(self, session_id: str) -> None:
        """Let `flush` send nothing, and raise redis-py's `WatchError`, if somebody writes this session until then."""
        self._pipe.watch(self._keys.record("sessions", session_id))
        self._pipe.multi()

    def flush(self) -> None:
        """Send what was written."""
        if self._pipe.command_stack:
            self._pipe.execute()

    def end(self) -> None:
        """Give back the connection that watches, also when nothing was sent."""
        self._pipe.reset()

    def _get(self, kind: str, record_id: str) -> dict[str, Any] | None:
        key = self._keys.record(kind, record_id)
        text = self._client.get(key)
        return None if text is None else record_from(text, key)

    def _many(self, kind: str, record_ids: Iterable[str]) -> list[dict[str, Any]]:
        return self._read([self._keys.record(kind, record_id) for record_id in record_ids])

    def _all(self, kind: str) -> list[dict[str, Any]]:
        found = map(_text, self._client.scan_iter(match=f"{self._keys.prefix}:{kind}:*", count=1000))
        keys = sorted(key for key in found if self._keys.is_record(kind, key))
        return self._read(keys)

    def _read(self, keys: list[str]) -> list[dict[str, Any]]:
        found = zip(keys, self._client.mget(keys), strict=True) if keys else ()
        return [record_from(text, key) for key, text in found if text is not None]

    def _put(self, kind: str, record_id: str, row: dict[str, Any], known: dict[str, Any] | None) -> None:
        self._pipe.set(self._keys.record(kind, record_id), dumps_plain(row), ex=self._expire)
        indexes = self._keys.indexes(kind, row)
        for key in set(self._keys.indexes(kind, known or {})) - set(indexes):
            self._pipe.srem(key, record_id)
        for key in indexes:
            self._pipe.sadd(key, record_id)

    def _drop(self, kind: str, record_id: str, row: dict[str, Any]) -> None:
        self._pipe.delete(self._keys.record(kind, record_id))
        for key in self._keys.indexes(kind, row):
            self._pipe.srem(key, record_id)

    # --- sessions ---
    def sessions(self) -> Iterable[dict[str, Any]]:
        """All session rows."""
        return self._all("sessions")

    def session(self, session_id: str) -> dict[str, Any] | None:
        """One session row."""
        return self._get("sessions", session_id)

    def put_session(self, row: dict[str, Any]) -> None:
        """Add or replace a session row."""
        self._put("sessions", row["session_id"], row, self.session(row["session_id"]))

    def drop_sessions(self, session_ids: frozenset[str]) -> None:
        """Remove sessions with their runs."""
        for session_id in session_ids:
            for run in self.runs(session_id):
                self._drop("runs", run["run_id"], run)
            self._pipe.delete(self._keys.runs_of(session_id))
            self._drop("sessions", session_id, self.session(session_id) or {})

    # --- runs ---
    def runs(self, session_id: str | None = None) -> list[dict[str, Any]]:
        """Run rows, of one session oldest first."""
        if session_id is None:
            return self._all("runs")
        run_ids = self._client.zrange(self._keys.runs_of(session_id), 0, -1)
        return self._many("runs", map(_text, run_ids))

    def run(self, run_id: str) -> dict[str, Any] | None:
        """One run row."""
        return self._get("runs", run_id)

    def newest_runs(self, session_id: str) -> Iterator[dict[str, Any]]:
        """Stored runs of one session, newest first."""
        yield from (row["run_data"] for row in reversed(self.runs(session_id)))

    def put_run(self, row: dict[str, Any]) -> None:
        """Add or replace a run row."""
        members = self._keys.runs_of(row["session_id"])
        known = self._get("runs", row["run_id"])
        if known is not None and known.get("run_index") is not None:
            row["run_index"] = known["run_index"]
        elif row["run_index"] is None:
            last = self._client.zrevrange(members, 0, 0, withscores=True)
            row["run_index"] = int(last[0][1]) + 1 if last else 0
        self._put("runs", row["run_id"], row, known)
        self._pipe.zadd(members, {row["run_id"]: float(row["run_index"])})
        if self._expire is not None:
            self._pipe.expire(members, self._expire)

    def drop_runs(self, run_ids: frozenset[str]) -> int:
        """Remove runs, from 2.x session rows, too."""
        rows = self._many("runs", run_ids)
        for row in rows:
            self._drop("runs", row["run_id"], row)
            self._pipe.zrem(self._keys.runs_of(row["session_id"]), row["run_id"])
        for row in self.sessions():
            embedded = row.get("runs")
            if isinstance(embedded, list):
                left = [run for run in embedded if run.get("run_id") not in run_ids]
                if len(left) < len(embedded):
                    self._put("sessions", row["session_id"], {**row, "runs": left}, row)
        return len(rows)

    # --- memories and knowledge contents ---
    def records(self, kind: str) -> list[dict[str, Any]]:
        """Rows of a table."""
        rows = self._all(kind)
        self._loaded[kind] = {row[_ids[kind]]: row for row in rows}
        return rows

    def set_records(self, kind: str, rows: list[dict[str, Any]]) -> None:
        """Bring the table to these rows: what is new is written, what is missing removed."""
        known = self._loaded.get(kind)
        if known is None:
            self.records(kind)
            known = self._loaded[kind]
        wanted = {row[_ids[kind]]: row for row in rows}
        for record_id, row in wanted.items():
            if known.get(record_id) is not row:
                self._put(kind, record_id, row, known.get(record_id))
        for record_id in known.keys() - wanted.keys():
            self._drop(kind, record_id, known[record_id])


_ids = {"memories": "memory_id", "knowledge": "id", "metrics": "id", "evals": "run_id", "learnings": "learning_id"}
