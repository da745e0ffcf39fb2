"""Databases without a query engine: filtering, sorting and merging in Python over dictionaries.

`DocumentStore` has the methods on sessions and runs; where the dictionaries live is a `Documents` (see
`dictionaries`). Rows have the columns of the SQL tables.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any, TypeAlias

from wherry.core.sessions.session import Origin
from wherry.core.sessions.session_history import is_context
from wherry.core.sessions.session_state import copied
from wherry.core.sessions.session_workflow import run_type
from wherry.stores.base import BaseDb
from wherry.stores.dictionaries import arranged, asked_page, paged
from wherry.stores.plans_saving import Saved, merge_session
from wherry.stores.rows import (
    loaded_columns,
    merge_legacy,
    run_data,
    run_from,
    run_row,
    session_from,
    session_kind,
    status_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from wherry.stores.dictionaries import Documents

    RowChange: TypeAlias = Callable[[dict[str, Any], Documents], dict[str, Any] | None]


class DocumentStore(BaseDb):
    """All methods of a database over `Documents`."""

    _shows_run_rows = True
    _lenient_pages: frozenset[str] = frozenset()
    """What may be asked for with a page and no limit, see `asked_page`: ``sessions``, ``runs``, ``records``."""
    _upwards = False
    """See `arranged`."""

    def _open(self, *, write: bool = False) -> AbstractContextManager[Documents]:
        """The documents, locked; changes are kept when the block ends without an error."""
        raise NotImplementedError

    def table_exists(self, table_name: str) -> bool:
        """True: tables come into being when they are used."""
        return True

    # --- what a run needs ---
    def load_run_context(
        self, session_id: str, session_type: Any = None, user_id: str | None = None, last_runs: int | None = None
    ) -> Any:
        """See `RunStore.load_run_context`."""
        with self._open() as docs:
            row = docs.session(session_id)
            if row is None or (user_id is not None and row.get("user_id") != user_id):
                return None
            kind = str(getattr(session_type, "value", session_type or "agent"))
            counts = COUNTS.get(kind, is_context)
            window: list[Any] = []
            for run in docs.newest_runs(session_id):
                if len(window) >= (last_runs or 0):
                    break
                if counts(run):
                    window.append(copied(run))
            # Rows are replaced, never changed in place: the row itself says what was loaded.
            session = session_from(copied({**row, "runs": []}), session_type)
        session.origin = self._origin(session, row)
        window.reverse()
        session.loaded_runs().defer(window, last_runs or 0, lambda: self._all_runs(session_id))
        return session

    def _origin(self, session: Any, row: dict[str, Any]) -> Origin:
        return Origin(**loaded_columns(session, row), home=(self.home, row["session_id"]))

    def _all_runs(self, session_id: str) -> list[dict[str, Any]]:
        with self._open() as docs:
            row = docs.session(session_id)
            return [] if row is None else copied(_runs_of(docs, row))

    def save_run(self, session: Any, *runs: Any, overwrite_state: bool = False) -> Saved:
        """See `RunStore.save_run`."""
        rows = [run_row(item, session.session_id, session.user_id) for item in runs]
        with self._open(write=True) as docs:
            stored = docs.session(session.session_id)
            saved = Saved()
            if stored is not None:
                owner = stored.get("user_id")
                if owner is not None and owner != session.user_id:
                    return self._told(Saved(refused=True), session)
                saved = merge_session(session, stored, overwrite_state, self.on_conflict == "raise")
            session.origin = self._origin(session, self._put(docs, session, stored))
            for item in rows:
                docs.put_run(copied({**item, "run_index": None}))
        return self._told(saved, session) if saved.conflicts else saved

    def _put(self, docs: Documents, session: Any, stored: dict[str, Any] | None, updated: int | None = None) -> Any:
        """Write a session's row; its runs are rows of their own."""
        now = int(time())
        row = self._session_row(session)
        if stored is None:
            row["created_at"] = row["created_at"] if row["created_at"] is not None else now
            row["updated_at"] = updated or row["created_at"]
        else:
            row["updated_at"] = updated or now
            if "runs" in stored:
                row["runs"] = stored["runs"]
            session.updated_at = row["updated_at"]
        docs.put_session(row)
        return row

    def _session_row(self, session: Any) -> dict[str, Any]:
        return {**copied(session.to_dict(include_runs=False)), "session_type": session_kind(session)}

    # --- sessions ---
    def get_session(
        self,
        session_id: str,
        session_type: Any = None,
        user_id: str | None = None,
        deserialize: bool | None = True,
        runs_limit: int | None = None,
    ) -> Any:
        """See `BaseDb.get_session`."""
        with self._open() as docs:
            row = docs.session(session_id)
            if row is None or (user_id is not None and row.get("user_id") != user_id):
                return None
            stored = row
            runs = _runs_of(docs, row)
            if runs_limit is not None:
                runs = [run for run in runs if is_context(run)][-runs_limit:] if runs_limit > 0 else []
            row = copied({**row, "runs": runs})
        if not deserialize:
            return row
        session = session_from(row, session_type)
        session.origin = self._origin(session, stored)
        return session

    def get_sessions(
        self,
        session_type: Any = None,
        user_id: str | None = None,
        component_id: str | None = None,
        session_name: str | None = None,
        start_timestamp: int | None = None,
        end_timestamp: int | None = None,
        limit: int | None = None,
        page: int | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        deserialize: bool | None = True,
        include_runs: bool = True,
    ) -> Any:
        """See `BaseDb.get_sessions`."""
        page = asked_page(limit, page, lenient="sessions" in self._lenient_pages)
        kind = getattr(session_type, "value", session_type)
        owner = ("agent_id", "team_id", "workflow_id") if kind is None else (f"{kind}_id",)

        def wanted(row: dict[str, Any]) -> bool:
            created = row.get("created_at") or 0
            name = (row.get("session_data") or {}).get("session_name") or ""
            return (
                (user_id is None or row.get("user_id") == user_id)
                and (kind is None or row.get("session_type") == kind)
                and (component_id is None or any(row.get(column) == component_id for column in owner))
                and (start_timestamp is None or created >= start_timestamp)
                and (end_timestamp is None or created <= end_timestamp)
                and (session_name is None or session_name.lower() in name.lower())
            )

        with self._open() as docs:
            found = [row for row in docs.sessions() if wanted(row)]
            total = len(found)
            shown = paged(arranged(found, sort_by, sort_order, upwards=self._upwards), limit, page)
            shown = [copied({**row, "runs": _runs_of(docs, row) if include_runs else None}) for row in shown]
        if not deserialize:
            return shown, total
        return [session_from(row, session_type) for row in shown]

    def upsert_session(self, session: Any, deserialize: bool | None = True) -> Any:
        """See `BaseDb.upsert_session`."""
        return self._upsert(session, deserialize, None)

    def _upsert(self, session: Any, deserialize: bool | None, updated: int | None) -> Any:
        with self._open(write=True) as docs:
            stored = docs.session(session.session_id)
            if stored is not None and stored.get("user_id") not in {None, session.user_id}:
                return None
            put = self._put(docs, session, stored, updated)
            row = copied({**put, "runs": None})
            if stored is None:
                # A session that arrives with runs (a restored backup) brings them along.
                for index, run in enumerate(session.runs or ()):
                    docs.put_run(copied(run_row(run, session.session_id, session.user_id, index)))
        if session.origin is not None:
            session.origin = self._origin(session, put)
        if not deserialize:
            row["runs"] = [run_data(run) for run in session.runs or ()]
            return row
        fresh = session_from(row)
        fresh.runs = session.runs
        return fresh

    def upsert_sessions(
        self, sessions: Sequence[Any], deserialize: bool | None = True, preserve_updated_at: bool = False
    ) -> list[Any]:
        """See `BaseDb.upsert_sessions`."""
        stored = [
            self._upsert(item, deserialize, item.updated_at if preserve_updated_at else None)
            for item in sessions
            if item is not None  # passed over, as by Agno
        ]
        return [session for session in stored if session is not None]

    def rename_session(
        self,
        session_id: str,
        session_type: Any,
        session_name: str,
        user_id: str | None = None,
        deserialize: bool | None = True,
    ) -> Any:
        """See `BaseDb.rename_session`."""
        kind = getattr(session_type, "value", session_type)

        def renamed(row: dict[str, Any], _: Documents) -> dict[str, Any] | None:
            if user_id is not None and row.get("user_id") != user_id:
                return None
            if kind is not None and row.get("session_type") != kind:
                return None
            return {**row, "session_data": {**(row.get("session_data") or {}), "session_name": session_name}}

        if not self._change_row(session_id, renamed):
            return None
        return self.get_session(session_id, session_type, user_id, deserialize)

    def _change_row(self, session_id: str, change: RowChange) -> bool:
        """Replace a session's row by what a function makes of it; False when there is none or it makes none."""
        with self._open(write=True) as docs:
            return changed_row(docs, session_id, change)

    def delete_session(self, session_id: str, user_id: str | None = None) -> bool:
        """See `BaseDb.delete_session`."""
        return self._drop([session_id], user_id) > 0

    def delete_sessions(self, session_ids: Sequence[str], user_id: str | None = None) -> None:
        """See `BaseDb.delete_sessions`."""
        self._drop(session_ids, user_id)

    def _drop(self, session_ids: Sequence[str], user_id: str | None) -> int:
        with self._open(write=True) as docs:
            rows = [row for row in map(docs.session, session_ids) if row is not None]
            found = frozenset(row["session_id"] for row in rows if user_id is None or row.get("user_id") == user_id)
            if found:
                docs.drop_sessions(found)
        return len(found)

    def reassign_session_owner(self, session_id: str, *, previous_user_id: str, user_id: str | None) -> bool:
        """Hand an idle session over to another user.

        Args:
            session_id: The session.
            previous_user_id: Whom it must belong to.
            user_id: Whom it then belongs to.

        Returns:
            False when it is somebody else's, or has a run that has not ended.
        """

        def handed_over(row: dict[str, Any], docs: Documents) -> dict[str, Any] | None:
            if row.get("user_id") != previous_user_id:
                return None
            if any(run.get("status") in {"PENDING", "RUNNING", "PAUSED"} for run in docs.runs(session_id)):
                return None
            return {**row, "user_id": user_id}

        return self._change_row(session_id, handed_over)

    # --- runs ---
    def get_run(self, run_id: str, deserialize: bool | None = True) -> Any:
        """See `BaseDb.get_run`."""
        with self._open() as docs:
            row = copied(docs.run(run_id))
        if row is None or not deserialize:
            return row if row is None or self._shows_run_rows else row["run_data"]
        return run_from(row["run_type"], row["run_data"])

    def get_runs(
        self,
        session_id: str | None = None,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        workflow_id: str | None = None,
        status: Any = None,
        limit: int | None = None,
        page: int | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        deserialize: bool | None = True,
    ) -> Any:
        """See `BaseDb.get_runs`."""
        page = asked_page(limit, page, lenient="runs" in self._lenient_pages)
        asked = {"user_id": user_id, "agent_id": agent_id, "team_id": team_id, "workflow_id": workflow_id}
        asked["status"] = status_text(status)
        conditions = {name: value for name, value in asked.items() if value is not None}
        with self._open() as docs:
            rows = [
                row
                for row in docs.runs(session_id)
                if all(row.get(name) == value for name, value in conditions.items())
            ]
            if sort_by is None:
                rows.sort(key=lambda row: (row.get("run_index") or 0, row.get("created_at") or 0))
            shown = copied(paged(arranged(rows, sort_by, sort_order, upwards=self._upwards), limit, page))
        if deserialize:
            return [run_from(row["run_type"], row["run_data"]) for row in shown]
        return (shown if self._shows_run_rows else [row["run_data"] for row in shown]), len(rows)

    def upsert_run(self, run: Any, session_id: str, user_id: str | None = None, run_index: int | None = None) -> None:
        """See `BaseDb.upsert_run`."""
        row = copied(run_row(run, session_id, user_id, run_index))
        with self._open(write=True) as docs:
            docs.put_run(row)

    def delete_run(self, run_id: str) -> bool:
        """See `BaseDb.delete_run`."""
        with self._open(write=True) as docs:
            return docs.drop_runs(frozenset({run_id})) > 0

    def delete_runs(self, run_ids: Sequence[str]) -> None:
        """See `BaseDb.delete_runs`."""
        with self._open(write=True) as docs:
            docs.drop_runs(frozenset(run_ids))


def changed_row(docs: Documents, session_id: str, change: RowChange) -> bool:
    """See `DocumentStore._change_row`; the documents are those of one operation."""
    row = docs.session(session_id)
    changed = change(row, docs) if row is not None else None
    if changed is None:
        return False
    docs.put_session(changed)
    return True


def _runs_of(docs: Documents, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Stored runs of a session, oldest first, wherever its layout keeps them."""
    return merge_legacy([run["run_data"] for run in docs.runs(row["session_id"])], row.get("runs"))


def _is_done(run: dict[str, Any]) -> bool:
    return run.get("status") == "COMPLETED" and run_type(run) == "workflow"


COUNTS: dict[str, Callable[[Any], bool]] = {"workflow": _is_done}
"""What counts as history, by kind of session, where it is not `is_context`."""
