"""Statements on the table of daily metrics: one row for each owner and day, made of the sessions begun on that day.

See `plan` for what a plan is. The rows are Agno's. The database counts the runs: only models and numbers leave it.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.ids import new_id
from wherry.stores.daily_metrics import (
    KINDS,
    Bucket,
    day_of,
    metrics_starting_date_from_records,
    midnight,
    today,
)
from wherry.stores.jsontext import loads_column, loads_session
from wherry.stores.plan import BEGIN, Plan, Tables, Where, marks, needs
from wherry.stores.tables import METRICS

if TYPE_CHECKING:
    from datetime import date

Row = dict[str, Any]
_COLUMNS = ", ".join(METRICS.names)
_KEPT = {"id", "date", "created_at", "aggregation_period", "user_id"}


def _row(values: tuple[Any, ...]) -> Row:
    row = dict(zip(METRICS.names, values, strict=True))
    for name in METRICS.json_names:
        row[name] = loads_column(row[name])
    row["date"], row["completed"] = day_of(row["date"]), bool(row["completed"])
    return row


@needs("sessions", "runs", "metrics", writes=("metrics",))
def calculate_metrics(t: Tables) -> Plan[list[Row] | None]:
    """Count the days since the last one that was counted after it had ended.

    Returns:
        The rows as stored, or None when there is no session.
    """
    yield BEGIN
    start = yield from _start(t)
    if start is None:
        return None
    buckets = yield from _buckets(t, start)
    now, stored = int(time()), []
    changes = ", ".join(f"{name} = excluded.{name}" for name in METRICS.names if name not in _KEPT)
    sql = (
        f"INSERT INTO {t['metrics']} ({_COLUMNS}) VALUES ({marks(len(METRICS.names))}) "
        f"ON CONFLICT (user_id, date, aggregation_period) DO UPDATE SET {changes} RETURNING {_COLUMNS}"
    )
    for (day, owner), bucket in sorted(buckets.items()):
        whole = {"date": day.isoformat(), "completed": day < today(), "aggregation_period": "daily"}
        row = {"id": new_id(), **bucket.row(owner), **whole, "user_id": owner, "created_at": now, "updated_at": now}
        rows = yield sql, [t.json(row[name]) if name in METRICS.json_names else row[name] for name in METRICS.names]
        stored.append(_row(rows[0]))
    return stored


def _start(t: Tables) -> Plan[date | None]:
    counted = yield f"SELECT DISTINCT date, completed FROM {t['metrics']}", ()
    start = metrics_starting_date_from_records({"date": day, "completed": done} for day, done in counted)
    if start is not None or "sessions" not in t.present:
        return start
    first = yield f"SELECT MIN(created_at) FROM {t['sessions']}", ()
    return day_of(first[0][0])


def _buckets(t: Tables, start: date) -> Plan[dict[tuple[date, str], Bucket]]:
    found: dict[tuple[date, str], Bucket] = {}
    if "sessions" not in t.present:
        return found
    runs = yield from _runs(t, start)
    embedded = ", runs" if t.legacy else ""
    sql = f"SELECT session_id, session_type, user_id, session_data, created_at{embedded} FROM {t['sessions']}"
    rows = yield f"{sql} WHERE created_at >= ?", (midnight(start),)
    for session_id, kind, owner, data, created, *legacy in rows:
        day = day_of(created)
        if kind not in KINDS or day is None or day > today():
            continue
        of_session = runs.get(session_id) or _embedded(legacy)
        metrics = (loads_session(data) or {}).get("session_metrics") or {}
        found.setdefault((day, owner or ""), Bucket()).add(kind, metrics, of_session)
    return found


def _runs(t: Tables, start: date) -> Plan[dict[str, list[tuple[Any, Any, int]]]]:
    """Model, provider and number of the runs of each session."""
    found: dict[str, list[tuple[Any, Any, int]]] = {}
    if "runs" not in t.present:
        return found
    field = "r.run_data->>'{}'" if t.postgres else "json_extract(r.run_data, '$.{}')"
    model, provider = field.format("model"), field.format("model_provider")
    sql = (
        f"SELECT r.session_id, {model}, {provider}, COUNT(*) FROM {t['runs']} r JOIN {t['sessions']} s "
        f"ON s.session_id = r.session_id WHERE s.created_at >= ? GROUP BY 1, 2, 3 ORDER BY 1, MIN(r.run_index)"
    )
    rows = yield sql, (midnight(start),)
    for session_id, *counted in rows:
        found.setdefault(session_id, []).append(tuple(counted))
    return found


def _embedded(legacy: list[Any]) -> list[tuple[Any, Any, int]]:
    """Runs that a 2.x session holds in its own row."""
    runs = loads_session(legacy[0]) if legacy else None
    return [(run.get("model"), run.get("model_provider"), 1) for run in runs or () if isinstance(run, dict)]


@needs("metrics")
def read_metrics(
    t: Tables, starting_date: date | None = None, ending_date: date | None = None, user_id: str | None = None
) -> Plan[tuple[list[Row], int | None]]:
    """The stored days that fit, and when one of this owner's was last counted; see `get_metrics`."""
    if "metrics" not in t.present:
        return [], None
    where = Where().equal(user_id=user_id)
    owner = str(where), list(where.values)
    for condition, day in (("date >= ?", starting_date), ("date <= ?", ending_date)):
        if day is not None:
            where.add(condition, day.isoformat())
    rows = yield f"SELECT {_COLUMNS} FROM {t['metrics']}{where}", where.values
    if not rows:
        return [], None
    latest = yield f"SELECT MAX(updated_at) FROM {t['metrics']}{owner[0]}", owner[1]
    found = [_row(row) for row in rows]
    return [{**row, "user_id": row["user_id"] or None} for row in found], latest[0][0]
