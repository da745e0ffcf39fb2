"""Daily metrics of databases without a query engine: counted in Python, kept as rows of their own.

Mixed into the document stores. The rules are in `daily_metrics` and `metric_rows`; SQL databases count in
`plans_metrics`.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.sessions.session_state import copied
from wherry.stores.daily_metrics import KINDS, Bucket, day_of, metrics_starting_date_from_records, today
from wherry.stores.metric_rows import counted_rows, drop_legacy_metrics, metric_record_day

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import date

    from wherry.stores.dictionaries import Documents

Row = dict[str, Any]


class DocumentMetrics:
    """Methods on daily metrics."""

    _keeps_first_count = False
    """Whether a day that is counted again keeps the time of its first count; Agno's Redis database keeps it."""

    def _open(self, *, write: bool = False) -> AbstractContextManager[Documents]:
        raise NotImplementedError

    def calculate_metrics(self) -> list[Row] | None:
        """Count the days since the last one that was counted after it had ended.

        Returns:
            The rows as stored, one for each owner and day with sessions; None when there is no session.
        """
        with self._open(write=True) as docs:
            stored = list(docs.records("metrics"))
            start = _start(docs, stored)
            if start is None:
                return None
            counted = counted_rows(_buckets(docs, start), today(), int(time()))
            for row in counted:
                self._put_day(stored, row)
            if counted:
                docs.set_records("metrics", stored)
        return copied(counted)  # type: ignore[no-any-return]

    def _put_day(self, stored: list[Row], row: Row) -> None:
        names = ("user_id", "date", "aggregation_period")
        for place, known in enumerate(stored):
            if all(known.get(name) == row[name] for name in names):
                if self._keeps_first_count:
                    row["created_at"] = known.get("created_at", row["created_at"])
                stored[place] = row
                return
        stored.append(row)

    def get_metrics(
        self, starting_date: date | None = None, ending_date: date | None = None, user_id: str | None = None
    ) -> tuple[list[Row], int | None]:
        """Daily metrics as they were counted last, one row for each owner and day.

        Args:
            starting_date: From this day on.
            ending_date: Up to this day.
            user_id: Of this user.

        Returns:
            The rows, without those of before 3.0 whose day was counted by owner since; and when one was last counted.
        """
        with self._open() as docs:
            rows = copied(docs.records("metrics"))
        rows = drop_legacy_metrics(rows) if user_id is None else [r for r in rows if r.get("user_id") == user_id]
        found = []
        for row in rows:
            day = metric_record_day(row)
            if day is None or (starting_date and day < starting_date) or (ending_date and day > ending_date):
                continue
            if row.get("user_id") == "":
                row["user_id"] = None
            found.append(row)
        return found, max((row.get("updated_at") or 0 for row in found), default=0) or None


def _start(docs: Documents, stored: list[Row]) -> date | None:
    start = metrics_starting_date_from_records(stored)
    if start is not None:
        return start
    return min((day for row in docs.sessions() if (day := day_of(row.get("created_at")))), default=None)


def _buckets(docs: Documents, start: date) -> dict[tuple[date, str], Bucket]:
    """What each owner did on each day, in the order in which Agno counts: by day, then by kind of session."""
    found: dict[tuple[date, str], Bucket] = {}
    sessions = []
    for row in docs.sessions():
        day, kind = day_of(row.get("created_at")), row.get("session_type")
        if day is not None and start <= day <= today() and kind in KINDS:
            sessions.append((day, KINDS.index(kind), row))
    for day, kind, row in sorted(sessions, key=lambda item: item[:2]):
        metrics = (row.get("session_data") or {}).get("session_metrics") or {}
        bucket = found.setdefault((day, row.get("user_id") or ""), Bucket())
        bucket.add(KINDS[kind], metrics, _runs(docs, row))
    return found


def _runs(docs: Documents, row: Row) -> list[tuple[Any, Any, int]]:
    """Model and provider of each run of a session; a 2.x session holds its runs in its own row."""
    runs = [run["run_data"] for run in docs.runs(row["session_id"])] or row.get("runs") or ()
    return [(run.get("model"), run.get("model_provider"), 1) for run in runs if isinstance(run, dict)]
