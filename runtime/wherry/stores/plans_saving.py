"""The one transaction that ends a run: its session's row and its run rows, together or not at all.

Other runs may have saved the same session since this one loaded it. Then their changes and this run's are merged key
by key (`core.session_state`), so that neither is lost; keys that both changed take this run's value, because it commits
last, and are reported.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.events.session_summary import restore_summary
from wherry.core.sessions.session import Origin
from wherry.core.sessions.session_state import merge_data, three_way
from wherry.stores.jsontext import loads_session
from wherry.stores.plan import BEGIN, Plan, Tables, needs
from wherry.stores.plans_runs import COLUMNS as RUN_COLUMNS
from wherry.stores.plans_runs import next_index, on_conflict, put_run
from wherry.stores.plans_sessions import owned
from wherry.stores.rows import MERGED, owner_column, run_row, session_values
from wherry.stores.tables import RUNS, SESSIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(slots=True)
class Saved:
    """What became of a save.

    Attributes:
        conflicts: Dotted paths of `session_data` and `metadata` that another run had changed, too.
        merged: Another run had saved the session in between.
        refused: The session belongs to another user; nothing was written.
    """

    conflicts: list[str] = field(default_factory=list)
    merged: bool = False
    refused: bool = False


@needs("sessions", "runs", writes=("sessions", "runs"))
def save_run(
    t: Tables, session: Any, runs: Sequence[Any] = (), *, overwrite_state: bool = False, keep_stored: bool = False
) -> Plan[Saved]:
    """Store a session's row and run rows in one transaction; see `protocol.Store.save_run`.

    Args:
        t: The tables.
        session: Its row is merged with the stored one when that changed since loading.
        runs: Rows to store, in the order they are to have.
        overwrite_state: The session's state replaces the stored one.
        keep_stored: On keys that both sides changed, the stored value stays.
    """
    rows = [run_row(run, session.session_id, session.user_id) for run in runs]
    for row in rows:
        row["run_index"] = None
    origin = session.origin
    if t.postgres and (origin is None or origin.token is not None):
        done = yield from _one_trip(t, session, rows)
        if done:
            return Saved()
    yield BEGIN
    saved = Saved()
    if t.postgres or not (yield from _put(t, session)):
        saved = yield from _merged(t, session, overwrite_state, keep_stored)
        if saved.refused:
            return saved
    floor = origin.legacy_runs if origin is not None else 0
    written, session.origin = session.origin, origin  # a run that is refused takes the session's row back, too
    for row in rows:
        yield put_run(t, row, floor)
    session.origin = written
    return saved


def _put(t: Tables, session: Any) -> Plan[bool]:
    """Insert a session that was not loaded, or bring a row up to date that nobody changed since; False otherwise."""
    origin = session.origin
    if origin is None:
        return (yield from _insert(t, session))
    loaded = (origin.session_data, origin.metadata, origin.summary, origin.owner)
    if set(map(type, loaded)) != _TEXTS:
        return False
    names, cells = _cells(t, session)
    now = int(time())
    found = yield (
        t.statement(("put", *names), lambda: _update_unchanged(t, names, owner_column(session))),
        (*cells[1:], now, session.session_id, *loaded, session.user_id),
    )
    if not found:
        return False
    session.origin = _written((t.home, session.session_id), names, cells, legacy=origin.legacy_runs)
    session.updated_at = now
    return True


_TEXTS = {str}


def _update_unchanged(t: Tables, names: list[str], owner: str) -> str:
    return (
        f"UPDATE {t['sessions']} SET {_changes(names)}, updated_at = ? WHERE session_id = ? "
        f"AND session_data = ? AND metadata = ? AND summary = ? AND {owner} = ? AND {owned(t)}"
    )


def _merged(t: Tables, session: Any, overwrite: bool, keep_stored: bool) -> Plan[Saved]:
    stored = yield _current(t, session)
    if not stored:
        inserted = yield from _insert(t, session)
        if inserted:
            return Saved()
        stored = yield _current(t, session)  # somebody else created it between the two statements
    return (yield from _update(t, session, stored[0], overwrite, keep_stored)) if stored else Saved()


def _changes(names: list[str]) -> str:
    return ", ".join(f"{name} = ?" for name in names if name != "session_type")


def _current(t: Tables, session: Any) -> tuple[str, list[Any]]:
    lock = " FOR UPDATE" if t.postgres else ""
    columns = ", ".join(("user_id", *MERGED, owner_column(session)))
    return f"SELECT {columns} FROM {t['sessions']} WHERE session_id = ?{lock}", [session.session_id]


def _insert(t: Tables, session: Any) -> Plan[bool]:
    names, cells = _cells(t, session)
    created = session.created_at or int(time())
    inserted = yield (
        (
            f"INSERT INTO {t['sessions']} (session_id, {', '.join(names)}, created_at, updated_at) "
            f"VALUES ({', '.join('?' * (len(names) + 3))}) ON CONFLICT (session_id) DO NOTHING"
        ),
        [session.session_id, *cells, created, created],
    )
    if inserted:
        session.origin = _written((t.home, session.session_id), names, cells)
    return bool(inserted)


def _update(t: Tables, session: Any, stored: Any, overwrite: bool, keep_stored: bool) -> Plan[Saved]:
    owner, *columns = stored
    if owner is not None and owner != session.user_id:
        return Saved(refused=True)
    held = dict(zip((*MERGED, owner_column(session)), columns, strict=True))
    saved = merge_session(session, held, overwrite, keep_stored)
    names, cells = _cells(t, session)
    now = int(time())
    yield (
        f"UPDATE {t['sessions']} SET {_changes(names)}, updated_at = ? WHERE session_id = ?",
        [*cells[1:], now, session.session_id],
    )
    legacy = session.origin.legacy_runs if session.origin is not None else 0
    session.origin = _written((t.home, session.session_id), names, cells, legacy=legacy)
    session.updated_at = now
    return saved


def merge_session(session: Any, stored: Mapping[str, Any], overwrite: bool, keep_stored: bool) -> Saved:
    """Bring into the session what others saved since it was loaded; in place.

    Of two summaries the session's stays when it has a new one: a summary is written anew with the next run.

    Args:
        session: The session to save.
        stored: The columns `MERGED` and its owner's as the database holds them now: text or values.
        overwrite: The session's state replaces the stored one.
        keep_stored: On keys that both sides changed, the stored value stays.
    """
    origin = session.origin or Origin(None, None)
    data, metadata = stored.get("session_data"), stored.get("metadata")
    saved = Saved(merged=_take_summary(session, stored.get("summary"), origin.summary))
    saved.merged |= _take_owner(session, stored.get(owner_column(session)), origin.owner, saved, keep_stored)
    if data is not None and data is not origin.session_data and data != origin.session_data:
        theirs, base = loads_session(data), loads_session(origin.session_data)
        if theirs != base:
            mine = session.session_data
            merged, conflicts = merge_data(base, mine, theirs, overwrite=overwrite, keep_stored=keep_stored)
            _settle(mine, merged)
            session.session_data = merged
            saved.conflicts += conflicts
            saved.merged = True
    if metadata is not None and metadata != origin.metadata:
        theirs = loads_session(metadata)
        if isinstance(theirs, dict):
            base = loads_session(origin.metadata)
            session.metadata = _joined(base, session.metadata, theirs, "metadata", saved, keep_stored)
            saved.merged = True
    return saved


def _take_summary(session: Any, stored: Any, loaded: Any) -> bool:
    """Take the stored summary if another one has been written, and this session's is the one it was loaded with."""
    if stored == loaded or not hasattr(session, "summary"):
        return False
    theirs, base = loads_session(stored), loads_session(loaded)
    mine = session.summary.to_dict() if session.summary else None
    if theirs == base or mine != base:
        return False
    session.summary = restore_summary(theirs)
    return True


def _take_owner(session: Any, stored: Any, loaded: Any, saved: Saved, keep_stored: bool) -> bool:
    """Merge what is stored of the session's owner, a new name mostly, with what this session says of it.

    Of two owners who began one session at once neither has changed anything: the later one's stays.
    """
    if stored == loaded:
        return False
    name = owner_column(session)
    mine, theirs, base = getattr(session, name), loads_session(stored), loads_session(loaded)
    if mine != base and (base is None or theirs == base):
        return False
    setattr(session, name, _joined(base, mine, theirs, name, saved, keep_stored))
    return True


def _joined(base: Any, mine: Any, theirs: Any, path: str, saved: Saved, keep_stored: bool) -> Any:
    """`three_way`, its conflicts noted, and where the stored values are to be kept with theirs."""
    merged, conflicts = three_way(base, mine, theirs, path)
    if keep_stored and conflicts:
        merged, _ = three_way(base, theirs, mine)
    saved.conflicts += conflicts
    return merged


def _settle(mine: Any, merged: dict[str, Any]) -> None:
    """Keep the state's dictionary: the run that ends and its caller hold on to it."""
    state = (mine or {}).get("session_state")
    fresh = merged.get("session_state")
    if isinstance(state, dict) and isinstance(fresh, dict) and fresh is not state:
        state.clear()
        state.update(fresh)
        merged["session_state"] = state


def _cells(t: Tables, session: Any) -> tuple[list[str], list[Any]]:
    """Columns of a session's row, `session_type` first, with their parameters."""
    values = session_values(session)
    cells = dict(values)
    for name in SESSIONS.json_names.intersection(values):
        cells[name] = "null" if values[name] is None else t.json(values[name])
    return list(cells), list(cells.values())


def _written(home: tuple[str, str], names: list[str], cells: list[Any], token: Any = None, legacy: int = 0) -> Origin:
    cell = dict(zip(names, cells, strict=True))
    owner = cell[f"{cells[0]}_data"]
    return Origin(cell["session_data"], cell["metadata"], token, legacy, cell["summary"], owner, home)


_CASTS = {"string": "varchar", "int": "bigint", "json": "jsonb"}


def _one_trip(t: Tables, session: Any, rows: list[dict[str, Any]]) -> Plan[bool]:
    """Postgres: the whole save as one statement, which takes effect only if nobody saved the session in between.

    `xmin` changes with every version of a row. When it is not the one that was loaded, or when somebody else has
    created the session, nothing is written and the caller takes the way that merges.
    """
    names, cells = _cells(t, session)
    origin = session.origin
    now = int(time())
    if origin is None:
        created = session.created_at or now
        values = [session.session_id, *cells, created, created]
    else:
        values = [*cells[1:], now, session.session_id, origin.token, session.user_id]
    legacy = origin.legacy_runs if origin is not None else 0
    if rows:
        values += _values_of_trip(t, rows)
    if legacy or len(rows) > 1:
        sql = _trip(t, names, origin is None, len(rows), legacy)
    else:
        key = ("trip", origin is None, len(rows), *names)
        sql = t.statement(key, lambda: _trip(t, names, origin is None, len(rows)))
    found = yield sql, values
    if not found:
        return False
    session.origin = _written((t.home, session.session_id), names, cells, found[0][0], legacy)
    if origin is not None:
        session.updated_at = now
    return True


def _trip(t: Tables, names: list[str], fresh: bool, runs: int, floor: int = 0) -> str:
    """The statement of `_one_trip`, for a session that is `fresh` or loaded, with so many runs."""
    if fresh:
        first = (
            f"INSERT INTO {t['sessions']} (session_id, {', '.join(names)}, created_at, updated_at) "
            f"VALUES ({', '.join('?' * (len(names) + 3))}) ON CONFLICT (session_id) DO NOTHING"
        )
    else:
        first = (
            f"UPDATE {t['sessions']} SET {_changes(names)}, updated_at = ? "
            f"WHERE session_id = ? AND xmin = ?::xid AND {owned(t)}"
        )
    session = f"s AS ({first} RETURNING session_id, xmin::text AS token)"
    stored = f", r AS ({_runs_of_trip(t, runs, floor)})" if runs else ""
    return f"WITH {session}{stored} SELECT token FROM s"


def _runs_of_trip(t: Tables, runs: int, floor: int) -> str:
    casts = [_CASTS[column.kind] for column in RUNS.columns]
    places = ", ".join(f"?::{cast}" for cast in casts)
    chosen = ", ".join(
        f"v.{name}" if name != "run_index" else f"v.run_index + {next_index(t, floor)}" for name in RUNS.names
    )
    table = ", ".join(f"({places})" for _ in range(runs))
    return (
        f"INSERT INTO {t['runs']} ({RUN_COLUMNS}) SELECT {chosen} FROM s CROSS JOIN (VALUES {table}) "
        f"AS v({RUN_COLUMNS}) {on_conflict(t)}"
    )


def _values_of_trip(t: Tables, rows: list[dict[str, Any]]) -> list[Any]:
    values: list[Any] = [rows[0]["session_id"]]  # the position's parameter stands in the SELECT list, before the table
    for place, row in enumerate(rows):
        # The index is an offset here, to which the session's next position is added.
        cells = {**row, "run_index": place, "run_data": t.json(row["run_data"])}
        values += [cells[name] for name in RUNS.names]
    return values
