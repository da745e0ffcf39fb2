"""Daily metrics as plain rows: which day a row counts, rows of before 3.0, and several owners' rows as one.

Until Agno 3.0 a day was one row for everybody; since then it is one for each owner. Databases without a query engine
keep the old row beside the new ones, so that whoever adds rows up leaves it out. Counting is in `daily_metrics`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning
from wherry.stores.daily_metrics import KINDS, TOKENS, Bucket, day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

Row = dict[str, Any]
_COUNTS = (
    *(f"{kind}_sessions_count" for kind in KINDS),
    *(f"{kind}_runs_count" for kind in KINDS),
    "users_count",
)


def metric_bucket_key(record: Row) -> tuple[str, str] | None:
    """Day and period that a row counts; None when its date is no day. A row without a period counts a day."""
    day = day_of(record.get("date"))
    return None if day is None else (day.isoformat(), record.get("aggregation_period") or "daily")


def metric_record_day(record: Row) -> date | None:
    """The day that a row counts; None, with a warning, when its date is no day."""
    raw = record.get("date")
    day = None if isinstance(raw, (int, float)) else day_of(raw)
    if day is None:
        _warn(record)
    return day


def _warn(record: Row) -> None:
    log_warning(f"Daily metrics {record.get('id')!r} are left out: {record.get('date')!r} is no day.")


def is_legacy_metric(record: Row) -> bool:
    """Whether a row was written before 3.0, for all users together.

    It has no owner, and unlike the row of sessions without an owner it counted users.
    """
    return "user_id" not in record or (not record["user_id"] and bool(record.get("users_count")))


def drop_legacy_metrics(records: Sequence[Row]) -> list[Row]:
    """Rows without those of before 3.0 whose day has rows of owners by now: these would count twice."""
    renewed = {metric_bucket_key(record) for record in records if not is_legacy_metric(record)}
    return [record for record in records if not is_legacy_metric(record) or metric_bucket_key(record) not in renewed]


def identify_metrics_by_owner(rows: Sequence[Row], user_id: str) -> list[Row]:
    """One owner's rows under the same ids on every database; a row whose date is no day keeps its own."""
    keys = [metric_bucket_key(row) for row in rows]
    return [
        dict(row) if key is None else {**row, "id": f"{key[0]}_{user_id}_{key[1]}"}
        for row, key in zip(rows, keys, strict=True)
    ]


def aggregate_metrics_by_date(rows: Sequence[Row]) -> list[Row]:
    """All owners' rows of a day and period as one row; rows whose date is no day are left out with a warning."""
    found: dict[tuple[str, str], Row] = {}
    for row in drop_legacy_metrics(rows):
        key = metric_bucket_key(row)
        if key is None:
            _warn(row)
        elif key in found:
            _add(found[key], row)
        else:
            models = [dict(model) for model in row.get("model_metrics") or ()]
            tokens = dict(row.get("token_metrics") or {})
            found[key] = {**row, "id": "_".join(key), "token_metrics": tokens, "model_metrics": models}
    return list(found.values())


def _add(total: Row, row: Row) -> None:
    for name in _COUNTS:
        total[name] = (total.get(name) or 0) + (row.get(name) or 0)
    tokens = total["token_metrics"]
    for name, count in (row.get("token_metrics") or {}).items():
        tokens[name] = (tokens.get(name) or 0) + (count or 0)
    models = {(model.get("model_id"), model.get("model_provider")): model for model in total["model_metrics"]}
    for model in row.get("model_metrics") or ():
        known = models.setdefault((model.get("model_id"), model.get("model_provider")), {**model, "count": 0})
        known["count"] = (known.get("count") or 0) + (model.get("count") or 0)
    total["model_metrics"] = list(models.values())
    total["created_at"] = _of_both(min, total.get("created_at"), row.get("created_at"))
    total["updated_at"] = _of_both(max, total.get("updated_at"), row.get("updated_at"))


def _of_both(choose: Callable[[Iterable[Any]], Any], known: Any, other: Any) -> Any:
    """The earlier or later of two times; the known one when they cannot be compared."""
    try:
        return choose([time for time in (known, other) if time is not None])
    except (TypeError, ValueError):
        return known


def counted_rows(buckets: dict[tuple[date, str], Bucket], today: date, now: int) -> list[Row]:
    """The rows of counted days as databases without a query engine keep them, in Agno's order of keys."""
    rows = []
    for (day, owner), bucket in buckets.items():
        counts = bucket.row(owner)
        times = {"created_at": now, "updated_at": now, "aggregation_period": "daily", "user_id": owner}
        rows.append(
            {
                "id": f"{day.isoformat()}_{owner}_daily",
                "date": day.isoformat(),
                "completed": day < today,
                "token_metrics": {name: counts["token_metrics"][name] for name in TOKENS},
                "model_metrics": counts["model_metrics"],
                **times,
                **{name: counts[name] for name in ("users_count", *_COUNTS[:-1])},
            }
        )
    return rows
