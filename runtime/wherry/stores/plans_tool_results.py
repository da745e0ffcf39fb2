"""The index of offloaded tool results: which result lies where, whose it is, when it may go.

The texts are elsewhere: see `wherry.fs` and `wherry.offload`. See `plan` for what a plan is.
"""

from __future__ import annotations

from typing import Any

from wherry.stores.plan import Plan, Tables, marks, needs, page_of, portions, rows_of, upsert
from wherry.stores.tables_context import TOOL_RESULTS


@needs(writes=["tool_results"])
def upsert_tool_result(t: Tables, row: dict[str, Any]) -> Plan[None]:
    """Note where a result lies, or note it anew.

    Args:
        t: The store's tables.
        row: Values by column of `agno_tool_results`; those of `ResultStore` are all of them.
    """
    changed = [name for name in row if name != "result_id"]
    yield upsert(t["tool_results"], row, "result_id", changed), list(row.values())


@needs("tool_results")
def get_tool_result(t: Tables, result_id: str) -> Plan[dict[str, Any] | None]:
    """What is noted of a result, or None."""
    found = yield from rows_of(t, TOOL_RESULTS, " WHERE result_id = ?", [result_id])
    return found[0] if found else None


@needs("tool_results")
def get_tool_results_for_session(t: Tables, session_id: str, limit: int | None = None) -> Plan[list[dict[str, Any]]]:
    """The results of a session, newest first.

    Args:
        t: The store's tables.
        session_id: Whose.
        limit: The greatest number of them; None for all.
    """
    paging, extra = page_of(limit, None)
    newest = f" WHERE session_id = ? ORDER BY created_at DESC, result_id{paging}"
    return (yield from rows_of(t, TOOL_RESULTS, newest, [session_id, *extra]))


@needs("tool_results")
def delete_tool_results(t: Tables, result_ids: list[str]) -> Plan[int]:
    """Forget results by their ids; how many there were. Their texts stay where they are."""
    gone = 0
    if "tool_results" in t.present:
        for some in portions(result_ids):
            gone += yield f"DELETE FROM {t['tool_results']} WHERE result_id IN ({marks(len(some))})", some
    return gone


@needs("tool_results")
def get_expired_tool_results(t: Tables, now: int) -> Plan[list[dict[str, Any]]]:
    """The results whose time is over.

    Args:
        t: The store's tables.
        now: Seconds since 1970.
    """
    return (yield from rows_of(t, TOOL_RESULTS, " WHERE expires_at IS NOT NULL AND expires_at <= ?", [now]))
