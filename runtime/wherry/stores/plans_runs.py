"""Statements on the runs table, and the one transaction that ends a run.

See `plan` for what a plan is. Sessions are in `plans_sessions`, memories and knowledge contents in `plans_records`.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from wherry.core.sessions.session_history import SKIPPED_STATUSES
from wherry.stores.jsontext import loads_column, loads_session
from wherry.stores.plan import Plan, Tables, Where, needs, order, page_of, portions
from wherry.stores.rows import check_page, run_from, run_row, status_text
from wherry.stores.tables import RUNS

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = ", ".join(RUNS.names)
_OLDEST_FIRST = "run_index ASC, created_at ASC, run_id ASC"
_NEWEST_FIRST = "run_index DESC, created_at DESC, run_id DESC"

# What a window of history holds, by kind of session. The newest-first index serves all of them.
_SKIPPED = ", ".join(f"'{status}'" for status in SKIPPED_STATUSES)
_CONTEXT = f"parent_run_id IS NULL AND (status IS NULL OR status NOT IN ({_SKIPPED}))"
WINDOWS = {"agent": _CONTEXT, "team": _CONTEXT, "workflow": "run_type = 'workflow' AND status = 'COMPLETED'"}


def window_sql(t: Tables, kind: str) -> str:
    """Stored runs of a session's window, newest first; parameters are session id and count."""
    fits = WINDOWS[kind]
    if t.postgres:
        # Without fresh statistics Postgres takes these conditions for rare ones and reads every run of the session to
        # find what fits. It does not look inside CASE, walks the index from the newest run on, and stops in time.
        fits = f"CASE WHEN {fits} THEN TRUE ELSE FALSE END"
    return f"SELECT run_data FROM {t['runs']} WHERE session_id = ? AND {fits} ORDER BY {_NEWEST_FIRST} LIMIT ?"


def short_window_sql(t: Tables, kind: str) -> str:
    """`window_sql` for SQLite in the order of an index alone, and of each run whether that leaves its place open.

    Places are given once, so they tell the order, but for rows that share one or have none. To sort by more than the
    index has, SQLite copies each run into a tree of its own, and walks to the end of its row for when it was made.
    """
    other = f"SELECT 1 FROM {t['runs']} AS o WHERE o.session_id = r.session_id AND o.run_index = r.run_index"
    return (
        f"SELECT run_data, r.run_index IS NULL OR EXISTS ({other} AND o.rowid <> r.rowid) FROM {t['runs']} AS r "
        f"WHERE session_id = ? AND {WINDOWS[kind]} ORDER BY run_index DESC LIMIT ?"
    )


def runs_of(t: Tables, session_ids: Sequence[str]) -> Plan[dict[str, list[dict[str, Any]]]]:
    """Stored runs of sessions, oldest first."""
    found: dict[str, list[dict[str, Any]]] = {session_id: [] for session_id in session_ids}
    if "runs" not in t.present or not found:
        return found
    where = Where().one_of("session_id", list(found))
    rows = yield f"SELECT session_id, run_data FROM {t['runs']}{where} ORDER BY {_OLDEST_FIRST}", where.values
    for session_id, data in rows:
        found[session_id].append(loads_column(data))
    return found


@needs("runs")
def session_runs(t: Tables, session_id: str) -> Plan[list[dict[str, Any]]]:
    """Every stored run of a session, oldest first."""
    found = yield from runs_of(t, [session_id])
    return found[session_id]


def next_index(t: Tables, floor: int = 0) -> str:
    """Position after a session's last run, as an expression with the session id as parameter; at least `floor`."""
    greatest = "GREATEST" if t.postgres else "MAX"
    found = f"(SELECT MAX(run_index) + 1 FROM {t['runs']} WHERE session_id = ?)"
    return f"{greatest}(COALESCE({found}, 0), {int(floor)})"


def on_conflict(t: Tables) -> str:
    """What a run that is already there takes over; a place once given stays."""
    return (
        "ON CONFLICT (run_id) DO UPDATE SET status = excluded.status, run_data = excluded.run_data, "
        "user_id = excluded.user_id, parent_run_id = excluded.parent_run_id, updated_at = excluded.updated_at, "
        f"run_index = COALESCE({t.bare('runs')}.run_index, excluded.run_index)"
    )


def put_run(t: Tables, row: dict[str, Any], floor: int = 0) -> tuple[str, list[Any]]:
    """Insert a run or bring its row up to date; a run keeps the position it once got.

    Args:
        t: The tables.
        row: Columns; without `run_index` the run goes to the end of its session.
        floor: Least position, for sessions whose older runs are still inside the session row.
    """
    values = [*_in_order(row)]
    values[_DATA] = t.json(row["run_data"])
    if row["run_index"] is not None:
        return t.statement(("run",), lambda: _insert(t, "?")), values
    values[_PLACE] = row["session_id"]
    if floor:
        return _insert(t, next_index(t, floor)), values
    return t.statement(("run", "last"), lambda: _insert(t, next_index(t))), values


_in_order = itemgetter(*RUNS.names)
_DATA, _PLACE = RUNS.names.index("run_data"), RUNS.names.index("run_index")


def _insert(t: Tables, place: str) -> str:
    places = ["?"] * len(RUNS.names)
    places[_PLACE] = place
    return f"INSERT INTO {t['runs']} ({COLUMNS}) VALUES ({', '.join(places)}) {on_conflict(t)}"


@needs("sessions", writes=("sessions", "runs"))
def upsert_run(
    t: Tables, run: Any, session_id: str, user_id: str | None = None, run_index: int | None = None
) -> Plan[None]:
    """Store one run; see `BaseDb.upsert_run`."""
    yield put_run(t, run_row(run, session_id, user_id, run_index))


@needs("runs")
def get_run(t: Tables, run_id: str, deserialize: bool | None = True) -> Plan[Any]:
    """Read one run; see `BaseDb.get_run`."""
    if "runs" not in t.present:
        return None
    rows = yield f"SELECT {COLUMNS} FROM {t['runs']} WHERE run_id = ?", (run_id,)
    if not rows:
        return None
    row = _row(rows[0])
    return run_from(row["run_type"], row["run_data"]) if deserialize else row


def _row(values: tuple[Any, ...]) -> dict[str, Any]:
    row = dict(zip(RUNS.names, values, strict=True))
    row["run_data"] = loads_column(row["run_data"])
    return row


@needs("runs")
def get_runs(
    t: Tables,
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
) -> Plan[Any]:
    """Read runs; see `BaseDb.get_runs`."""
    check_page(limit, page)
    if "runs" not in t.present:
        return [] if deserialize else ([], 0)
    where = Where().equal(
        session_id=session_id,
        user_id=user_id,
        agent_id=agent_id,
        team_id=team_id,
        workflow_id=workflow_id,
        status=status_text(status),
    )
    total = 0
    if not deserialize:
        counted = yield f"SELECT COUNT(*) FROM {t['runs']}{where}", where.values
        total = counted[0][0]
    sorting = order(sort_by, sort_order, RUNS.names, "run_index ASC, created_at ASC")
    paging, extra = page_of(limit, page)
    rows = yield f"SELECT {COLUMNS} FROM {t['runs']}{where}{sorting}{paging}", [*where.values, *extra]
    found = [_row(row) for row in rows]
    if not deserialize:
        return found, total
    return [run_from(row["run_type"], row["run_data"]) for row in found]


@needs("runs", "sessions")
def delete_run(t: Tables, run_id: str) -> Plan[bool]:
    """Delete one run; see `BaseDb.delete_run`."""
    deleted = yield from _delete(t, [run_id])
    return deleted > 0


@needs("runs", "sessions")
def delete_runs(t: Tables, run_ids: Sequence[str]) -> Plan[None]:
    """Delete runs; see `BaseDb.delete_runs`."""
    yield from _delete(t, run_ids)


def _delete(t: Tables, run_ids: Sequence[str]) -> Plan[int]:
    if "runs" not in t.present or not run_ids:
        return 0
    yield "BEGIN", ()
    deleted = 0
    for some in portions(run_ids):
        where = Where().one_of("run_id", some)
        deleted += yield f"DELETE FROM {t['runs']}{where}", where.values
    if t.legacy:
        yield from _forget_embedded(t, frozenset(run_ids))
    return deleted


def _forget_embedded(t: Tables, run_ids: frozenset[str]) -> Plan[None]:
    """Take runs out of 2.x session rows, too; reading merges both places and would bring them back."""
    rows = yield f"SELECT session_id, runs FROM {t['sessions']} WHERE runs IS NOT NULL", ()
    for session_id, embedded in rows:
        runs = loads_session(embedded)
        kept = [run for run in runs or () if not (isinstance(run, dict) and run.get("run_id") in run_ids)]
        if isinstance(runs, list) and len(kept) < len(runs):
            yield f"UPDATE {t['sessions']} SET runs = ? WHERE session_id = ?", (t.json(kept), session_id)


@needs("runs")
def cancel_pending_run(
    t: Tables,
    run_id: str,
    *,
    session_id: str,
    reason: str,
    user_id: str | None = None,
    expected_status: str = "PENDING",
) -> Plan[bool]:
    """Cancel a run that has not ended; see `BaseDb.cancel_pending_run`."""
    if "runs" not in t.present:
        return False
    yield "BEGIN", ()
    lock = " FOR UPDATE" if t.postgres else ""
    where = Where().exactly(run_id=run_id, session_id=session_id).equal(status=expected_status)
    where.add("(user_id = ? OR user_id IS NULL)", user_id)
    rows = yield f"SELECT run_data FROM {t['runs']}{where}{lock}", where.values
    if not rows:
        return False
    data = {**loads_column(rows[0][0]), "status": "CANCELLED"}
    if not data.get("content"):
        data["content"] = reason
    from time import time

    yield (
        f"UPDATE {t['runs']} SET status = 'CANCELLED', run_data = ?, updated_at = ? WHERE run_id = ?",
        (t.json(data), int(time()), run_id),
    )
    return True
