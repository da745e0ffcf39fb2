"""Eval results of databases without a query engine.

Mixed into the document stores; the record is in `evals`, the SQL databases' statements in `plans_evals`.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.sessions.session_state import copied
from wherry.stores.dictionaries import arranged, asked_page, paged
from wherry.stores.evals import OWNERS, eval_shown, eval_values, plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from wherry.stores.dictionaries import Documents

Row = dict[str, Any]


class DocumentEvals:
    """Methods on eval results."""

    _lenient_pages: frozenset[str]
    _upwards: bool

    def _open(self, *, write: bool = False) -> AbstractContextManager[Documents]:
        raise NotImplementedError

    def create_eval_run(self, eval_run: Any) -> Any:
        """Store the result of an eval; returns the record."""
        now = int(time())
        with self._open(write=True) as docs:
            row = self._eval_row(copied(eval_values(eval_run)), {"created_at": now, "updated_at": now})
            docs.set_records("evals", [*docs.records("evals"), row])
        return eval_run

    def _eval_row(self, values: Row, times: Row) -> Row:
        """A record's row, in Agno's order of keys."""
        return {**values, **times}

    def get_eval_run(self, eval_run_id: str, deserialize: bool | None = True, user_id: str | None = None) -> Any:
        """See `plans_evals.get_eval_run`."""
        with self._open() as docs:
            for row in docs.records("evals"):
                if row.get("run_id") == eval_run_id:
                    return eval_shown(copied(row), deserialize) if _may(row, user_id) else None
        return None

    def get_eval_runs(
        self,
        limit: int | None = None,
        page: int | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        workflow_id: str | None = None,
        model_id: str | None = None,
        filter_type: Any = None,
        eval_type: Sequence[Any] | None = None,
        deserialize: bool | None = True,
        user_id: str | None = None,
    ) -> Any:
        """See `plans_evals.get_eval_runs`."""
        page = asked_page(limit, page, lenient="records" in self._lenient_pages)
        asked = {"agent_id": agent_id, "team_id": team_id, "workflow_id": workflow_id, "model_id": model_id}
        conditions = {name: value for name, value in {**asked, "user_id": user_id}.items() if value is not None}
        kinds = {plain(kind) for kind in eval_type or ()}
        owner = OWNERS.get(plain(filter_type))

        def wanted(row: Row) -> bool:
            if any(row.get(name) != value for name, value in conditions.items()):
                return False
            if kinds and row.get("eval_type") not in kinds:
                return False
            return owner is None or row.get(owner) is not None

        with self._open() as docs:
            found = [row for row in docs.records("evals") if wanted(row)]
        order = sort_order if sort_by else "desc"
        in_order = arranged(found, sort_by or "created_at", order, upwards=self._upwards)
        rows = copied(paged(in_order, limit, page))
        return [eval_shown(row, deserialize=True) for row in rows] if deserialize else (rows, len(found))

    def rename_eval_run(
        self, eval_run_id: str, name: str, deserialize: bool | None = True, user_id: str | None = None
    ) -> Any:
        """See `plans_evals.rename_eval_run`."""
        row = self._change_eval(eval_run_id, {"name": name, "updated_at": int(time())}, user_id)
        return eval_shown(row, deserialize)

    def update_eval_run_user_id(self, eval_run_id: str, user_id: str) -> None:
        """Hand an eval result to a user."""
        self._change_eval(eval_run_id, {"user_id": user_id}, None)

    def delete_eval_run(self, eval_run_id: str) -> None:
        """Delete one eval result."""
        self.delete_eval_runs([eval_run_id])

    def _change_eval(self, eval_run_id: str, changes: Row, user_id: str | None) -> Row | None:
        with self._open(write=True) as docs:
            rows = list(docs.records("evals"))
            for place, row in enumerate(rows):
                if row.get("run_id") == eval_run_id and _may(row, user_id):
                    rows[place] = {**row, **changes}
                    docs.set_records("evals", rows)
                    return copied(rows[place])  # type: ignore[no-any-return]
        return None

    def delete_eval_runs(self, eval_run_ids: Sequence[str], user_id: str | None = None) -> None:
        """Delete eval results, only this user's when one is given."""
        unwanted = frozenset(eval_run_ids)
        with self._open(write=True) as docs:
            rows = docs.records("evals")
            kept = [row for row in rows if row.get("run_id") not in unwanted or not _may(row, user_id)]
            if len(kept) < len(rows):
                docs.set_records("evals", kept)


def _may(row: Row, user_id: str | None) -> bool:
    return user_id is None or row.get("user_id") == user_id
