"""Stretches: what telemetry stores. The events that one run told one after the other are one row.

What they share (session, run, agent, names) is written once, and the indexes are paid for once a stretch, not once an
event. Made here from events, the cheap way, and from envelopes; taken apart here when they are read.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain, count
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson

from wherry.core.events.plain_json import as_json
from wherry.core.exact_json import loads_exact
from wherry.core.log import log_warning
from wherry.telemetry.payloads import Ear, taken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.telemetry.envelope import Envelope
    from wherry.telemetry.payloads import Told, Waiting, Where
    from wherry.telemetry.redaction import Redactor

# What all events of a stretch have in common: columns, then what is kept as their correlation.
SHARED = ("runtime", "session_id", "run_id", "parent_run_id", "workflow_run_id", "agent_id")
NAMES = ("agent_name", "team_id", "team_name", "workflow_id", "workflow_name")
# An event inside a stretch is a list of these.
ITEM = ("event_id", "timestamp", "event_type", "provider_id", "payload", "attachments")
COLUMNS = (*SHARED, "first_at", "last_at", "events", "kinds", "body")
LONGEST = 500
# Bytes of stretches in which secrets are looked for in one go: no other thread runs meanwhile.
_LOOKED_AT = 64 * 1024
_KIND = itemgetter(2)
_NUL = b"\0"
_JSON = orjson.Fragment


@dataclass(slots=True)
class Stretch:
    """Consecutive events of one run.

    Attributes:
        shared: Values of `SHARED`.
        correlation: Further ids and names.
        items: The events, each with the values of `ITEM`.
        where: What the next event must have in common with these, as it comes from events.
        ids: The run's own dictionary of them, by which its next event is known, when it made no events.
        texts: Texts of all that, in which secrets are looked for.
        encoded: Correlation and items as JSON, once made.
    """

    shared: tuple[Any, ...]
    correlation: dict[str, Any]
    items: list[list[Any]] = field(default_factory=list)
    where: Any = None
    ids: Any = None
    texts: list[Any] = field(default_factory=list)
    encoded: bytes = b""

    def parts(self) -> list[Stretch]:
        """The stretch, or several that are not too long; none when it has no events."""
        if 0 < len(self.items) <= LONGEST:
            return [self]
        cut = range(0, len(self.items), LONGEST)
        return [replace(self, items=self.items[begin : begin + LONGEST]) for begin in cut]

    def row(self) -> list[Any]:
        """The values of the columns."""
        items = self.items
        kinds = " ".join(map(_KIND, items))
        text = (self.encoded or self.encode()).decode()
        return [*self.shared, items[0][1], items[-1][1], len(items), f" {kinds} ", text]

    def encode(self) -> bytes:
        """Everything but the ids, as JSON."""
        try:
            return orjson.dumps([self.correlation, *self.items])
        except (TypeError, ValueError):
            self.open()
            return as_json([self.correlation, *self.items])

    def open(self) -> None:
        """Make data of the payloads that are JSON already."""
        for item in self.items:
            if item[4].__class__ is _JSON:
                item[4] = orjson.loads(orjson.dumps(item[4]))


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
        self._ear = Ear(redactor, version)
        self._prefix, self._number = secrets.token_hex(8), count(1)

    def made(self, batch: Iterable[Waiting]) -> list[Stretch]:
        """The stretches of events with their times, without secrets."""
        # Of each session the stretch that grows: it ends when another run of the session tells something.
        growing: dict[Any, Stretch] = {}
        found: list[Stretch] = []
        prefix, tell = f"{self._prefix}-", self._ear.told
        second, clock = -1, ""
        self._ear.refresh()
        last: Any = None
        stretch: Any = None
        for (family, event, ids, own, seconds), number in zip(batch, self._number):  # noqa: B905 - numbers have no end
            try:
                if ids is None:
                    last = None
                    stretch, (name, model, payload, media) = self._seen(event, growing, found)
                else:
                    # What a run tells next comes with the same dictionary of ids, and often at once.
                    if ids is not last:
                        last = None  # in case of an error, of no stretch is known then whose it is
                        stretch = growing.get(ids["session_id"])
                        if stretch is None or stretch.ids is not ids:
                            stretch = self._grown(self._ear.where(family, event, ids), growing, found, ids)
                        last = ids
                    name, model, payload, media = tell(family, event, ids, own, stretch.texts)
            except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
                self._complain(event if family else getattr(event, "event", type(event).__name__), error)
                continue
            whole = int(seconds)
            if whole != second:  # the text down to the second is made once a second
                second, clock = whole, datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S.")
            happened = "%s%06d+00:00" % (clock, (seconds - whole) * 1e6)  # noqa: UP031 - a format makes it dearer
            stretch.items.append([f"{prefix}{number:x}", happened, name, model, payload, media])
        return self._without_secrets(found)

    def _seen(self, event: Any, growing: dict[Any, Stretch], found: list[Stretch]) -> tuple[Stretch, Told]:
        """The stretch of an event that was made, and what it told."""
        name, where, payload = taken(event)
        stretch = self._grown(where, growing, found)
        return stretch, self._ear.whole(name, payload, stretch.texts)

    def _grown(
        self, where: Where, growing: dict[Any, Stretch], found: list[Stretch], ids: dict[str, Any] | None = None
    ) -> Stretch:
        """The stretch that grows in a session when it is of the same run, else a new one."""
        session = where[1][0] if ids is None else ids["session_id"]
        stretch = growing.get(session)
        if stretch is None or stretch.where != where:
            stretch = growing[session] = self._begun(where, ids)
            found.append(stretch)
        return stretch

    def _begun(self, where: Where, told: Any) -> Stretch:
        ids = dict(zip(*where, strict=True))
        get = ids.get
        workflow_run = get("workflow_run_id")
        if workflow_run is None and get("workflow_id") and not get("agent_id"):
            workflow_run = get("run_id")
        whose = get("agent_id") or get("team_id") or get("workflow_id")
        shared = (self.runtime, get("session_id"), get("run_id"), get("parent_run_id"), workflow_run, whose)
        names = {name: ids[name] for name in NAMES if get(name)}
        texts = [*filter(None, shared), *names.values()]
        return Stretch(shared, names, where=where, ids=told, texts=texts)

    def _complain(self, name: str, error: Exception, events: int = 1) -> None:
        if not self.broken:
            log_warning(f"An event {name!r} cannot be recorded and is left out: {type(error).__name__}")
        self.broken += events

    def _without_secrets(self, found: list[Stretch]) -> list[Stretch]:
        """Encode every stretch once; look for traces of secrets in many of them at once, which seldom have any."""
        kept: list[Stretch] = []
        seen = size = 0
        for whole in found:
            for stretch in whole.parts():
                try:
                    stretch.encoded = stretch.encode()
                except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
                    self._complain(stretch.items[0][2], error, len(stretch.items))
                    continue
                kept.append(stretch)
                size += len(stretch.encoded)
            if size >= _LOOKED_AT:
                self._look(kept[seen:])
                seen, size = len(kept), 0
        self._look(kept[seen:])
        return kept

    def _look(self, some: list[Stretch]) -> None:
        """Take the secrets out of those stretches that have any."""
        redactor = self.redactor
        seen = joined(chain.from_iterable([stretch.texts for stretch in some]))
        if seen is None or redactor.traces(seen):
            for stretch in some:
                seen = joined(stretch.texts)
                if seen is None or redactor.traces(seen):
                    clean(stretch, redactor)


def joined(texts: Iterable[Any]) -> bytes | None:
    """Texts as one, each of them once; None when one of them is no text, or not what databases take."""
    try:
        text = "\n".join(set(texts)).encode()
    except (TypeError, UnicodeEncodeError):
        return None
    return None if _NUL in text else text


def clean(stretch: Stretch, redactor: Redactor) -> None:
    """Take the secrets out of a stretch, and of its ids what a database refuses."""
    stretch.shared = tuple([one if one is None else _fit(redactor.text(str(one))) for one in stretch.shared])
    stretch.correlation = redactor.data(stretch.correlation)
    stretch.open()
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
