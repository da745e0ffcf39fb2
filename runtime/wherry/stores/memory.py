"""A database that lives as long as its object: for tests, notebooks and runs that need no past.

Rows are dictionaries in this process; a lock makes every operation one step. Mirrors `agno.db.in_memory`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from threading import RLock
from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_debug
from wherry.stores.document_evals import DocumentEvals
from wherry.stores.document_metrics import DocumentMetrics
from wherry.stores.document_records import DocumentRecords
from wherry.stores.documents import DocumentStore
from wherry.stores.plans_records import OLDEST_VERSION
from wherry.stores.rows import run_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wherry.stores.protocol import Conflict, Unsaved


class InMemoryDb(DocumentRecords, DocumentMetrics, DocumentEvals, DocumentStore):
    """Sessions, runs, memories and knowledge contents in this process; mirrors `agno.db.in_memory.InMemoryDb`.

    Args:
        id: Identity; a random one by default.
        on_conflict, on_unsaved: When two runs changed one key, when one cannot be stored: ``report`` or ``raise``.
    """

    _shows_run_rows = False
    _lenient_pages = frozenset({"sessions", "runs", "records"})

    def __init__(
        self, *, id: str | None = None, on_conflict: Conflict = "report", on_unsaved: Unsaved = "report"
    ) -> None:
        super().__init__(id=id, on_conflict=on_conflict, on_unsaved=on_unsaved)
        self._sessions: dict[str, dict[str, Any]] = {}
        self._memories: list[dict[str, Any]] = []
        self._knowledge: list[dict[str, Any]] = []
        self._metrics: list[dict[str, Any]] = []
        self._evals: list[dict[str, Any]] = []
        self._versions: dict[str, str] = {}
        # Session id -> its list of runs and where each run is in it; rebuilt when the list is another one.
        self._places: dict[str, tuple[list[Any], dict[str, int]]] = {}
        self._lock = RLock()

    def _open(self, *, write: bool = False) -> AbstractContextManager[InMemoryDb]:
        return self._locked()

    @contextmanager
    def _locked(self) -> Iterator[InMemoryDb]:
        with self._lock:
            yield self

    def get_latest_schema_version(self, table_name: str = "") -> str:
        """The version a table is stamped with."""
        return self._versions.get(table_name, OLDEST_VERSION)

    def upsert_schema_version(self, table_name: str = "", version: str = "") -> None:
        """Stamp a table with a version."""
        self._versions[table_name] = version

    # --- documents ---
    def sessions(self) -> Iterable[dict[str, Any]]:
        """Session rows without their runs, which are not embedded in the sense of 2.x."""
        return [{**row, "runs": None} for row in self._sessions.values()]

    def session(self, session_id: str) -> dict[str, Any] | None:
        """One session row without its runs."""
        row = self._sessions.get(session_id)
        return {**row, "runs": None} if row is not None else None

    def put_session(self, row: dict[str, Any]) -> None:
        """Add or replace a row; the runs stay."""
        known = self._sessions.get(row["session_id"])
        self._sessions[row["session_id"]] = {**row, "runs": known.get("runs") if known else None}

    def drop_sessions(self, session_ids: frozenset[str]) -> None:
        """Remove sessions with their runs."""
        for session_id in session_ids:
            self._sessions.pop(session_id, None)
            self._places.pop(session_id, None)

    def runs(self, session_id: str | None = None) -> list[dict[str, Any]]:
        """Run rows, made from the stored runs."""
        rows = self._sessions.values() if session_id is None else filter(None, [self._sessions.get(session_id)])
        return [
            run_row(run, row["session_id"], row.get("user_id"))
            for row in rows
            for run in row.get("runs") or ()
            if isinstance(run, dict)
        ]

    def run(self, run_id: str) -> dict[str, Any] | None:
        """One run row."""
        return next((row for row in self.runs() if row["run_id"] == run_id), None)

    def newest_runs(self, session_id: str) -> Iterator[dict[str, Any]]:
        """Stored runs of one session, newest first."""
        row = self._sessions.get(session_id) or {}
        yield from reversed(row.get("runs") or [])

    def put_run(self, row: dict[str, Any]) -> None:
        """Add or replace a run of a session that exists."""
        session = self._sessions.get(row["session_id"])
        if session is None:
            log_debug(f"Run {row['run_id']!r} was not stored: there is no session {row['session_id']!r}.")
            return
        runs = session.get("runs")
        if runs is None:
            runs = session["runs"] = []
        places = self._places_of(row["session_id"], runs)
        data, place = row["run_data"], places.get(row["run_id"])
        if place is not None:
            if "run_index" in runs[place]:
                data["run_index"] = runs[place]["run_index"]
            runs[place] = data
        else:
            if row["run_index"] is not None:
                data.setdefault("run_index", row["run_index"])
            places[row["run_id"]] = len(runs)
            runs.append(data)
        session["updated_at"] = int(time())

    def _places_of(self, session_id: str, runs: list[Any]) -> dict[str, int]:
        known = self._places.get(session_id)
        if known is None or known[0] is not runs or len(known[1]) != len(runs):
            known = (runs, {run["run_id"]: place for place, run in enumerate(runs)})
            self._places[session_id] = known
        return known[1]

    def drop_runs(self, run_ids: frozenset[str]) -> int:
        """Remove runs from whichever sessions have them."""
        dropped = 0
        for session in self._sessions.values():
            runs = session.get("runs") or []
            kept = [run for run in runs if run.get("run_id") not in run_ids]
            if len(kept) < len(runs):
                dropped += len(runs) - len(kept)
                session["runs"], session["updated_at"] = kept, int(time())
        return dropped

    def records(self, kind: str) -> list[dict[str, Any]]:
        """Rows of memories, knowledge contents or daily metrics."""
        rows: list[dict[str, Any]] = getattr(self, f"_{kind}")
        return rows

    def set_records(self, kind: str, rows: list[dict[str, Any]]) -> None:
        """Replace them."""
        setattr(self, f"_{kind}", rows)
