"""Folds of conversations: the summary that takes the place of older messages, and those messages.

A row is written once and never changed. See `plan` for what a plan is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.stores.plan import LITERALLY, Plan, Tables, marks, needs, page_of, rows_of
from wherry.stores.tables_context import COMPACTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence


@needs(writes=["compactions"])
def upsert_compaction(t: Tables, row: dict[str, Any]) -> Plan[None]:
    """Store a fold; one that is there already stays as it is.

    Args:
        t: The store's tables.
        row: Values by column of `agno_compactions`.
    """
    sql = f"INSERT INTO {t['compactions']} ({', '.join(row)}) VALUES ({marks(len(row))})"
    yield f"{sql} ON CONFLICT (compaction_id) DO NOTHING", list(row.values())


@needs("compactions")
def get_compaction(t: Tables, compaction_id: str) -> Plan[dict[str, Any] | None]:
    """One fold, or None."""
    found = yield from rows_of(t, COMPACTIONS, " WHERE compaction_id = ?", [compaction_id])
    return found[0] if found else None


@needs("compactions")
def get_compactions_for_session(t: Tables, session_id: str, limit: int | None = None) -> Plan[list[dict[str, Any]]]:
    """The folds of a session, newest first.

    Args:
        t: The store's tables.
        session_id: Whose.
        limit: The greatest number of them; None for all.
    """
    paging, extra = page_of(limit, None)
    newest = f" WHERE session_id = ? ORDER BY created_at DESC{paging}"
    return (yield from rows_of(t, COMPACTIONS, newest, [session_id, *extra]))


@needs("compactions")
def delete_compactions_for_session(t: Tables, session_id: str) -> Plan[int]:
    """Delete the folds of a session; how many there were."""
    if "compactions" not in t.present:
        return 0
    gone: int = yield f"DELETE FROM {t['compactions']} WHERE session_id = ?", [session_id]
    return gone


@needs("compactions")
def search_compactions(
    t: Tables, session_id: str, query: str | Sequence[str], limit: int = 10
) -> Plan[list[dict[str, Any]]]:
    """The folds of a session whose messages have a text, or one of several, newest first; letters of any case.

    Args:
        t: The store's tables.
        session_id: Whose.
        query: What to look for, as it is written: % and _ stand for themselves.
        limit: The greatest number of them.
    """
    terms = [term for term in ([query] if isinstance(query, str) else query) if term]
    if not terms:
        return []
    if not t.postgres and not all(map(str.isascii, terms)):  # SQLite takes no other letters for alike
        rows = yield from get_compactions_for_session(t, session_id)
        return [row for row in rows if _has_one_of(terms, row["archived_messages"])][:limit]
    like = "ILIKE" if t.postgres else "LIKE"
    any_of = " OR ".join([f"archived_messages {like} ? ESCAPE '\\'"] * len(terms))
    newest = f" WHERE session_id = ? AND ({any_of}) ORDER BY created_at DESC LIMIT ?"
    values = [session_id, *(f"%{term.translate(LITERALLY)}%" for term in terms), limit]
    return (yield from rows_of(t, COMPACTIONS, newest, values))


def _has_one_of(terms: Sequence[str], text: str | None) -> bool:
    lowered = (text or "").lower()
    return any(term.lower() in lowered for term in terms)
