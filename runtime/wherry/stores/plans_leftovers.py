"""What Agno keeps of a session beside its runs, and deletes along with it.

Compaction, offloading and agents of other frameworks store parts of a conversation word for word in tables of their
own. Wherry writes those of the first two (see the matrix), but a session that is deleted must not live on in any:
one of the same id would find the old conversation. See `plan` for what a plan is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.stores.ddl import quote
from wherry.stores.plan import Plan, Tables, marks

if TYPE_CHECKING:
    from collections.abc import Sequence

# Table -> its column of session ids; the names are fixed in Agno.
_OF_SESSIONS = {
    "agno_transcripts": "agno_session_id",
    "agno_compactions": "session_id",
    "agno_tool_results": "session_id",
}
# The texts of offloaded results, in the place that Agno's file system has when it is told none.
_TEXTS = {"sqlite": "agno_fs", "postgres": "fs.agno_fs"}
_THERE = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN (?, ?, ?, ?)",
    # Naming a table in a schema that one may not use is an error: that of the texts may be another application's.
    "postgres": (
        "SELECT name FROM unnest(ARRAY[?, ?, ?, ?]::text[]) AS name WHERE CASE WHEN name NOT LIKE 'fs.%' OR EXISTS "
        "(SELECT FROM pg_namespace WHERE nspname = 'fs' AND has_schema_privilege(oid, 'USAGE')) "
        "THEN to_regclass(name) IS NOT NULL END"
    ),
}


Places = list[tuple[str, str]]
"""Namespaces and paths of texts in a file system."""


def delete_leftovers(t: Tables, session_ids: Sequence[str]) -> Plan[Places]:
    """Delete what Agno's own features kept of sessions, inside the transaction that deletes them.

    Returns:
        Where their texts are that are not in this database: to be deleted once the transaction has ended well.
    """
    places: Places = []
    if not session_ids:
        return places
    prefix = f"{quote(t.schema)}." if t.schema else ""
    tables = {f"{prefix}{name}": column for name, column in _OF_SESSIONS.items()}
    texts = _TEXTS[t.dialect]
    rows = yield _THERE[t.dialect], [*tables, texts]
    there = {name for (name,) in rows}
    listed = f"{prefix}agno_tool_results"
    if listed in there:
        places = yield from _delete_texts(listed, texts if texts in there else None, session_ids)
    for table, column in tables.items():
        if table in there:
            yield f"DELETE FROM {table} WHERE {column} IN ({marks(len(session_ids))})", list(session_ids)
    return places


def _delete_texts(listed: str, texts: str | None, session_ids: Sequence[str]) -> Plan[Places]:
    """Delete the texts of offloaded results by the very place that is noted of each; those that are not here."""
    sql = f"SELECT namespace, path FROM {listed} WHERE session_id IN ({marks(len(session_ids))})"
    places: list[Any] = yield sql, list(session_ids)
    elsewhere = []
    for namespace, path in places:
        found = 0
        if texts is not None:
            found = yield f"DELETE FROM {texts} WHERE namespace = ? AND path = ?", (namespace, path)
        if not found:
            elsewhere.append((namespace, path))
    return elsewhere
