"""Token counts and seconds of runs and sessions, with a breakdown per model.

The loop calls `accumulate_model_metrics` after each model reply, sessions call `SessionMetrics.accumulate_from_run`.
Mirrors `agno.metrics`; the parts below a run come from `usage`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from wherry.core.usage import (
    COUNTS,
    MODEL_FIELDS,
    TOKENS,
    BaseMetrics,
    FirstToken,
    MessageMetrics,
    ModelMetrics,
    ModelType,
    ToolCallMetrics,
    add_tokens,
    compact,
    counts,
    merged,
    pick,
    total,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wherry.utils.timer import Timer

__all__ = [
    "TOKENS",
    "BaseMetrics",
    "MessageMetrics",
    "ModelMetrics",
    "ModelType",
    "RunMetrics",
    "SessionMetrics",
    "ToolCallMetrics",
    "accumulate_eval_metrics",
    "accumulate_model_metrics",
    "merge_background_metrics",
]

Details = dict[str, list[ModelMetrics]]


def _detail_dicts(details: Details | None) -> dict[str, Any] | None:
    """Entries as stored below a run or session: unlike an entry of its own, an empty `provider_metrics` stays."""
    if details is None:
        return None
    stored: dict[str, Any] = {}
    for kind, entries in details.items():
        stored[kind] = rows = []
        for entry in entries:
            row = compact(entry, MODEL_FIELDS)
            if entry.provider_metrics is not None:
                row["provider_metrics"] = dict(entry.provider_metrics)
            rows.append(row)
    return stored


def _details_from(data: Any) -> Details | None:
    if not isinstance(data, dict):
        return None
    return {
        kind: [ModelMetrics.from_dict(entry) if isinstance(entry, dict) else entry for entry in entries]
        for kind, entries in data.items()
        if isinstance(entries, list)
    }


def _entry_of(entries: list[ModelMetrics], model_id: str, provider: str) -> ModelMetrics:
    """The entry of a model, a new one if need be."""
    for entry in entries:
        if entry.provider == provider and entry.id == model_id:
            return entry
    entries.append(ModelMetrics(id=model_id, provider=provider))
    return entries[-1]


def _add_entry(entries: list[ModelMetrics], new: ModelMetrics) -> None:
    """Add to the entry of the same model, or append a copy, so that no two owners share one."""
    for entry in entries:
        if entry.provider == new.provider and entry.id == new.id:
            entry.accumulate(new)
            return
    entries.append(new.twin() if type(new) is ModelMetrics else ModelMetrics.from_dict(new.to_dict()))


def _add_details(into: RunMetrics | SessionMetrics, other: Any, rename: Callable[[str], str] | None = None) -> None:
    details: Details | None = getattr(other, "details", None)
    if not details:
        return
    if into.details is None:
        into.details = {}
    for kind, entries in details.items():
        mine = into.details.setdefault(rename(kind) if rename else kind, [])
        for entry in entries:
            _add_entry(mine, entry)


_RUN_FIELDS = (*COUNTS, "time_to_first_token", "duration", "details", "additional_metrics")


@dataclass(slots=True)
class RunMetrics(BaseMetrics, FirstToken):
    """Tokens and seconds of one run, with a breakdown per model; mirrors `agno.metrics.RunMetrics`."""

    timer: Timer | None = None
    time_to_first_token: float | None = None
    duration: float | None = None
    details: Details | None = None
    additional_metrics: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields that say something, `details` as dictionaries."""
        stored = compact(self, _RUN_FIELDS)
        if "details" in stored:
            stored["details"] = _detail_dicts(self.details)
        return stored

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary; unknown keys are ignored."""
        made = cls(**pick(data, _RUN_FIELDS))
        made.details = _details_from(made.details)
        return made

    def __add__(self, other: RunMetrics) -> RunMetrics:
        result = RunMetrics(**counts(self))
        add_tokens(result, other)
        result.timer = self.timer
        _add_details(result, self)
        _add_details(result, other)
        result.duration = total(self.duration, getattr(other, "duration", None))
        firsts = [self.time_to_first_token, getattr(other, "time_to_first_token", None)]
        result.time_to_first_token = min((first for first in firsts if first is not None), default=None)
        result.cost = total(self.cost, getattr(other, "cost", None))
        result.additional_metrics = merged(self.additional_metrics, getattr(other, "additional_metrics", None))
        return result

    def __radd__(self, other: Any) -> RunMetrics:
        return self if other == 0 else self + other


_SESSION_FIELDS = (*COUNTS, "details", "additional_metrics")


@dataclass(slots=True)
class SessionMetrics(BaseMetrics):
    """Tokens of all runs of a session; mirrors `agno.metrics.SessionMetrics`."""

    details: Details | None = None
    additional_metrics: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields that say something, `details` as dictionaries."""
        stored = compact(self, _SESSION_FIELDS)
        if "details" in stored:
            stored["details"] = _detail_dicts(self.details)
        return stored

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary; unknown keys are ignored."""
        made = cls(**pick(data, _SESSION_FIELDS))
        made.details = _details_from(made.details) or None
        return made

    def accumulate_from_run(self, run_metrics: RunMetrics) -> None:
        """Add what a run used."""
        _accumulate(self, run_metrics)
        if run_metrics.additional_metrics is not None:
            self.additional_metrics = merged(self.additional_metrics, run_metrics.additional_metrics)

    def __add__(self, other: SessionMetrics) -> SessionMetrics:
        result = SessionMetrics(**counts(self), cost=self.cost)
        _add_details(result, self)
        _accumulate(result, other)
        result.additional_metrics = merged(self.additional_metrics, getattr(other, "additional_metrics", None))
        return result

    def __radd__(self, other: Any) -> SessionMetrics:
        return self if other == 0 else self + other


def _accumulate(into: RunMetrics | SessionMetrics, other: Any, rename: Callable[[str], str] | None = None) -> None:
    add_tokens(into, other)
    into.cost = total(into.cost, getattr(other, "cost", None))
    _add_details(into, other, rename)


def accumulate_model_metrics(
    model_response: Any, model: Any, model_type: ModelType | str, run_metrics: RunMetrics | None = None
) -> None:
    """Add what a model reply used to a run's metrics; mirrors `agno.metrics.accumulate_model_metrics`.

    Args:
        model_response: The reply; its `response_usage` (a `MessageMetrics` or None) is what counts.
        model: The model; `id` and `get_provider()` name its entry in `details`.
        model_type: Key in `details`.
        run_metrics: Where to add; None does nothing.
    """
    usage = model_response.response_usage
    if run_metrics is None or usage is None:
        return
    key = model_type.value if isinstance(model_type, ModelType) else model_type
    if run_metrics.details is None:
        run_metrics.details = {}
    entry = _entry_of(run_metrics.details.setdefault(key, []), model.id, model.get_provider())
    entry.accumulate(usage)
    add_tokens(run_metrics, usage)
    if usage.cost is not None:
        run_metrics.cost = total(run_metrics.cost, usage.cost)


def accumulate_eval_metrics(
    eval_metrics: RunMetrics | None = None, run_metrics: RunMetrics | None = None, prefix: str = "eval"
) -> None:
    """Add a helper run's metrics under ``<prefix>_<model type>``; mirrors `agno.metrics.accumulate_eval_metrics`."""
    if run_metrics is None or eval_metrics is None:
        return
    if run_metrics.details is None:
        run_metrics.details = {}
    _accumulate(run_metrics, eval_metrics, lambda kind: kind if kind.startswith(f"{prefix}_") else f"{prefix}_{kind}")
    if prefix == "eval" and eval_metrics.duration is not None:
        run_metrics.additional_metrics = merged(
            run_metrics.additional_metrics, {"eval_duration": eval_metrics.duration}
        )


def merge_background_metrics(
    run_metrics: RunMetrics | SessionMetrics | None, background_metrics: Sequence[RunMetrics | None]
) -> None:
    """Add what jobs beside the run used; mirrors `agno.metrics.merge_background_metrics`."""
    if run_metrics is None:
        return
    for other in background_metrics:
        if other is None:
            continue
        _accumulate(run_metrics, other)
        if other.additional_metrics:
            run_metrics.additional_metrics = merged(run_metrics.additional_metrics, other.additional_metrics)
