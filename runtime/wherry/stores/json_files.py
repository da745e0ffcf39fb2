"""A folder of JSON files, one array for each table: for demos and for looking at what is stored.

Every write rewrites the files of the tables it touches, so its cost grows with everything stored; use SQLite for more
than that. A lock file keeps processes apart. Mirrors `agno.db.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.errors import StoreError
from wherry.stores.document_evals import DocumentEvals
from wherry.stores.document_metrics import DocumentMetrics
from wherry.stores.document_records import DocumentRecords
from wherry.stores.documents import DocumentStore
from wherry.stores.json_locking import process_lock
from wherry.stores.json_writing import write_together
from wherry.stores.jsontext import loads
from wherry.stores.plans_records import OLDEST_VERSION
from wherry.stores.refused import refused_methods
from wherry.stores.rows import merge_legacy
from wherry.stores.seeds import seeded_id

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from wherry.stores.protocol import Conflict


class JsonDb(DocumentRecords, DocumentMetrics, DocumentEvals, DocumentStore):
    """Sessions, runs, memories and knowledge contents in JSON files; mirrors `agno.db.json.JsonDb`.

    Args:
        db_path: The folder; ``./agno_json_db`` by default.
        id: Identity; by default made from the path, so that it stays the same.
        on_conflict, on_unsaved: When two runs changed one key, when one cannot be stored: ``report`` or ``raise``.
        **tables: Names of files (without ``.json``) by Agno's parameters, for example ``session_table``.
    """

    _lenient_pages = frozenset({"sessions", "records"})

    def __init__(
        self, db_path: str | None = None, *, id: str | None = None, on_conflict: Conflict = "report", **tables: Any
    ) -> None:
        super().__init__(id=id or seeded_id(db_path or "agno_json_db"), on_conflict=on_conflict, **tables)
        self.db_path = Path(db_path or Path.cwd() / "agno_json_db")
        self.home = seeded_id(f"{self.db_path.resolve()}#{self.session_table_name}")
        self._thread_lock = RLock()

    def _open(self, *, write: bool = False) -> AbstractContextManager[_Files]:
        return self._locked()

    @contextmanager
    def _locked(self) -> Iterator[_Files]:
        with self._thread_lock, process_lock(self.db_path):
            files = _Files(self)
            yield files
            files.flush()

    def read_file(self, name: str) -> list[dict[str, Any]]:
        """Rows of a file; none when it does not exist.

        Raises:
            StoreError: The file may not be read, or is not a JSON array.
        """
        path = self.db_path / f"{name}.json"
        try:
            rows = loads(path.read_bytes())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(
                f"{str(path)!r} cannot be read: {error}",
                hint="Check that it is a file that this user may read, in a folder that this user may enter.",
            ) from error
        except ValueError as error:
            raise StoreError(f"{path} is not valid JSON: {error}", hint="Repair the file or move it away.") from error
        if not isinstance(rows, list):
            raise StoreError(f"{path} does not hold a JSON array.", hint="Repair the file or move it away.")
        return rows

    def write_file(self, name: str, rows: list[dict[str, Any]]) -> None:
        """Replace a file as a whole; see `write_files`."""
        self.write_files({name: rows})

    _write_json_file = write_file  # kept for code that Agno's users wrote

    def write_files(self, tables: dict[str, list[dict[str, Any]]]) -> None:
        """Replace files as a whole, in their order; a reader sees the old rows of each or the new ones.

        What JSON has no form for is written as its text, `str(value)`, as in Agno; read back it is that text.

        Raises:
            StoreError: The disk refuses, or a row has no JSON form: it contains itself, or a key that is no text.
                Nothing is replaced then.
        """
        try:
            self.db_path.mkdir(parents=True, exist_ok=True)
            paths = {name: (self.db_path / f"{name}.json").resolve() for name in tables}
            write_together({paths[name]: _text_of(paths[name], rows) for name, rows in tables.items()})
        except OSError as error:
            raise StoreError(
                f"The files of {str(self.db_path)!r} cannot be written: {error}",
                hint="Check that the folder and its files may be written and that the disk has room.",
            ) from error

    def get_latest_schema_version(self, table_name: str = "") -> str:
        """The version a table is stamped with."""
        with self._open():
            rows = self.read_file(self.versions_table_name)
        found = next((row.get("version") for row in rows if row.get("table_name") == table_name), None)
        return str(found or OLDEST_VERSION)

    def upsert_schema_version(self, table_name: str = "", version: str = "") -> None:
        """Stamp a table with a version."""
        with self._open():
            rows = [row for row in self.read_file(self.versions_table_name) if row.get("table_name") != table_name]
            rows.append({"table_name": table_name, "version": version, "updated_at": int(time())})
            self.write_file(self.versions_table_name, rows)


def _text_of(path: Path, rows: list[dict[str, Any]]) -> str:
    try:
        return json.dumps(rows, indent=2, default=str)
    except (TypeError, ValueError) as error:
        raise StoreError(f"A row of {path} cannot be stored as JSON: {error}") from error


class _Files:
    """The `Documents` of one operation: files are read when first asked for and written at the end."""

    def __init__(self, store: JsonDb) -> None:
        self._store = store
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._changed: set[str] = set()

    def _name(self, kind: str) -> str:
        store = self._store
        names = {
            "sessions": store.session_table_name,
            "runs": store.runs_table_name,
            "memories": store.memory_table_name,
            "knowledge": store.knowledge_table_name,
            "metrics": store.metrics_table_name,
            "evals": store.eval_table_name,
        }
        return str(names[kind])

    def _of(self, kind: str) -> list[dict[str, Any]]:
        if kind not in self._rows:
            self._rows[kind] = self._store.read_file(self._name(kind))
        return self._rows[kind]

    def set_records(self, kind: str, rows: list[dict[str, Any]]) -> None:
        """Replace the rows of a table."""
        self._rows[kind] = rows
        self._changed.add(kind)

    def records(self, kind: str) -> list[dict[str, Any]]:
        """Rows of a table."""
        return self._of(kind)

    def flush(self) -> None:
        """Write the tables that changed."""
        if self._changed:  # sessions before runs
            self._store.write_files(
                {self._name(kind): self._rows[kind] for kind in sorted(self._changed, reverse=True)}
            )

    def sessions(self) -> Iterable[dict[str, Any]]:
        """Session rows."""
        return self._of("sessions")

    def session(self, session_id: str) -> dict[str, Any] | None:
        """One session row."""
        return next((row for row in self._of("sessions") if row.get("session_id") == session_id), None)

    def put_session(self, row: dict[str, Any]) -> None:
        """Add or replace a session row."""
        self._put("sessions", "session_id", row)

    def _put(self, kind: str, key: str, row: dict[str, Any]) -> None:
        rows = list(self._of(kind))
        place = next((at for at, known in enumerate(rows) if known.get(key) == row[key]), None)
        if place is None:
            rows.append(row)
        else:
            rows[place] = row
        self.set_records(kind, rows)

    def drop_sessions(self, session_ids: frozenset[str]) -> None:
        """Remove sessions with their runs."""
        for kind in ("sessions", "runs"):
            self.set_records(kind, [row for row in self._of(kind) if row.get("session_id") not in session_ids])

    def runs(self, session_id: str | None = None) -> list[dict[str, Any]]:
        """Run rows, oldest first."""
        rows = [row for row in self._of("runs") if session_id is None or row.get("session_id") == session_id]
        return sorted(rows, key=lambda row: (row.get("run_index") or 0, row.get("created_at") or 0))

    def run(self, run_id: str) -> dict[str, Any] | None:
        """One run row."""
        return next((row for row in self.runs() if row["run_id"] == run_id), None)

    def newest_runs(self, session_id: str) -> Iterator[dict[str, Any]]:
        """Stored runs of one session, newest first, with those inside a 2.x session row."""
        session = self.session(session_id) or {}
        stored = [row["run_data"] for row in self.runs(session_id)]
        yield from reversed(merge_legacy(stored, session.get("runs")))

    def put_run(self, row: dict[str, Any]) -> None:
        """Add or replace a run row."""
        own = [known for known in self._of("runs") if known.get("session_id") == row["session_id"]]
        known = next((known for known in own if known.get("run_id") == row["run_id"]), None)
        if known is not None:
            row["run_index"] = known.get("run_index", row["run_index"])
        elif row["run_index"] is None:
            embedded = len((self.session(row["session_id"]) or {}).get("runs") or ())
            row["run_index"] = max([embedded - 1, *((item.get("run_index") or 0) for item in own)], default=-1) + 1
        self._put("runs", "run_id", row)

    def drop_runs(self, run_ids: frozenset[str]) -> int:
        """Remove runs, from 2.x session rows, too."""
        rows = self._of("runs")
        kept = [row for row in rows if row.get("run_id") not in run_ids]
        if len(kept) < len(rows):
            self.set_records("runs", kept)
        for row in self._of("sessions"):
            embedded = row.get("runs")
            if isinstance(embedded, list):
                left = [run for run in embedded if run.get("run_id") not in run_ids]
                if len(left) < len(embedded):
                    self.put_session({**row, "runs": left})
        return len(rows) - len(kept)


refused_methods(JsonDb, "agno.db.json.JsonDb", suspending=False)
