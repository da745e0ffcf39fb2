"""Statements on the tables of user memories, knowledge contents and schema versions.

See `plan` for what a plan is.
"""

from __future__ import annotations

from datetime import datetime
from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.ids import new_id
from wherry.stores.jsontext import loads_column
from wherry.stores.plan import BEGIN, Plan, Tables, Where, needs, order, page_of, portions, upsert
from wherry.stores.records import UserMemory, knowledge_row, memory_values
from wherry.stores.rows import check_page
from wherry.stores.tables import KNOWLEDGE, MEMORIES

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEMORY = ", ".join(MEMORIES.names)
_KNOWLEDGE = ", ".join(KNOWLEDGE.names)
OLDEST_VERSION = "2.0.0"
"""What a table without a stamp is taken for, as in Agno."""


def _memory_row(values: tuple[Any, ...]) -> dict[str, Any]:
    row = dict(zip(MEMORIES.names, values, strict=True))
    row["memory"], row["topics"] = loads_column(row["memory"]), loads_column(row["topics"])
    return row


def _put_memory(t: Tables, memory: UserMemory, updated_at: int, first: int) -> tuple[str, list[Any]]:
    values = memory_values(memory)
    changes = ["memory", "topics", "input", "agent_id", "team_id", "feedback"]
    cells = [t.json(values[name]) if name in MEMORIES.json_names else values.get(name) for name in MEMORIES.names[:-1]]
    sql = upsert(t["memories"], MEMORIES.names, "memory_id", [*changes, "updated_at = ?"])
    return f"{sql} RETURNING {_MEMORY}", [*cells, first, updated_at]


@needs(writes=("memories",))
def upsert_user_memory(t: Tables, memory: UserMemory, deserialize: bool | None = True) -> Plan[Any]:
    """Store one memory; see `BaseDb.upsert_user_memory`."""
    memory.memory_id = memory.memory_id or new_id()
    said = memory.updated_at if t.postgres else None  # as in Agno, whose SQLite database does not ask
    first = said or memory.created_at or int(time())
    rows = yield _put_memory(t, memory, int(time()), first)
    row = _memory_row(rows[0])
    return UserMemory.from_dict(row) if deserialize else row


@needs(writes=("memories",))
def upsert_memories(
    t: Tables, memories: Sequence[UserMemory], deserialize: bool | None = True, preserve_updated_at: bool = False
) -> Plan[list[Any]]:
    """Store several memories in one transaction; see `BaseDb.upsert_memories`."""
    if not memories:
        return []
    yield BEGIN
    stored = []
    for memory in memories:
        memory.memory_id = memory.memory_id or new_id()
        changed = (memory.updated_at if preserve_updated_at else None) or int(time())
        rows = yield _put_memory(t, memory, changed, changed)
        row = _memory_row(rows[0])
        stored.append(UserMemory.from_dict(row) if deserialize else row)
    return stored


@needs("memories")
def get_user_memory(
    t: Tables, memory_id: str, deserialize: bool | None = True, user_id: str | None = None
) -> Plan[Any]:
    """Read one memory; see `BaseDb.get_user_memory`."""
    if "memories" not in t.present:
        return None
    where = Where().exactly(memory_id=memory_id).equal(user_id=user_id)
    rows = yield f"SELECT {_MEMORY} FROM {t['memories']}{where}", where.values
    if not rows:
        return None
    row = _memory_row(rows[0])
    return UserMemory.from_dict(row) if deserialize else row


@needs("memories")
def get_user_memories(
    t: Tables,
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
) -> Plan[Any]:
    """Read memories; see `BaseDb.get_user_memories`."""
    check_page(limit, page)
    if "memories" not in t.present:
        return [] if deserialize else ([], 0)
    where = Where().equal(user_id=user_id, agent_id=agent_id, team_id=team_id)
    for topic in topics or ():
        where.add("CAST(topics AS VARCHAR) LIKE ?", f'%"{topic}"%')
    if search_content is not None:
        like = "CAST(memory AS VARCHAR) ILIKE ?" if t.postgres else "lower(memory) LIKE lower(?)"
        where.add(like, f"%{search_content}%")
    paging, extra = page_of(limit, page)
    sorting = order(sort_by, sort_order, MEMORIES.names)
    rows = yield f"SELECT {_MEMORY} FROM {t['memories']}{where}{sorting}{paging}", [*where.values, *extra]
    found = [_memory_row(row) for row in rows]
    if deserialize:
        return [UserMemory.from_dict(row) for row in found]
    counted = yield f"SELECT COUNT(*) FROM {t['memories']}{where}", where.values
    return found, counted[0][0]


@needs("memories")
def get_user_memory_stats(
    t: Tables, limit: int | None = None, page: int | None = None, user_id: str | None = None
) -> Plan[tuple[list[dict[str, Any]], int]]:
    """Count memories by user; see `BaseDb.get_user_memory_stats`."""
    check_page(limit, page)
    if "memories" not in t.present:
        return [], 0
    where = Where().add("user_id IS NOT NULL").equal(user_id=user_id)
    counted = yield f"SELECT COUNT(DISTINCT user_id) FROM {t['memories']}{where}", where.values
    paging, extra = page_of(limit, page)
    rows = yield (
        (
            f"SELECT user_id, COUNT(memory_id), MAX(updated_at) FROM {t['memories']}{where} GROUP BY user_id "
            f"ORDER BY MAX(updated_at) DESC{paging}"
        ),
        [*where.values, *extra],
    )
    names = ("user_id", "total_memories", "last_memory_updated_at")
    return [dict(zip(names, row, strict=True)) for row in rows], counted[0][0]


@needs("memories")
def get_all_memory_topics(t: Tables, user_id: str | None = None) -> Plan[list[str]]:
    """Topics of all memories; see `BaseDb.get_all_memory_topics`."""
    if "memories" not in t.present:
        return []
    where = Where().add("topics IS NOT NULL").equal(user_id=user_id)
    rows = yield f"SELECT topics FROM {t['memories']}{where}", where.values
    found: dict[str, None] = {}
    for (topics,) in rows:
        found.update(dict.fromkeys(loads_column(topics) or ()))
    return list(found)


@needs("memories")
def delete_user_memory(t: Tables, memory_id: str, user_id: str | None = None) -> Plan[None]:
    """Delete one memory; see `BaseDb.delete_user_memory`."""
    yield from delete_user_memories(t, [memory_id], user_id)


@needs("memories")
def delete_user_memories(t: Tables, memory_ids: Sequence[str], user_id: str | None = None) -> Plan[None]:
    """Delete memories; see `BaseDb.delete_user_memories`."""
    if "memories" not in t.present:
        return
    parts = portions(memory_ids)
    if len(parts) > 1:
        yield BEGIN
    for some in parts:
        where = Where().one_of("memory_id", some).equal(user_id=user_id)
        yield f"DELETE FROM {t['memories']}{where}", where.values


@needs("memories")
def clear_memories(t: Tables) -> Plan[None]:
    """Delete all memories; see `BaseDb.clear_memories`."""
    if "memories" in t.present:
        yield f"DELETE FROM {t['memories']}", ()


@needs("knowledge")
def get_knowledge_content(t: Tables, id: str, user_id: str | None = None) -> Plan[Any]:
    """Read one knowledge content; see `BaseDb.get_knowledge_content`."""
    if "knowledge" not in t.present:
        return None
    where = _visible(Where().exactly(id=id), user_id)
    rows = yield f"SELECT {_KNOWLEDGE} FROM {t['knowledge']}{where}", where.values
    return _content(rows[0]) if rows else None


def _visible(where: Where, user_id: str | None) -> Where:
    return where if user_id is None else where.add("(user_id = ? OR user_id IS NULL)", user_id)


def _content(values: tuple[Any, ...]) -> Any:
    row = dict(zip(KNOWLEDGE.names, values, strict=True))
    row["metadata"] = loads_column(row["metadata"])
    return knowledge_row(row)


@needs("knowledge")
def get_knowledge_contents(
    t: Tables,
    limit: int | None = None,
    page: int | None = None,
    sort_by: str | None = None,
    sort_order: str | None = None,
    linked_to: str | None = None,
    user_id: str | None = None,
) -> Plan[tuple[list[Any], int]]:
    """Read knowledge contents; see `BaseDb.get_knowledge_contents`."""
    check_page(limit, page)
    if "knowledge" not in t.present:
        return [], 0
    where = _visible(Where().equal(linked_to=linked_to), user_id)
    counted = yield f"SELECT COUNT(*) FROM {t['knowledge']}{where}", where.values
    paging, extra = page_of(limit, page)
    sorting = order(sort_by, sort_order, KNOWLEDGE.names)
    rows = yield f"SELECT {_KNOWLEDGE} FROM {t['knowledge']}{where}{sorting}{paging}", [*where.values, *extra]
    return [_content(row) for row in rows], counted[0][0]


@needs(writes=("knowledge",))
def upsert_knowledge_content(t: Tables, knowledge_row: Any) -> Plan[Any]:
    """Store one knowledge content; see `BaseDb.upsert_knowledge_content`."""
    yield BEGIN
    if knowledge_row.user_id is not None:
        stored = yield f"SELECT user_id FROM {t['knowledge']} WHERE id = ?", (knowledge_row.id,)
        if stored and stored[0][0] != knowledge_row.user_id:
            raise ConfigurationError(
                f"Knowledge content {knowledge_row.id} not found.", hint="It belongs to another user; use another id."
            )
    values = knowledge_row.model_dump()
    changes = [name for name in KNOWLEDGE.names if name != "id" and values.get(name) is not None]
    cells = [t.json(values.get(name)) if name == "metadata" else values.get(name) for name in KNOWLEDGE.names]
    yield upsert(t["knowledge"], KNOWLEDGE.names, "id", changes), cells
    return knowledge_row


@needs("knowledge")
def delete_knowledge_content(t: Tables, id: str, user_id: str | None = None) -> Plan[None]:
    """Delete one knowledge content; see `BaseDb.delete_knowledge_content`."""
    if "knowledge" in t.present:
        where = Where().exactly(id=id).equal(user_id=user_id)
        yield f"DELETE FROM {t['knowledge']}{where}", where.values


@needs(writes=("versions",))
def get_latest_schema_version(t: Tables, table_name: str) -> Plan[str]:
    """The version a table is stamped with; see `BaseDb.get_latest_schema_version`."""
    rows = yield f"SELECT version FROM {t['versions']} WHERE table_name = ?", (table_name,)
    return str(rows[0][0] or OLDEST_VERSION) if rows else OLDEST_VERSION


@needs(writes=("versions",))
def upsert_schema_version(t: Tables, table_name: str, version: str) -> Plan[None]:
    """Stamp a table; see `BaseDb.upsert_schema_version`."""
    yield stamp(t, table_name, version)


def stamp(t: Tables, table_name: str, version: str) -> tuple[str, list[Any]]:
    """The statement that records a table's version, in local time as Agno does."""
    now = datetime.now().isoformat()  # noqa: DTZ005  Agno's column holds local times
    names = ("table_name", "version", "created_at", "updated_at")
    return upsert(t["versions"], names, "table_name", ["version", "updated_at"]), [table_name, version, now, now]
