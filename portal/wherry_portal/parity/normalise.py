"""Taking out of a recording what differs from run to run by nature: ids, times, durations, addresses, package names.

An id becomes a label by the field it first stood in (`<run_id-1>`), so that two places that held the same id still hold
the same label. Everything else stays; what two runs of the reference still disagree about is noise, found in `compare`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ORDER = ("outputs", "sessions", "events", "requests", "trace", "errors", "printed", "refused", "unused")
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_GENERATED = r"\b[a-z]+-[a-z]+-[0-9a-f]{8}\b"
_IDS = re.compile(f"{_UUID}|{_GENERATED}")
_SHORT_ID = re.compile(r"\b[0-9a-f]{8}\b")  # one in 2,500 has no digit at all
_SUSPICIOUS = re.compile(r"[0-9]|\b[a-f]{8}\b|agno\.|wherry\.|parity-")  # every pattern below needs one of these
_TIME_KEYS = frozenset(
    {
        "created_at",
        "updated_at",
        "start_time",
        "end_time",
        "last_checkpoint_at",
        "checkpoint_created_at",
        "timeout_at",
        "completed_at",
        "resolved_at",
    }
)
_DURATION_KEYS = frozenset({"duration", "time_to_first_token", "time", "search_time_ms", "elapsed"})
_TEXTS = (
    (re.compile(r"(127\.0\.0\.1|localhost):\d+"), "<host>"),
    (re.compile(r"(?i)(completed in|took) \d+(\.\d+)?\s?s\b"), r"\1 <duration>"),
    (re.compile(r"\(\d+\.\d+s\)( ━+)?"), "(<duration>)"),  # in a box with what fills up its line
    (re.compile(r"\d+\.\d{2,}s\b"), "<duration>"),
    (re.compile(r"0x[0-9a-f]{6,}"), "<address>"),
    (re.compile(r"(/[\w.-]+)*/parity-[\w]+"), "<folder>"),
    (re.compile(r"errors\.pydantic\.dev/[\d.]+"), "errors.pydantic.dev/<version>"),
    (re.compile(r'(["\'](?:created_at|updated_at|start_time|end_time)["\']: ?"?)[\d.]+'), r"\1<time>"),
    (re.compile(r'(["\'](?:duration|time_to_first_token|time)["\']: ?)[\d.e-]+'), r"\1<duration>"),
    (re.compile(r"\b(created_at|updated_at)=[\d.]+"), r"\1=<time>"),  # an object that stands in a text
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(\+\d\d:?\d\d|Z)?"), "<time>"),
    (re.compile(r"\b(agno|wherry)(?=\.[a-z_]+)"), "<package>"),
)


def normalise(document: Mapping[str, Any], unordered: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The recording with labels for what is volatile.

    Args:
        document: As a child recorded it.
        unordered: Channels whose elements are put in an order of their own.
    """
    ordered = {name: document[name] for name in _ORDER if name in document}
    ordered.update({name: value for name, value in document.items() if name not in ordered})
    found = _masked(ordered, ordered)
    if unordered & found.keys():
        found = _masked(ordered, _numbered_first(ordered, found, unordered))
    for name in unordered & found.keys():
        found[name] = _sorted(found[name])
    return found


def _masked(document: Mapping[str, Any], labelled: Mapping[str, Any]) -> dict[str, Any]:
    masks = _Masks(_labels(labelled))
    return {name: masks.value(value, "") for name, value in document.items()}


def _numbered_first(document: dict[str, Any], masked: Mapping[str, Any], unordered: frozenset[str]) -> dict[str, Any]:
    """The document as its ids are to be numbered: in channels without an order, by what begins, whenever it does."""
    made: dict[str, Any] = {}
    for name, value in document.items():
        if name in unordered:
            begun = sorted(_beginnings(value, masked[name]), key=lambda pair: _rank(pair[1]))
            made[f"{name} that begin"] = [raw for raw, _ in begun]
        made[name] = value
    return made


def _beginnings(value: Any, masked: Any) -> Iterator[tuple[Any, Any]]:
    """Events that start something, each with its masked form; inside lists of lists, too."""
    if isinstance(value, list):
        for raw, shown in zip(value, masked, strict=True):
            yield from _beginnings(raw, shown)
    elif isinstance(value, dict) and str(value.get("event", "")).endswith("Started"):
        yield value, masked


def _labels(document: Mapping[str, Any]) -> dict[str, str]:
    counts: Counter[str] = Counter()
    labels: dict[str, str] = {}
    for key, text in _texts(document, ""):
        if not (key == "id" or key.endswith(("_id", "_ids"))) or text in labels:
            continue
        if _IDS.fullmatch(text) or _SHORT_ID.fullmatch(text):
            counts[key] += 1
            labels[text] = f"<{key}-{counts[key]}>"
    return labels


def _texts(value: Any, key: str) -> Iterator[tuple[str, str]]:
    """Texts with the keys that they stand under, as they come; what is neither text nor holds any is passed by."""
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str):
                yield name, item
            elif isinstance(item, (dict, list)):
                yield from _texts(item, name)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, str):
                yield key, item
            elif isinstance(item, (dict, list)):
                yield from _texts(item, key)


class _Masks:
    """Puts labels into one recording; a text that comes again is not looked at again."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels
        self._done: dict[str, str] = {}

    def value(self, value: Any, key: str) -> Any:
        if isinstance(value, str):
            return ("<time>" if value else value) if key in _TIME_KEYS else self.text(value)
        if isinstance(value, dict):
            return {self.text(name): self.value(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, key) for item in value]
        if isinstance(value, bool) or value is None:
            return value
        if key in _TIME_KEYS:
            return "<time>"
        return "<duration>" if key in _DURATION_KEYS else value

    def text(self, text: str) -> str:
        found = self._done.get(text)
        if found is None:
            found = self._done[text] = self._without(text) if _SUSPICIOUS.search(text) else text
        return found

    def _without(self, text: str) -> str:
        found = _IDS.sub(lambda match: self._labels.get(match.group(), "<id>"), text)
        found = _SHORT_ID.sub(lambda match: self._labels.get(match.group(), match.group()), found)
        for pattern, label in _TEXTS:
            found = pattern.sub(label, found)
        return found


def _sorted(value: Any) -> Any:
    """Lists of a channel sorted by their contents (labels without their numbers); lists of lists inside first."""
    if not isinstance(value, list):
        return value
    inner = [_sorted(item) if isinstance(item, list) else item for item in value]
    if inner and all(isinstance(item, list) for item in inner):
        return inner
    return sorted(inner, key=_rank)


def _rank(item: Any) -> tuple[str, str]:
    """Where an element belongs: by what is equal on both sides first, by the framework's own words last."""
    return tuple(re.sub(r"<(\w+)-\d+>", r"<\1>", json.dumps(value, sort_keys=True)) for value in (_bare(item), item))  # type: ignore[return-value]


def _bare(value: Any) -> Any:
    """An element without the words of system messages and descriptions."""
    if isinstance(value, list):
        return [_bare(item) for item in value]
    if not isinstance(value, dict):
        return value
    worded = {"description", "content"} if value.get("role") in {"developer", "system"} else {"description"}
    return {name: _bare(item) for name, item in value.items() if name not in worded}
