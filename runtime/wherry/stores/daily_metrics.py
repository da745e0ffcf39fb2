"""What happened on a day, counted by owner: the rules that need no database. The statements are in `plans_metrics`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TOKENS = (
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "audio_total_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
)
KINDS = ("agent", "team", "workflow")


def today() -> date:
    """The day it is, in UTC."""
    return datetime.now(UTC).date()


def day_of(value: Any) -> date | None:
    """The day that a record names, in any of the forms in which databases keep one; None when it is no day."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value).date()
        except ValueError:
            return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, tz=UTC).date()
    return None


def metrics_starting_date_from_days(latest_completed: date | None, earliest_incomplete: date | None) -> date | None:
    """The day to count from: the first that is not complete, otherwise the one after the last that is.

    Args:
        latest_completed: The last day that was counted after it had ended.
        earliest_incomplete: The first day after it that was counted before it had ended.

    Returns:
        Never a day to come; None when nothing was counted yet.
    """
    start = earliest_incomplete or (latest_completed + timedelta(days=1) if latest_completed else None)
    return min(start, today()) if start else None


def metrics_starting_date_from_records(records: Iterable[dict[str, Any]]) -> date | None:
    """`metrics_starting_date_from_days` of stored records; a record whose date is no day does not count.

    A day with a complete record is done, even if an owner whose sessions have been deleted left another there.
    """
    days = [(day, bool(record.get("completed"))) for record in records if (day := day_of(record.get("date")))]
    latest = max((day for day, completed in days if completed), default=None)
    ahead = [day for day, completed in days if not completed and (latest is None or day > latest)]
    return metrics_starting_date_from_days(latest, min(ahead, default=None))


def midnight(day: date) -> int:
    """The first second of a day, in UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


@dataclass(slots=True)
class Bucket:
    """One owner's day.

    Attributes:
        sessions: Sessions begun, by kind.
        runs: Runs of those sessions, by kind.
        tokens: What those sessions used.
        models: Model id and provider -> runs.
    """

    sessions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    runs: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    tokens: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TOKENS, 0))
    models: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, kind: str, session_metrics: dict[str, Any], runs: Sequence[tuple[Any, Any, int]]) -> None:
        """Count a session.

        Args:
            kind: agent, team or workflow.
            session_metrics: What it used.
            runs: Model, provider and number of its runs.
        """
        self.sessions[kind] += 1
        for name in TOKENS:
            self.tokens[name] += session_metrics.get(name) or 0
        for model, provider, count in runs:
            self.runs[kind] += count
            if model:
                key = (model, provider or "")
                self.models[key] = self.models.get(key, 0) + count

    def row(self, owner: str) -> dict[str, Any]:
        """Its columns; sessions without an owner have no user to count."""
        models = [{"model_id": m, "model_provider": p, "count": count} for (m, p), count in self.models.items()]
        counts = {f"{kind}_sessions_count": count for kind, count in self.sessions.items()}
        counts |= {f"{kind}_runs_count": count for kind, count in self.runs.items()}
        return {**counts, "users_count": int(bool(owner)), "token_metrics": self.tokens, "model_metrics": models}
