"""Memories and knowledge contents of databases without a query engine.

Mixed into the document stores; sessions and runs are in `documents`.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.ids import new_id
from wherry.core.sessions.session_state import copied
from wherry.stores.dictionaries import arranged, asked_page, paged
from wherry.stores.records import UserMemory, knowledge_row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from wherry.stores.dictionaries import Documents


class DocumentRecords:
    """Methods on user memories and knowledge contents."""

    _lenient_pages: frozenset[str]
    _upwards: bool

    def _open(self, *, write: bool = False) -> AbstractContextManager[Documents]:
        raise NotImplementedError

    # --- memories ---
    def upsert_user_memory(self, memory: UserMemory, deserialize: bool | None = True) -> Any:
        """See `BaseDb.upsert_user_memory`."""
        return self._put_memory(memory, int(time()), deserialize)

    def upsert_memories(
        self, memories: Sequence[UserMemory], deserialize: bool | None = True, preserve_updated_at: bool = False
    ) -> list[Any]:
        """See `BaseDb.upsert_memories`."""
        now = int(time())
        return [
            self._put_memory(memory, (memory.updated_at if preserve_updated_at else None) or now, deserialize)
            for memory in memories
        ]

    def _put_memory(self, memory: UserMemory, updated_at: int, deserialize: bool | None) -> Any:
        memory.memory_id = memory.memory_id or new_id()
        row = self._memory_row(memory, updated_at)
        with self._open(write=True) as docs:
            rows = list(docs.records("memories"))
            place = next((i for i, known in enumerate(rows) if known.get("memory_id") == memory.memory_id), None)
            if place is None:
                rows.append(row)
            else:
                rows[place] = row
            docs.set_records("memories", rows)
        shown = copied(row)
        return UserMemory.from_dict(shown) if deserialize else shown

    def _memory_row(self, memory: UserMemory, updated_at: int) -> dict[str, Any]:
        row: dict[str, Any] = copied({**memory.to_dict(), "updated_at": updated_at})
        return row

    def get_user_memory(self, memory_id: str, deserialize: bool | None = True, user_id: str | None = None) -> Any:
        """See `BaseDb.get_user_memory`."""
        with self._open() as docs:
            for row in docs.records("memories"):
                if row.get("memory_id") == memory_id and (user_id is None or row.get("user_id") == user_id):
                    shown = copied(row)
                    return UserMemory.from_dict(shown) if deserialize else shown
        return None

    def get_user_memories(
        self,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        topics: Sequence[str] | None = None,
        search_content: str | None = None,
        limit: int | None = None,
        page: int | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        deserialize: bool | None = True,
    ) -> Any:
        """See `BaseDb.get_user_memories`."""
        page = asked_page(limit, page, lenient="records" in self._lenient_pages)
        asked = {"user_id": user_id, "agent_id": agent_id, "team_id": team_id}
        conditions = {name: value for name, value in asked.items() if value is not None}

        def wanted(row: dict[str, Any]) -> bool:
            if any(row.get(name) != value for name, value in conditions.items()):
                return False
            if topics is not None and not set(topics) & set(row.get("topics") or ()):
                return False
            return search_content is None or search_content.lower() in str(row.get("memory") or "").lower()

        with self._open() as docs:
            found = [row for row in docs.records("memories") if wanted(row)]
        shown = copied(paged(arranged(found, sort_by, sort_order, upwards=self._upwards), limit, page))
        return [UserMemory.from_dict(row) for row in shown] if deserialize else (shown, len(found))

    def get_user_memory_stats(
        self, limit: int | None = None, page: int | None = None, user_id: str | None = None
    ) -> tuple[list[dict[str, Any]], int]:
        """See `BaseDb.get_user_memory_stats`."""
        page = asked_page(limit, page, lenient="records" in self._lenient_pages)
        counts: dict[str, dict[str, Any]] = {}
        with self._open() as docs:
            for row in docs.records("memories"):
                owner = row.get("user_id")
                if not owner or (user_id is not None and owner != user_id):
                    continue
                entry = counts.setdefault(owner, {"user_id": owner, "total_memories": 0, "last_memory_updated_at": 0})
                entry["total_memories"] += 1
                entry["last_memory_updated_at"] = max(entry["last_memory_updated_at"], row.get("updated_at") or 0)
        found = sorted(counts.values(), key=lambda entry: entry["last_memory_updated_at"], reverse=True)
        return paged(found, limit, page), len(found)

    def get_all_memory_topics(self, user_id: str | None = None) -> list[str]:
        """See `BaseDb.get_all_memory_topics`."""
        found: dict[str, None] = {}
        with self._open() as docs:
            for row in docs.records("memories"):
                if user_id is None or row.get("user_id") == user_id:
                    found.update(dict.fromkeys(row.get("topics") or ()))
        return list(found)

    def delete_user_memory(self, memory_id: str, user_id: str | None = None) -> None:
        """See `BaseDb.delete_user_memory`."""
        self.delete_user_memories([memory_id], user_id)

    def delete_user_memories(self, memory_ids: Sequence[str], user_id: str | None = None) -> None:
        """See `BaseDb.delete_user_memories`."""
        unwanted = frozenset(memory_ids)
        with self._open(write=True) as docs:
            kept = [
                row
                for row in docs.records("memories")
                if row.get("memory_id") not in unwanted or (user_id is not None and row.get("user_id") != user_id)
            ]
            docs.set_records("memories", kept)

    def clear_memories(self) -> None:
        """See `BaseDb.clear_memories`."""
        with self._open(write=True) as docs:
            docs.set_records("memories", [])

    # --- knowledge contents ---
    def get_knowledge_content(self, id: str, user_id: str | None = None) -> Any:
        """See `BaseDb.get_knowledge_content`."""
        with self._open() as docs:
            for row in docs.records("knowledge"):
                if row.get("id") == id and (user_id is None or row.get("user_id") in {None, user_id}):
                    return knowledge_row(copied(row))
        return None

    def get_knowledge_contents(
        self,
        limit: int | None = None,
        page: int | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        linked_to: str | None = None,
        user_id: str | None = None,
    ) -> tuple[list[Any], int]:
        """See `BaseDb.get_knowledge_contents`."""
        page = asked_page(limit, page, lenient="records" in self._lenient_pages)
        with self._open() as docs:
            found = [
                row
                for row in docs.records("knowledge")
                if (linked_to is None or row.get("linked_to") == linked_to)
                and (user_id is None or row.get("user_id") in {None, user_id})
            ]
        shown = paged(arranged(found, sort_by, sort_order, upwards=self._upwards), limit, page)
        return [knowledge_row(copied(row)) for row in shown], len(found)

    def upsert_knowledge_content(self, knowledge_row: Any) -> Any:
        """See `BaseDb.upsert_knowledge_content`."""
        row = knowledge_row.model_dump()
        with self._open(write=True) as docs:
            rows = list(docs.records("knowledge"))
            place = next((i for i, known in enumerate(rows) if known.get("id") == row["id"]), None)
            if place is None:
                rows.append(copied(row))
            else:
                owner = rows[place].get("user_id")
                if row["user_id"] is not None and owner != row["user_id"]:
                    raise ConfigurationError(
                        f"Knowledge content {row['id']} not found.",
                        hint="It belongs to another user; use another id.",
                    )
                rows[place] = copied(row)
            docs.set_records("knowledge", rows)
        return knowledge_row

    def delete_knowledge_content(self, id: str, user_id: str | None = None) -> None:
        """See `BaseDb.delete_knowledge_content`."""
        with self._open(write=True) as docs:
            kept = [
                row
                for row in docs.records("knowledge")
                if row.get("id") != id or (user_id is not None and row.get("user_id") != user_id)
            ]
            docs.set_records("knowledge", kept)
