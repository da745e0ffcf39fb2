"""A day's metrics counted from rows of sessions, for code that keeps them itself.

Reached as `utils` below each database of `wherry.db`; the stores count by `plans_metrics`. Databases differ in the form
of a record's id and date. Mirrors the functions of these names in `agno.db.sqlite.utils` and its like.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.ids import new_id
from wherry.stores.daily_metrics import KINDS, Bucket, today
from wherry.stores.metric_rows import counted_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wherry.stores.metric_rows import Row


def records_of_documents(date_to_process: date, sessions_data: dict[str, Any]) -> list[Row]:
    """One record for each owner of sessions on a day; the date is text, and the id names day and owner.

    Args:
        date_to_process: The day, in UTC.
        sessions_data: Rows of sessions by kind (agent, team, workflow); JSON columns may be text.

    Returns:
        Records in the order in which owners appear; sessions without one count for the empty owner.
    """
    buckets: dict[tuple[date, str], Bucket] = {}
    for kind in KINDS:
        for session in sessions_data.get(kind) or ():
            bucket = buckets.setdefault((date_to_process, session.get("user_id") or ""), Bucket())
            used = (_read(session.get("session_data")) or {}).get("session_metrics") or {}
            runs = _read(session.get("runs")) or ()
            bucket.add(kind, used, [(run.get("model"), run.get("model_provider"), 1) for run in runs])
    return counted_rows(buckets, today(), int(time()))


def records_of_hashes(date_to_process: date, sessions_data: dict[str, Any]) -> list[Row]:
    """`records_of_documents`, with the date as a date."""
    return [{**record, "date": date_to_process} for record in records_of_documents(date_to_process, sessions_data)]


def records_of_tables(date_to_process: date, sessions_data: dict[str, Any]) -> list[Row]:
    """`records_of_documents`, with the date as a date and an id of its own for each record."""
    return [{**record, "id": new_id()} for record in records_of_hashes(date_to_process, sessions_data)]


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def sessions_by_day(
    sessions: Iterable[dict[str, Any]], dates_to_process: Sequence[date], start_timestamp: int
) -> dict[str, dict[str, list[Any]]] | None:
    """Rows of sessions by the day on which they began, and by kind; what `calculate_date_metrics` takes for a day.

    Args:
        sessions: Rows of sessions, with `session_type`.
        dates_to_process: The days; sessions of others are left out.
        start_timestamp: When a session began whose row does not say so, in seconds.

    Returns:
        By day as text; None when no days are given.
    """
    if not dates_to_process:
        return None
    found: dict[str, dict[str, list[Any]]] = {day.isoformat(): {kind: [] for kind in KINDS} for day in dates_to_process}
    for session in sessions:
        day = datetime.fromtimestamp(session.get("created_at", start_timestamp), tz=UTC).date().isoformat()
        if day in found:
            found[day][session["session_type"]].append(session)
    return found


def days_until_today(starting_date: date) -> list[date]:
    """The days from a date until today, in UTC; none when it is to come."""
    return [starting_date + timedelta(days=number) for number in range((today() - starting_date).days + 1)]
