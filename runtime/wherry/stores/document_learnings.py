"""Learnings of a database without a query engine; mixed into `ValkeyDb`, the one of Agno's that has them.

The SQL databases' statements are in `plans_learnings`, where the arguments are described.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_debug
from wherry.core.sessions.session_state import copied
from wherry.stores.dictionaries import arranged, paged
from wherry.stores.documents import DocumentStore
from wherry.stores.rows import check_page

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]
_KEPT = ("learning_type", "namespace", "user_id", "agent_id", "team_id", "session_id", "entity_id", "entity_type")


class DocumentLearnings(DocumentStore):
    """Methods on learnings."""

    def _learnings(self, matches: Callable[[Row], bool]) -> list[Row]:
        with self._open() as docs:
            return [copied(row) for row in docs.records("learnings") if matches(row)]

    def get_learning(self, learning_type: str, **scope: Any) -> Any:
        """See `plans_learnings.get_learning`."""
        found = self.get_learnings(learning_type, **scope)
        return {"content": found[0].get("content")} if found else None

    def upsert_learning(
        self, id: str, learning_type: str, content: Row, metadata: Row | None = None, **scope: Any
    ) -> None:
        """See `plans_learnings.upsert_learning`."""
        now = int(time())
        own = {"learning_type": learning_type, **scope}
        fresh = {"learning_id": id, **{name: own.get(name) for name in _KEPT}, "content": None, "metadata": None}
        fresh |= {"created_at": now, "updated_at": now}
        try:
            self._replace_learning(id, fresh, {"content": content, "metadata": metadata, "updated_at": now})
        except Exception as error:  # noqa: BLE001 - whatever it is, as in Agno: learning must not break a run
            log_debug(f"A learning could not be stored: {error}")

    def _replace_learning(self, learning_id: str, fresh: Row | None, changes: Row) -> bool:
        with self._open(write=True) as docs:
            rows = list(docs.records("learnings"))
            place = next((i for i, row in enumerate(rows) if row.get("learning_id") == learning_id), None)
            if place is not None:
                rows[place] = copied({**rows[place], **changes})
            elif fresh is not None:
                rows.append(copied({**fresh, **changes}))
            else:
                return False
            docs.set_records("learnings", rows)
        return True

    def _drop_learnings(self, matches: Callable[[Row], bool]) -> int:
        with self._open(write=True) as docs:
            rows = docs.records("learnings")
            kept = [row for row in rows if not matches(row)]
            docs.set_records("learnings", kept)
            return len(rows) - len(kept)

    def delete_learning(self, id: str) -> bool:
        """See `plans_learnings.delete_learning`."""
        return bool(self._drop_learnings(lambda row: row.get("learning_id") == id))

    def update_learning(self, id: str, content: Row, metadata: Row | None = None) -> bool:
        """See `plans_learnings.update_learning`."""
        changes = {"content": content, "metadata": metadata, "updated_at": int(time())}
        return self._replace_learning(id, None, changes)

    def delete_user_learnings(self, user_id: str | None, learning_type: str | None = None) -> int:
        """See `plans_learnings.delete_user_learnings`."""
        typed = _matching({"learning_type": learning_type})
        return self._drop_learnings(lambda row: row.get("user_id") == user_id and typed(row))

    def get_learnings(self, learning_type: str | None = None, limit: int | None = None, **scope: Any) -> list[Row]:
        """See `plans_learnings.get_learnings`."""
        found = self._learnings(_matching({"learning_type": learning_type, **scope}))
        rows = arranged(found, "updated_at", "desc")
        return rows if limit is None else rows[:limit]

    def get_learning_by_id(self, id: str) -> Row | None:
        """See `plans_learnings.get_learning_by_id`."""
        found = self._learnings(_matching({"learning_id": id}))
        return found[0] if found else None

    def list_learnings(
        self,
        learning_type: str | None = None,
        user_id: str | None = None,
        include_global: bool = False,
        limit: int = 100,
        page: int = 1,
        sort_by: str | None = None,
        sort_order: str | None = None,
        **scope: Any,
    ) -> tuple[list[Row], int]:
        """See `plans_learnings.list_learnings`."""
        found = self._learnings(_matching({"learning_type": learning_type, **scope}))
        if user_id is not None:
            wanted = {user_id, None} if include_global else {user_id}
            found = [row for row in found if row.get("user_id") in wanted]
        return paged(arranged(found, sort_by or "updated_at", sort_order or "desc"), limit, page), len(found)

    def get_learnings_user_stats(
        self,
        learning_type: str | None = None,
        limit: int | None = None,
        page: int | None = None,
        user_id: str | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
    ) -> tuple[list[Row], int]:
        """See `plans_learnings.get_learnings_user_stats`."""
        check_page(limit, page)
        last: dict[str, int] = {}
        for row in self._learnings(_matching({"learning_type": learning_type, "user_id": user_id})):
            owner = row.get("user_id")
            if owner is not None:
                last[owner] = max(last.get(owner, 0), row.get("updated_at") or 0)
        rows = [{"user_id": user, "last_learning_updated_at": at} for user, at in last.items()]
        column = "user_id" if sort_by == "user_id" else "last_learning_updated_at"
        return paged(arranged(rows, column, sort_order or "desc"), limit, page), len(rows)


def _matching(scope: Row) -> Callable[[Row], bool]:
    asked = {name: value for name, value in scope.items() if value is not None}
    return lambda row: all(row.get(name) == value for name, value in asked.items())
