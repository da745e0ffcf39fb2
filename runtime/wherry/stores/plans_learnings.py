"""Statements on the table of learnings: what agents have learned about users, sessions and the world.

See `plan` for what a plan is; the methods of the databases are in `sql_learnings`. Mirrors the learning methods of
Agno's SQL databases.
"""

from __future__ import annotations

from time import time
from typing import Any

from wherry.stores.jsontext import loads_column
from wherry.stores.learning_search import learning_search_patterns
from wherry.stores.plan import Plan, Tables, Where, needs, order, page_of, storable, upsert
from wherry.stores.rows import check_page
from wherry.stores.tables import LEARNINGS

Row = dict[str, Any]
_COLUMNS = ", ".join(LEARNINGS.names)
_REPLACED = ("content", "metadata", "updated_at")
SCOPE = (
    *("learning_type", "user_id", "agent_id", "team_id", "workflow_id", "session_id", "namespace", "entity_id"),
    "entity_type",
)
"""What learnings are told apart by, beside their ids."""


def _row(values: tuple[Any, ...]) -> Row:
    row = dict(zip(LEARNINGS.names, values, strict=True))
    for name in LEARNINGS.json_names:
        row[name] = loads_column(row[name])
    return row


def _cell(t: Tables, name: str, value: Any) -> Any:
    if name in LEARNINGS.json_names:
        return t.json(value)
    return storable(value) if t.postgres else value


def _scope(given: dict[str, Any]) -> Where:
    """Conditions out of the arguments of a plan."""
    return Where().equal(**{name: given[name] for name in SCOPE if name in given})


def _rows(t: Tables, where: Where, sorting: str, limit: int | None, page: int | None = None) -> Plan[list[Row]]:
    """The part of a plan that reads whole rows."""
    paging, extra = page_of(limit, page)
    rows = yield f"SELECT {_COLUMNS} FROM {t['learnings']}{where}{sorting}{paging}", [*where.values, *extra]
    return [_row(row) for row in rows]


@needs("learnings")
def get_learning(
    t: Tables,
    learning_type: str,
    user_id: str | None = None,
    agent_id: str | None = None,
    team_id: str | None = None,
    workflow_id: str | None = None,
    session_id: str | None = None,
    namespace: str | None = None,
    entity_id: str | None = None,
    entity_type: str | None = None,
) -> Plan[Row | None]:
    """The content of one learning, as ``{"content": …}``, or None."""
    where = _scope(locals())
    if "learnings" not in t.present:
        return None
    rows = yield f"SELECT content FROM {t['learnings']}{where} LIMIT 1", where.values
    return {"content": loads_column(rows[0][0])} if rows else None


@needs(writes=("learnings",))
def upsert_learning(
    t: Tables,
    id: str,
    learning_type: str,
    content: Row,
    user_id: str | None = None,
    agent_id: str | None = None,
    team_id: str | None = None,
    session_id: str | None = None,
    namespace: str | None = None,
    entity_id: str | None = None,
    entity_type: str | None = None,
    metadata: Row | None = None,
) -> Plan[None]:
    """Store a learning; one that is there keeps everything but its content, metadata and time of change."""
    given, now = locals(), int(time())
    row = {"learning_id": id, **{name: given[name] for name in SCOPE if name in given}}
    row |= {"content": content, "metadata": metadata, "created_at": now, "updated_at": now}
    statement = upsert(t["learnings"], row, "learning_id", _REPLACED)
    yield statement, [_cell(t, name, value) for name, value in row.items()]


@needs("learnings")
def delete_learning(t: Tables, id: str) -> Plan[bool]:
    """Delete one learning; whether there was one."""
    if "learnings" not in t.present:
        return False
    rows = yield f"DELETE FROM {t['learnings']} WHERE learning_id = ? RETURNING learning_id", (id,)
    return bool(rows)


@needs("learnings")
def update_learning(t: Tables, id: str, content: Row, metadata: Any = None) -> Plan[bool]:
    """Replace content and metadata of a learning that is there; whether there was one."""
    if "learnings" not in t.present:
        return False
    values = [_cell(t, "content", content), _cell(t, "metadata", metadata), int(time()), id]
    sql = f"UPDATE {t['learnings']} SET content = ?, metadata = ?, updated_at = ? WHERE learning_id = ?"
    rows = yield f"{sql} RETURNING learning_id", values
    return bool(rows)


@needs("learnings")
def delete_user_learnings(t: Tables, user_id: str | None, learning_type: str | None = None) -> Plan[int]:
    """Delete what was learned about a user; how many there were. None stands for rows of nobody, never for all."""
    if "learnings" not in t.present:
        return 0
    where = Where().equal(user_id=user_id, learning_type=learning_type)
    if user_id is None:
        where.add("user_id IS NULL")
    rows = yield f"DELETE FROM {t['learnings']}{where} RETURNING learning_id", where.values
    return len(rows)


@needs("learnings")
def get_learnings(
    t: Tables,
    learning_type: str | None = None,
    user_id: str | None = None,
    agent_id: str | None = None,
    team_id: str | None = None,
    workflow_id: str | None = None,
    session_id: str | None = None,
    namespace: str | None = None,
    entity_id: str | None = None,
    entity_type: str | None = None,
    limit: int | None = None,
) -> Plan[list[Row]]:
    """Learnings, those that changed last first."""
    where = _scope(locals())
    if "learnings" not in t.present:
        return []
    return (yield from _rows(t, where, " ORDER BY updated_at DESC", limit))


@needs("learnings")
def search_learnings(
    t: Tables,
    query: str,
    learning_type: str | None = None,
    user_id: str | None = None,
    agent_id: str | None = None,
    team_id: str | None = None,
    workflow_id: str | None = None,
    session_id: str | None = None,
    namespace: str | None = None,
    entity_id: str | None = None,
    entity_type: str | None = None,
    limit: int | None = None,
) -> Plan[list[Row]]:
    """Learnings whose JSON text matches, those that changed last first; see `learning_search_patterns`."""
    where = _scope(locals())
    patterns = learning_search_patterns(query)
    if "learnings" not in t.present or not patterns:
        return []
    one = "content::text ILIKE ? ESCAPE '\\'" if t.postgres else "lower(content) LIKE lower(?) ESCAPE '\\'"
    where.add(f"({' OR '.join([one] * len(patterns))})", *patterns)
    return (yield from _rows(t, where, " ORDER BY updated_at DESC NULLS LAST", limit))


@needs("learnings")
def get_learning_by_id(t: Tables, id: str) -> Plan[Row | None]:
    """One whole row, or None."""
    if "learnings" not in t.present:
        return None
    rows = yield f"SELECT {_COLUMNS} FROM {t['learnings']} WHERE learning_id = ?", (id,)
    return _row(rows[0]) if rows else None


@needs("learnings")
def list_learnings(
    t: Tables,
    learning_type: str | None = None,
    user_id: str | None = None,
    agent_id: str | None = None,
    team_id: str | None = None,
    session_id: str | None = None,
    namespace: str | None = None,
    entity_id: str | None = None,
    entity_type: str | None = None,
    include_global: bool = False,
    limit: int = 100,
    page: int = 1,
    sort_by: str | None = None,
    sort_order: str | None = None,
) -> Plan[tuple[list[Row], int]]:
    """A page of learnings and their number; those of nobody join a user's with `include_global`."""
    where = _scope({**locals(), "user_id": None})
    if "learnings" not in t.present:
        return [], 0
    if user_id is not None:
        where.add("(user_id = ? OR user_id IS NULL)" if include_global else "user_id = ?", user_id)
    counted = yield f"SELECT COUNT(*) FROM {t['learnings']}{where}", where.values
    sorting = order(sort_by or "updated_at", sort_order or "desc", LEARNINGS.names)
    rows = yield from _rows(t, where, sorting, limit, page)
    return rows, int(counted[0][0])


@needs("learnings")
def get_learnings_user_stats(
    t: Tables,
    learning_type: str | None = None,
    limit: int | None = None,
    page: int | None = None,
    user_id: str | None = None,
    sort_by: str | None = None,
    sort_order: str | None = None,
) -> Plan[tuple[list[Row], int]]:
    """Users with learnings and when the last of theirs changed; and their number."""
    check_page(limit, page)
    if "learnings" not in t.present:
        return [], 0
    where = Where().equal(learning_type=learning_type, user_id=user_id).add("user_id IS NOT NULL")
    counted = yield f"SELECT COUNT(DISTINCT user_id) FROM {t['learnings']}{where}", where.values
    column = "user_id" if sort_by == "user_id" else "MAX(updated_at)"
    direction = "ASC" if sort_order == "asc" else "DESC"
    paging, extra = page_of(limit, page)
    sql = f"SELECT user_id, MAX(updated_at) FROM {t['learnings']}{where} GROUP BY user_id"
    rows = yield f"{sql} ORDER BY {column} {direction}{paging}", [*where.values, *extra]
    return [{"user_id": user, "last_learning_updated_at": at} for user, at in rows], int(counted[0][0])
