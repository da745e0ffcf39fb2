"""What one model, one tool call or one message used: token counts and seconds.

Plain sums; no model and no store is known here. Sums over runs and sessions are in `metrics`, which re-exports
everything public of this module.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from operator import attrgetter
from time import time
from typing import TYPE_CHECKING, Any, Self

from wherry.utils.timer import Timer

if TYPE_CHECKING:
    from collections.abc import Callable

TOKENS = (
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
    "audio_total_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
)


class ModelType(str, Enum):
    """What a model did in a run; the keys of `RunMetrics.details`. Mirrors `agno.metrics.ModelType`."""

    MODEL = "model"
    OUTPUT_MODEL = "output_model"
    PARSER_MODEL = "parser_model"
    MEMORY_MODEL = "memory_model"
    REASONING_MODEL = "reasoning_model"
    SESSION_SUMMARY_MODEL = "session_summary_model"
    LEARNING_MODEL = "learning_model"
    COMPRESSION_MODEL = "compression_model"
    COMPACTION_MODEL = "compaction_model"
    FOLLOWUP_MODEL = "followup_model"


# One call of C for all counts: they are added up several times a run.
_all_tokens = attrgetter(*TOKENS)


def compact(source: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Fields worth storing: no None, no integer zero, no empty container (a float zero was measured and stays)."""
    return _teller(names)(source)


_EMPTY = frozenset({int, bool, dict, list, type(None)})
_CONTAINERS = frozenset({"details", "additional_metrics", "provider_metrics"})


@cache
def _teller(names: tuple[str, ...]) -> Callable[[Any], dict[str, Any]]:
    """The function that tells some fields, written for them once: it is asked several times a run."""
    lines = ["def told(source):", " kept = {}"]
    for name in names:
        lines += [f" value = source.{name}", " if value or value.__class__ not in EMPTY:"]
        copied = "dict(value) if value.__class__ is dict else value" if name in _CONTAINERS else "value"
        lines += [f"  kept['{name}'] = {copied}"]
    known: dict[str, Any] = {"EMPTY": _EMPTY}
    exec("\n".join([*lines, " return kept"]), known)  # noqa: S102 - field names of our own classes, as dataclasses do it
    told: Callable[[Any], dict[str, Any]] = known["told"]
    return told


@cache
def _reader(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*names)


def pick(data: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The named entries that are there."""
    if _set_of(names).issuperset(data):
        return dict(data)
    return {name: value for name, value in data.items() if name in names}


@cache
def _set_of(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(names)


def add_tokens(into: BaseMetrics, other: Any) -> None:
    """Add the other's token counts; a count that is None adds nothing."""
    try:
        added = _all_tokens(other)
    except AttributeError:  # not one of ours: what it lacks adds nothing
        added = tuple(getattr(other, name, 0) for name in TOKENS)
    sent, made, both, heard, spoken, sound, read, written, thought = added  # one by one: called several times a run
    if sent:
        into.input_tokens = (into.input_tokens or 0) + sent
    if made:
        into.output_tokens = (into.output_tokens or 0) + made
    if both:
        into.total_tokens = (into.total_tokens or 0) + both
    if heard or spoken or sound:
        _add_audio(into, added)
    if read:
        into.cache_read_tokens = (into.cache_read_tokens or 0) + read
    if written:
        into.cache_write_tokens = (into.cache_write_tokens or 0) + written
    if thought:
        into.reasoning_tokens = (into.reasoning_tokens or 0) + thought


def _add_audio(into: BaseMetrics, added: tuple[Any, ...]) -> None:
    for name, more in zip(TOKENS[3:6], added[3:6], strict=True):
        if more:
            setattr(into, name, (getattr(into, name) or 0) + more)


def total(one: float | None, other: float | None) -> float | None:
    """The sum of those that are known."""
    if one is None or other is None:
        return other if one is None else one
    return one + other


def merged(one: dict[str, Any] | None, other: dict[str, Any] | None) -> dict[str, Any] | None:
    """Numbers under the same key are added; of anything else the later wins. None only if both are None."""
    if one is None and other is None:
        return None
    both = dict(one or {})
    for key, value in (other or {}).items():
        known = both.get(key)
        both_numbers = isinstance(value, (int, float)) and isinstance(known, (int, float))
        both[key] = known + value if both_numbers else value
    return both


@dataclass(slots=True)
class BaseMetrics:
    """Token counts and cost (in the currency the provider reports); mirrors `agno.metrics.BaseMetrics`."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    audio_input_tokens: int = 0
    audio_output_tokens: int = 0
    audio_total_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    cost: float | None = None


COUNTS = (*TOKENS, "cost")
MODEL_FIELDS = (*COUNTS, "id", "provider", "provider_metrics")


@dataclass(slots=True)
class ModelMetrics(BaseMetrics):
    """What one model (`provider`, `id`) used; mirrors `agno.metrics.ModelMetrics`."""

    id: str = ""
    provider: str = ""
    provider_metrics: dict[str, Any] | None = None

    def accumulate(self, other: ModelMetrics | MessageMetrics) -> None:
        """Add another entry of the same model, or one of its replies."""
        add_tokens(self, other)
        if other.cost is not None:
            self.cost = total(self.cost, other.cost)
        if other.provider_metrics is not None:
            self.provider_metrics = merged(self.provider_metrics, other.provider_metrics)

    def twin(self) -> ModelMetrics:
        """A copy that shares nothing."""
        copied = ModelMetrics(*_reader(_POSITIONAL)(self))
        if copied.provider_metrics is not None:
            copied.provider_metrics = dict(copied.provider_metrics)
        return copied

    def to_dict(self) -> dict[str, Any]:
        """The fields that say something."""
        return compact(self, MODEL_FIELDS)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary; unknown keys are ignored."""
        return cls(**pick(data, MODEL_FIELDS))


_POSITIONAL = tuple(ModelMetrics.__dataclass_fields__)


class _Timed:
    """A stopwatch inside a metrics object; the slots are the subclass's."""

    if not TYPE_CHECKING:
        __slots__ = ()

    timer: Timer | None
    duration: float | None

    def start_timer(self) -> None:
        """Start measuring."""
        if self.timer is None:
            self.timer = Timer()
        self.timer.start()

    def stop_timer(self, set_duration: bool = True) -> None:
        """Stop measuring and, unless told otherwise, note the seconds in `duration`."""
        timer = self.timer
        if timer is not None:
            timer.stop()
            if set_duration:
                self.duration = timer.elapsed_time or 0.0  # none of one that was not started


class FirstToken(_Timed):
    """A stopwatch that also notes when the first token came."""

    if not TYPE_CHECKING:
        __slots__ = ()

    time_to_first_token: float | None

    def set_time_to_first_token(self) -> None:
        """Note the seconds since the start, the first time it is called."""
        if self.timer is not None and self.time_to_first_token is None:
            self.time_to_first_token = self.timer.elapsed


@dataclass(slots=True)
class ToolCallMetrics(_Timed):
    """When a tool ran (Unix seconds) and for how long (seconds); mirrors `agno.metrics.ToolCallMetrics`."""

    timer: Timer | None = None
    start_time: float | None = None
    end_time: float | None = None
    duration: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The times that are known."""
        return compact(self, ("start_time", "end_time", "duration"))

    def start_timer(self) -> None:
        """Start measuring and note when."""
        _Timed.start_timer(self)
        if self.start_time is None:
            self.start_time = time()

    def stop_timer(self, set_duration: bool = True) -> None:
        """Stop measuring and note when."""
        _Timed.stop_timer(self, set_duration)
        if self.end_time is None:
            self.end_time = time()

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary; times may be numbers, numbers as text or ISO text."""
        made = cls(**pick(data, ("start_time", "end_time", "duration")))
        made.start_time, made.end_time = _seconds(made.start_time), _seconds(made.end_time)
        return made


def _seconds(value: Any) -> float | None:
    if not isinstance(value, str):
        return value  # type: ignore[no-any-return]
    for parse in (lambda text: datetime.fromisoformat(text).timestamp(), float):
        try:
            return parse(value)
        except ValueError:
            continue
    return None


_MESSAGE_FIELDS = (*COUNTS, "duration", "time_to_first_token", "provider_metrics")


@dataclass(slots=True)
class MessageMetrics(BaseMetrics, FirstToken):
    """Tokens and seconds of one model reply; mirrors `agno.metrics.MessageMetrics`."""

    timer: Timer | None = None
    duration: float | None = None
    time_to_first_token: float | None = None
    provider_metrics: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields that say something."""
        return compact(self, _MESSAGE_FIELDS)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary; unknown keys are ignored."""
        return cls(**pick(data, _MESSAGE_FIELDS))

    def __add__(self, other: MessageMetrics) -> MessageMetrics:
        result = copy(self)
        result.add(other)
        return result

    def add(self, other: Any) -> None:
        """Add what the other counted, in place; of the times to the first token this one's own is kept."""
        add_tokens(self, other)
        cost, duration = getattr(other, "cost", None), getattr(other, "duration", None)
        if cost is not None:
            self.cost = total(self.cost, cost)
        if duration is not None:
            self.duration = total(self.duration, duration)
        if self.time_to_first_token is None:
            self.time_to_first_token = getattr(other, "time_to_first_token", None)
        more = getattr(other, "provider_metrics", None)
        if more is not None or self.provider_metrics is not None:  # one's own become a copy, as of a sum
            self.provider_metrics = merged(self.provider_metrics, more)

    def __radd__(self, other: Any) -> MessageMetrics:
        return self if other == 0 else self + other


def counts(metrics: BaseMetrics) -> dict[str, Any]:
    """The token counts by name."""
    return {name: getattr(metrics, name) for name in TOKENS}
