"""Stretches: what telemetry stores. The events that one run told one after the other are one row.

What they share (session, run, agent, names) is written once, and the indexes are paid for once a stretch, not once an
event. Made here from events, the cheap way, and from envelopes; taken apart here when they are read.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from wherry.core.events.events import PLACES
from wherry.core.events.plain_json import as_json
from wherry.core.events.storing import ATOMS, STORE, field_names, is_model, plain
from wherry.core.exact_json import loads_exact
from wherry.core.log import log_warning
from wherry.telemetry.envelope import KNOWN, UNKNOWN, attachments_of
from wherry.telemetry.moment import opened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.telemetry.envelope import Envelope
    from wherry.telemetry.redaction import Redactor

# What all events of a stretch have in common: columns, then what is kept as their correlation.
SHARED = ("runtime", "session_id", "run_id", "parent_run_id", "workflow_run_id", "agent_id")
NAMES = ("agent_name", "team_id", "team_name", "workflow_id", "workflow_name")
# An event inside a stretch is a list of these.
ITEM = ("event_id", "timestamp", "event_type", "provider_id", "payload", "attachments")
COLUMNS = (*SHARED, "first_at", "last_at", "events", "kinds", "body")
LONGEST = 500
_MEDIA = ("images", "videos", "audio", "files")
_IDS = (*SHARED[1:], *NAMES)
_NUL = b"\0"


@dataclass(slots=True)
class Stretch:
    """Consecutive events of one run.

    Attributes:
        shared: Values of `SHARED`.
        correlation: Further ids and names.
        items: The events, each with the values of `ITEM`.
        where: What the next event must have in common with these, as it comes from events.
        ids: The run's own dictionary of them, by which its next event is known, when it made no events.
        encoded: Correlation and items as JSON, once made.
    """

    shared: tuple[Any, ...]
    correlation: dict[str, Any]
    items: list[list[Any]] = field(default_factory=list)
    where: Any = None
    ids: Any = None
    encoded: bytes = b""

    def row(self) -> list[Any]:
        """The values of the columns."""
        items = self.items
        kinds = " ".join([item[2] for item in items])
        text = (self.encoded or self.encode()).decode()
        return [*self.shared, items[0][1], items[-1][1], len(items), f" {kinds} ", text]

    def encode(self) -> bytes:
        """Everything but the ids, as JSON."""
        return as_json([self.correlation, *self.items])


class Clock:
    """Timestamps as text: the part down to the second is made once a second."""

    def __init__(self) -> None:
        self._second, self._text = -1, ""

    def text(self, seconds: float) -> str:
        """UTC in ISO 8601 with microseconds."""
        whole = int(seconds)
        if whole != self._second:
            self._second, self._text = whole, datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._text}.{int((seconds - whole) * 1e6):06d}+00:00"


class Maker:
    """Makes stretches from events.

    Args:
        redactor: Takes secrets out.
        runtime: The runtime's label.
        version: The runtime's version, kept with events of an unknown type.

    Attributes:
        broken: Events that could not be told as data, which a user's own event may be.
    """

    def __init__(self, redactor: Redactor, runtime: str, version: str) -> None:
        self.redactor, self.runtime, self.version = redactor, runtime, version
        self.broken = 0
        self._clock = Clock()
        self._prefix, self._number = secrets.token_hex(8), count(1)

    def made(self, batch: Iterable[tuple[Any, float]]) -> list[Stretch]:
        """The stretches of events with their times, without secrets."""
        # Of each session the stretch that grows: it ends when another run of the session tells something.
        growing: dict[Any, Stretch] = {}
        found: list[Stretch] = []
        timestamp, number, prefix = self._clock.text, self._number, self._prefix
        for event, seconds in batch:
            ids = None
            try:
                if type(event) is tuple:
                    ids = event[2]
                    stretch = growing.get(ids["session_id"])
                    known = stretch.where if stretch is not None and stretch.ids is ids else None
                    name, where, payload = heard(event, known)
                else:
                    name, where, payload = taken(event)
            except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
                told = event[1] if type(event) is tuple else getattr(event, "event", type(event).__name__)
                self._complain(told, error)
                continue
            session = where[1][0]
            stretch = growing.get(session)
            if stretch is None or stretch.where != where or len(stretch.items) >= LONGEST:
                stretch = growing[session] = self._begun(where, ids)
                found.append(stretch)
            media = [] if payload.keys().isdisjoint(_MEDIA) else attachments_of(payload)
            if name not in KNOWN:
                payload = {"original_event": name, "runtime_version": self.version, **payload}
                name = UNKNOWN
            told = f"{prefix}-{next(number):x}"
            stretch.items.append([told, timestamp(seconds), name, payload.get("model"), payload, media])
        return self._without_secrets(found)

    def _begun(self, where: tuple[tuple[str, ...], tuple[Any, ...]], told: Any) -> Stretch:
        ids = dict(zip(*where, strict=True))
        get = ids.get
        workflow_run = get("workflow_run_id")
        if workflow_run is None and get("workflow_id") and not get("agent_id"):
            workflow_run = get("run_id")
        whose = get("agent_id") or get("team_id") or get("workflow_id")
        shared = (self.runtime, get("session_id"), get("run_id"), get("parent_run_id"), workflow_run, whose)
        return Stretch(shared, {name: ids[name] for name in NAMES if get(name)}, where=where, ids=told)

    def _complain(self, name: str, error: Exception, events: int = 1) -> None:
        if not self.broken:
            log_warning(f"An event {name!r} cannot be recorded and is left out: {type(error).__name__}")
        self.broken += events

    def _without_secrets(self, found: list[Stretch]) -> list[Stretch]:
        """Encode every stretch once; look for traces of secrets in all of them at once, which seldom has any."""
        redactor = self.redactor
        kept: list[Stretch] = []
        seen: list[bytes] = []
        odd: set[int] = set()
        for stretch in found:
            texts: list[str] = [one for one in stretch.shared if one]
            texts += stretch.correlation.values()
            try:
                plain = all(redactor.read(item[4], texts) and redactor.read(item[5], texts) for item in stretch.items)
                stretch.encoded = stretch.encode()
            except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
                self._complain(stretch.items[0][2], error, len(stretch.items))
                continue
            text = joined(texts)
            if not plain or text is None:
                odd.add(len(kept))
            kept.append(stretch)
            seen.append(text or b"")
        anywhere = redactor.traces(b"\n".join(seen))
        for number, (stretch, text) in enumerate(zip(kept, seen, strict=True)):
            if number in odd or (anywhere and redactor.traces(text)):
                clean(stretch, redactor)
        return kept


def heard(told: tuple[Any, str, dict[str, Any], dict[str, Any]], where: Any) -> tuple[str, Any, dict[str, Any]]:
    """The same of what a run told without making an event of it: family, class, ids, and the fields that are its own.

    `where` is where it belongs, when that is known.
    """
    family, kind, ids, own = told
    made, name, names, given = _class(family, kind)
    if is_model(own.get("content")):
        return taken(made(**ids, **own))
    payload = given.copy()
    if "step_id" in ids:
        payload |= {key: ids[key] for key in ("step_id", "step_name") if ids[key] is not None}
    for key, value in own.items():
        if value is not None:
            payload[key] = value if value.__class__ in ATOMS else STORE.get(key, plain)(value)
        elif key in payload:
            del payload[key]
    return name, where or (names, tuple(map(ids.get, names))), opened(payload)


@cache
def _class(family: Any, kind: str) -> tuple[Any, str, tuple[str, ...], dict[str, Any]]:
    """An event's class, its name, the names of its ids, and what its events say when nothing is given."""
    made = getattr(family, kind)
    empty = made()
    return made, empty.event, _places(made)[0], empty.without_places()


def taken(event: Any) -> tuple[str, tuple[tuple[str, ...], tuple[Any, ...]], dict[str, Any]]:
    """An event's name, where it belongs (names and values of its ids, the session first), and what is its own."""
    kind: Any = type(event)
    if hasattr(kind, "without_places"):
        names, values = _places(kind)
        return event.event, (names, values(event)), opened(event.without_places())
    data = event.to_dict() if hasattr(event, "to_dict") else event
    ids = tuple([data.get(name) for name in _IDS])
    return str(data.get("event", "")), (_IDS, ids), opened({key: data[key] for key in data if key not in PLACES})


@cache
def _places(kind: Any) -> tuple[tuple[str, ...], Any]:
    known = field_names(kind)
    names = tuple(name for name in _IDS if name in known)
    return names, attrgetter(*names)


def joined(texts: list[str]) -> bytes | None:
    """Texts as one, or None when one of them is not what databases take."""
    try:
        text = "\n".join(texts).encode()
    except (TypeError, UnicodeEncodeError):
        return None
    return None if _NUL in text else text


def clean(stretch: Stretch, redactor: Redactor) -> None:
    """Take the secrets out of a stretch, and of its ids what a database refuses."""
    stretch.shared = tuple([one if one is None else _fit(redactor.text(str(one))) for one in stretch.shared])
    stretch.correlation = redactor.data(stretch.correlation)
    for item in stretch.items:
        item[3:] = [redactor.data(part) for part in item[3:]]
    stretch.encoded = stretch.encode()


def _fit(text: str) -> str:
    return text.replace("\0", "�").encode("utf-8", "replace").decode()


def of_envelopes(envelopes: Iterable[Envelope]) -> list[Stretch]:
    """Envelopes as stretches; consecutive ones of one run share a row."""
    found: list[Stretch] = []
    for one in envelopes:
        shared = tuple([getattr(one, name) for name in SHARED])
        last = found[-1] if found else None
        if last is None or (last.shared, last.correlation) != (shared, one.correlation) or len(last.items) >= LONGEST:
            last = Stretch(shared, one.correlation)
            found.append(last)
        last.items.append([getattr(one, name) for name in ITEM])
    return found


def envelopes_of(row: tuple[Any, ...]) -> list[dict[str, Any]]:
    """The envelopes of a stored row, as data, in order."""
    shared = dict(zip(SHARED, row, strict=False))
    correlation, *items = loads_exact(row[-1])
    found = []
    for item in items:
        own = dict(zip(ITEM, item, strict=True))
        first = {name: own[name] for name in ("event_id", "timestamp")}
        last = {name: own[name] for name in ("provider_id", "payload", "attachments")}
        head = {**first, "runtime": shared["runtime"], "event_type": own["event_type"]}
        found.append({**head, **{name: shared[name] for name in SHARED[1:]}, **last, "correlation": correlation})
    return found
