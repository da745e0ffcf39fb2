"""Statements on the sessions table.

See `plan` for what a plan is; the transaction that ends a run is in `plans_saving`.
"""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.sessions.session import Origin
from wherry.stores.jsontext import loads, loads_column, loads_session
from wherry.stores.plan import BEGIN, COMMIT, Plan, Tables, Where, marks, needs, order, page_of, portions, upsert
from wherry.stores.plans_leftovers import Places, delete_leftovers
from wherry.stores.plans_runs import WINDOWS, runs_of, short_window_sql, window_sql
from wherry.stores.rows import (
    check_page,
    context_runs,
    detect_kind,
    loaded_columns,
    merge_legacy,
    parsed_row,
    run_data,
    session_from,
    session_row_from,
    session_values,
)
from wherry.stores.tables import SESSIONS

if TYPE_CHECKING:
    from collections.abc import Sequence


def names_of(t: Tables) -> tuple[str, ...]:
    """Columns of the sessions table, with the embedded runs of 2.x where they are still there."""
    return (*SESSIONS.names, "runs") if t.legacy else SESSIONS.names


def columns_of(t: Tables) -> str:
    """`names_of` for a SELECT."""
    return ", ".join(names_of(t))


@needs("sessions", "runs")
def load_run_context(
    t: Tables, session_id: str, session_type: Any = None, user_id: str | None = None, last_runs: int | None = None
) -> Plan[Any]:
    """The session a run starts from, with a window of its newest runs; see `protocol.Store.load_run_context`."""
    if "sessions" not in t.present:
        return None
    kind = str(getattr(session_type, "value", session_type or "agent"))
    want = max(last_runs or 0, 0) if "runs" in t.present else 0
    row, window, token = yield from (_one_trip if t.postgres else _two_steps)(t, session_id, user_id, kind, want)
    if row is None:
        return None
    embedded = loads_session(row.pop("runs", None))
    texts, legacy_runs = row, 0
    row = parsed_row({**row, "runs": []})
    if embedded:
        found = yield from runs_of(t, [session_id])
        row["runs"] = merge_legacy(found[session_id], embedded)
        legacy_runs = len(embedded)
        session = session_from(row, session_type)
    else:
        session = session_from(row, session_type)
        session.loaded_runs().defer(window, want, None)
    loaded = loaded_columns(session, texts)
    session.origin = Origin(**loaded, token=token, legacy_runs=legacy_runs, home=(t.home, session_id))
    return session


def _two_steps(t: Tables, session_id: str, user_id: str | None, kind: str, want: int) -> Plan[Any]:
    known = user_id is not None
    condition = " WHERE session_id = ? AND user_id = ?" if known else " WHERE session_id = ?"
    rows = yield (
        t.statement(("load", t.legacy, known), lambda: f"SELECT {columns_of(t)} FROM {t['sessions']}{condition}"),
        (session_id, user_id) if known else (session_id,),
    )
    if not rows:
        return None, [], None
    row = dict(zip(names_of(t), rows[0], strict=True))
    if not want or (t.legacy and loads_session(row["runs"])):
        return row, [], None
    found = yield t.statement(("short window", kind), lambda: short_window_sql(t, kind)), (session_id, want)
    if any(map(_OPEN, found)):
        found = yield t.statement(("window", kind), lambda: window_sql(t, kind)), (session_id, want)
    return row, [loads(columns[0]) for columns in reversed(found)], None


_OPEN = itemgetter(1)


def _one_trip(t: Tables, session_id: str, user_id: str | None, kind: str, want: int) -> Plan[Any]:
    where = Where().exactly(session_id=session_id).equal(user_id=user_id)

    def together() -> str:
        window = f"array_to_string(ARRAY({window_sql(t, kind)}), chr({ord(_BETWEEN)}))" if want else "NULL"
        return f"SELECT {columns_of(t)}, xmin::text, {window} FROM {t['sessions']}{where}"

    extra = [session_id, want] if want else []
    key = ("load", t.legacy, user_id is None, bool(want), kind)
    rows = yield t.statement(key, together), [*extra, *where.values]
    if not rows:
        return None, [], None
    *values, token, found = rows[0]
    row = dict(zip(names_of(t), values, strict=True))
    return row, [loads(data) for data in reversed(found.split(_BETWEEN) if found else ())], token


_BETWEEN = "\x1e"
"""Between two runs in one text. JSON escapes it; as elements of an array their every quote would be, and read back."""


@needs("sessions", "runs")
def get_session(
    t: Tables,
    session_id: str,
    session_type: Any = None,
    user_id: str | None = None,
    deserialize: bool | None = True,
    runs_limit: int | None = None,
) -> Plan[Any]:
    """Read one session; see `BaseDb.get_session`."""
    if "sessions" not in t.present:
        return None
    where = Where().exactly(session_id=session_id).equal(user_id=user_id)
    rows = yield f"SELECT {columns_of(t)} FROM {t['sessions']}{where}", where.values
    if not rows:
        return None
    stored = dict(zip(names_of(t), rows[0], strict=True))
    row = session_row_from(rows[0], names_of(t))
    row["runs"] = yield from _attached(t, row, runs_limit)
    if not deserialize:
        return row
    session = session_from(row, session_type)
    if session is not None:
        embedded = len(loads_session(stored.get("runs")) or ())
        loaded = loaded_columns(session, stored)
        session.origin = Origin(**loaded, legacy_runs=embedded, home=(t.home, session_id))
    return session


def _attached(t: Tables, row: dict[str, Any], runs_limit: int | None) -> Plan[list[dict[str, Any]]]:
    """The runs of a session, wherever its layout keeps them."""
    embedded = row.get("runs")
    if runs_limit is not None and not embedded and "runs" in t.present:
        kind = detect_kind(row)
        rows = yield window_sql(t, kind if kind in WINDOWS else "agent"), (row["session_id"], max(runs_limit, 0))
        return [loads_column(data) for (data,) in reversed(rows)]
    found = yield from runs_of(t, [row["session_id"]])
    runs = merge_legacy(found[row["session_id"]], embedded)
    if runs_limit is None:
        return runs
    return context_runs(runs)[-runs_limit:] if runs_limit > 0 else []


@needs("sessions", "runs")
def get_sessions(
    t: Tables,
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
) -> Plan[Any]:
    """Read sessions; see `BaseDb.get_sessions`."""
    check_page(limit, page)
    if "sessions" not in t.present:
        return [] if deserialize else ([], 0)
    kind = getattr(session_type, "value", session_type)
    where = Where().equal(user_id=user_id, session_type=kind)
    if component_id is not None:
        among = [f"{kind}_id"] if kind else ["agent_id", "team_id", "workflow_id"]
        where.add(f"({' OR '.join(f'{name} = ?' for name in among)})", *[component_id] * len(among))
    if start_timestamp is not None:
        where.add("created_at >= ?", start_timestamp)
    if end_timestamp is not None:
        where.add("created_at <= ?", end_timestamp)
    if session_name is not None:
        where.add(_NAMED[t.dialect], f"%{session_name}%")
    counted = yield f"SELECT COUNT(*) FROM {t['sessions']}{where}", where.values
    paging, extra = page_of(limit, page)
    sorting = order(sort_by, sort_order, SESSIONS.names)
    values = [*where.values, *extra]
    rows = yield f"SELECT {columns_of(t)} FROM {t['sessions']}{where}{sorting}{paging}", values
    found = [session_row_from(row, names_of(t)) for row in rows]
    yield from _attach_all(t, found, include_runs)
    if not deserialize:
        return found, counted[0][0]
    return [session_from(row, session_type) for row in found]


# Agno searches the whole JSON text on SQLite, and the name alone on Postgres.
_NAMED = {
    "sqlite": "session_data LIKE ?",
    "postgres": "COALESCE(session_data ->> 'session_name', '') ILIKE ?",
}


def _attach_all(t: Tables, rows: list[dict[str, Any]], include_runs: bool) -> Plan[None]:
    if not include_runs:
        for row in rows:
            row["runs"] = None
        return
    found = yield from runs_of(t, [row["session_id"] for row in rows])
    for row in rows:
        row["runs"] = merge_legacy(found[row["session_id"]], row.get("runs"))


def owned(t: Tables) -> str:
    """Condition of an update: nobody's session or the user's own; the user id is its parameter."""
    name = t.bare("sessions")
    return f"({name}.user_id = ? OR {name}.user_id IS NULL)"


def put_session(t: Tables, session: Any, updated_at: int | None = None) -> tuple[str, list[Any]]:
    """Insert a session, or replace what its owner fills; a session of somebody else is left alone."""
    values = session_values(session)
    created = session.created_at or int(time())
    names = ("session_id", *values, "created_at", "updated_at")
    cells = [t.json(value) if name in SESSIONS.json_names else value for name, value in values.items()]
    changes = [name for name in values if name != "session_type"]
    changed = int(time()) if updated_at is None else updated_at
    sql = upsert(t["sessions"], names, "session_id", [*changes, "updated_at = ?"], where=owned(t))
    first = created if updated_at is None else updated_at
    return f"{sql} RETURNING {columns_of(t)}", [session.session_id, *cells, created, first, changed, session.user_id]


@needs("runs", writes=("sessions",))
def upsert_session(t: Tables, session: Any, deserialize: bool | None = True) -> Plan[Any]:
    """Store one session's row; see `BaseDb.upsert_session`."""
    rows = yield put_session(t, session)
    _written(t, rows, session)
    return _stored(t, rows, session, deserialize)


def _written(t: Tables, rows: Any, session: Any) -> None:
    """Note what a session's row holds, once that is kept."""
    if rows and session.origin is not None:
        now = loaded_columns(session, dict(zip(names_of(t), rows[0], strict=True)))
        session.origin = replace(session.origin, **now, token=None, home=(t.home, session.session_id))


def _stored(t: Tables, rows: Any, session: Any, deserialize: bool | None) -> Any:
    if not rows:
        return None
    row = session_row_from(rows[0], names_of(t))
    if not deserialize:
        row["runs"] = [run_data(run) for run in session.runs or ()]
        return row
    row["runs"] = None
    fresh = session_from(row)
    fresh.runs = session.runs
    return fresh


@needs("runs", writes=("sessions",))
def upsert_sessions(
    t: Tables, sessions: Sequence[Any], deserialize: bool | None = True, preserve_updated_at: bool = False
) -> Plan[list[Any]]:
    """Store the rows of several sessions in one transaction; see `BaseDb.upsert_sessions`."""
    given = [session for session in sessions if session is not None]  # None is passed over, as by Agno
    if not given:
        return []
    yield BEGIN
    results, put = [], []
    for session in given:
        keep = session.updated_at if preserve_updated_at else None
        rows = yield put_session(t, session, keep or int(time()))
        put.append((rows, session))
        stored = _stored(t, rows, session, deserialize)
        if stored is not None:
            results.append(stored)
    yield COMMIT
    for rows, session in put:
        _written(t, rows, session)
    return results


@needs("sessions", "runs")
def rename_session(
    t: Tables,
    session_id: str,
    session_type: Any,
    session_name: str,
    user_id: str | None = None,
    deserialize: bool | None = True,
) -> Plan[Any]:
    """Name a session; see `BaseDb.rename_session`."""
    if "sessions" not in t.present:
        return None
    yield BEGIN
    kind = getattr(session_type, "value", session_type)
    where = Where().exactly(session_id=session_id).equal(session_type=kind, user_id=user_id)
    lock = " FOR UPDATE" if t.postgres else ""
    rows = yield f"SELECT session_data FROM {t['sessions']}{where}{lock}", where.values
    if not rows:
        return None
    data = {**(loads_session(rows[0][0]) or {}), "session_name": session_name}
    yield (
        f"UPDATE {t['sessions']} SET session_data = ?, updated_at = ? WHERE session_id = ?",
        (t.json(data), int(time()), session_id),
    )
    renamed = yield from get_session(t, session_id, session_type, user_id, deserialize)
    return renamed


@needs("sessions", "runs")
def delete_session(t: Tables, session_id: str, user_id: str | None = None) -> Plan[tuple[bool, Places]]:
    """Delete a session with its runs: whether it was there, and its texts elsewhere; see `BaseDb.delete_session`."""
    deleted, places = yield from _delete(t, [session_id], user_id)
    return bool(deleted), places


@needs("sessions", "runs")
def delete_sessions(t: Tables, session_ids: Sequence[str], user_id: str | None = None) -> Plan[Places]:
    """Delete sessions with their runs: their texts elsewhere; see `BaseDb.delete_sessions`."""
    _, places = yield from _delete(t, session_ids, user_id)
    return places


def _delete(t: Tables, session_ids: Sequence[str], user_id: str | None) -> Plan[tuple[int, Places]]:
    deleted, places = 0, Places()
    if "sessions" not in t.present or not session_ids:
        return deleted, places
    yield BEGIN
    for some in portions(session_ids):
        gone, left = yield from _delete_some(t, some, user_id)
        deleted, places = deleted + gone, places + left
    return deleted, places


def _delete_some(t: Tables, session_ids: Sequence[str], user_id: str | None) -> Plan[tuple[int, Places]]:
    """The runs go first: a 2.x table that was migrated by hand may lack the foreign key."""
    where = Where().one_of("session_id", session_ids).equal(user_id=user_id)
    rows = yield f"SELECT session_id FROM {t['sessions']}{where}", where.values
    found = [session_id for (session_id,) in rows]
    # One that is gone already may have left something behind; of somebody else's nothing is touched.
    places = yield from delete_leftovers(t, list(session_ids) if user_id is None else found)
    if not found:
        return 0, places
    if "runs" in t.present:
        yield f"DELETE FROM {t['runs']} WHERE session_id IN ({marks(len(found))})", found
    deleted = yield f"DELETE FROM {t['sessions']} WHERE session_id IN ({marks(len(found))})", found
    return int(deleted), places


@needs("sessions", "runs")
def reassign_session_owner(t: Tables, session_id: str, *, previous_user_id: str, user_id: str | None) -> Plan[bool]:
    """Hand an idle session over; see `BaseDb.reassign_session_owner`."""
    if not {"sessions", "runs"} <= t.present:
        return False
    changed = yield (
        (
            f"UPDATE {t['sessions']} SET user_id = ? WHERE session_id = ? AND user_id = ? AND NOT EXISTS "
            f"(SELECT 1 FROM {t['runs']} WHERE session_id = ? AND status IN ('PENDING', 'RUNNING', 'PAUSED'))"
        ),
        (user_id, session_id, previous_user_id, session_id),
    )
    return bool(changed)
