"""Stretches: what telemetry stores. The events that one run told one after the other are one row.

What they share (session, run, agent, names) is written once, and the indexes are paid for once a stretch, not once an
event. Made here from events, the cheap way, and from envelopes; taken apart here when they are read.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from wherry.core.events.plain_json import as_json
from wherry.core.exact_json import loads_exact
from wherry.core.log import log_warning
from wherry.telemetry.payloads import Ear, taken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.telemetry.envelope import Envelope
    from wherry.telemetry.payloads import Waiting
    from wherry.telemetry.redaction import Redactor

# What all events of a stretch have in common: columns, then what is kept as their correlation.
SHARED = ("runtime", "session_id", "run_id", "parent_run_id", "workflow_run_id", "agent_id")
NAMES = ("agent_name", "team_id", "team_name", "workflow_id", "workflow_name")
# An event inside a stretch is a list of these.
ITEM = ("event_id", "timestamp", "event_type", "provider_id", "payload", "attachments")
COLUMNS = (*SHARED, "first_at", "last_at", "events", "kinds", "body")
LONGEST = 500
_MOST_NAMES = 1000
_TEXT_OR_NONE = frozenset({str, type(None)})
# A zero character in what orjson wrote; databases refuse it in a column.
_NUL = b"\\u0000"


@dataclass(slots=True)
class Stretch:
    """Consecutive events of one run.

    Attributes:
        shared: Values of `SHARED`.
        correlation: Further ids and names, as JSON.
        first, last: When the first and the last event happened.
        kinds: The names of the events.
        items: The events, each as JSON of the values of `ITEM`.
        seen: What of all that may hold secrets, as pieces of JSON.
        odd: Some of it is not as databases take it.
        where: What the next event must have in common with these, as it comes from events.
        ids: The run's own dictionary of them, by which its next event is known, when it made no events.
    """

    shared: tuple[Any, ...]
    correlation: str
    first: str = ""
    last: str = ""
    kinds: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)
    odd: bool = False
    where: Any = None
    ids: Any = None

    def row(self) -> list[Any]:
        """The values of the columns."""
        kinds = self.kinds
        return [*self.shared, self.first, self.last, len(kinds), f" {' '.join(kinds)} ", self.body()]

    def body(self) -> str:
        """Everything but the ids, as JSON."""
        return f"[{self.correlation},{','.join(self.items)}]"


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
        self.redactor, self.runtime = redactor, runtime
        self.broken = 0
        self._ear = Ear(redactor, version)
        self._prefix, self._number = secrets.token_hex(8), 0
        self._correlations: dict[Any, str] = {}

    def made(self, batch: Iterable[Waiting]) -> list[Stretch]:
        """The stretches of events with their times, without secrets."""
        # Of each session the stretch that grows: it ends when another run of the session tells something.
        growing: dict[Any, Stretch] = {}
        found: list[Stretch] = []
        number, prefix, ear = self._number, self._prefix, self._ear
        second, clock = -1, ""
        ear.refresh()
        told = ear.told
        for family, event, ids, own, seconds in batch:
            try:
                if family is None:
                    name, where, payload = taken(event)
                    session = where[1][0]
                    name, rest, seen = ear.written(name, payload)
                else:
                    session, where = ids["session_id"], None
                    name, rest, seen = told(family, event, ids, own)
                stretch = growing.get(session)
            except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
                self._complain(event if family else getattr(event, "event", type(event).__name__), error)
                continue
            whole = int(seconds)
            if whole != second:  # the text down to the second is made once a second
                second, clock = whole, datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            happened = f"{clock}.{int((seconds - whole) * 1e6):06d}+00:00"
            # What a run tells next comes with the same dictionary of ids.
            if stretch is None or ids is None or stretch.ids is not ids or len(stretch.kinds) >= LONGEST:
                where = where or ear.where(family, event, ids)
                if stretch is None or stretch.where != where or len(stretch.kinds) >= LONGEST:
                    stretch = growing[session] = self._begun(where, ids, happened)
                    found.append(stretch)
            number += 1
            stretch.kinds.append(name)
            stretch.items.append(f'["{prefix}-{number:x}","{happened}",{rest}]')
            stretch.last = happened
            if seen:
                stretch.seen.append(seen)
        self._number = number
        return self._without_secrets(found)

    def _begun(self, where: tuple[tuple[str, ...], tuple[Any, ...]], told: Any, happened: str) -> Stretch:
        get = dict(zip(*where, strict=True)).get
        run, workflow_run, agent = get("run_id"), get("workflow_run_id"), get("agent_id")
        names = tuple(map(get, NAMES))
        if not agent:
            agent = names[1] or names[3]
            if workflow_run is None and names[3]:
                workflow_run = run
        shared = (self.runtime, get("session_id"), run, get("parent_run_id"), workflow_run, agent)
        made = Stretch(shared, self._correlation(names), happened, happened, [], [], [], False, where, told)
        try:
            seen = orjson.dumps("\n".join(filter(None, (*shared, *names))))
            made.seen.append(seen)
            made.odd = _NUL in seen
        except TypeError:  # no text, or half characters
            made.odd = True
        return made

    def _correlation(self, names: tuple[Any, ...]) -> str:
        """Names as JSON; the same few come with every run."""
        if not _TEXT_OR_NONE.issuperset(map(type, names)):
            return as_json({name: value for name, value in zip(NAMES, names, strict=True) if value}).decode()
        found = self._correlations.get(names)
        if found is None:
            found = as_json({name: value for name, value in zip(NAMES, names, strict=True) if value}).decode()
            if len(self._correlations) < _MOST_NAMES:
                self._correlations[names] = found
        return found

    def _complain(self, name: str, error: Exception) -> None:
        if not self.broken:
            log_warning(f"An event {name!r} cannot be recorded and is left out: {type(error).__name__}")
        self.broken += 1

    def _without_secrets(self, found: list[Stretch]) -> list[Stretch]:
        """Look for traces of secrets in all stretches at once, which seldom have any; then in each, and clean it."""
        redactor = self.redactor
        pieces = [b"\n".join(stretch.seen) for stretch in found]
        anywhere = redactor.hinted(b"\n".join(pieces))
        for stretch, piece in zip(found, pieces, strict=True):
            if stretch.odd or (anywhere and redactor.doubted(piece)):
                clean(stretch, redactor)
        return found


def clean(stretch: Stretch, redactor: Redactor) -> None:
    """Take the secrets out of a stretch, and of its ids what a database refuses."""
    stretch.shared = tuple([one if one is None else _fit(redactor.text(str(one))) for one in stretch.shared])
    stretch.correlation = as_json(redactor.data(loads_exact(stretch.correlation))).decode()
    for number, item in enumerate(stretch.items):
        values = loads_exact(item)
        values[3:] = [redactor.data(part) for part in values[3:]]
        stretch.items[number] = as_json(values).decode()


def _fit(text: str) -> str:
    return text.replace("\0", "�").encode("utf-8", "replace").decode()


def of_envelopes(envelopes: Iterable[Envelope]) -> list[Stretch]:
    """Envelopes as stretches; consecutive ones of one run share a row."""
    found: list[Stretch] = []
    for one in envelopes:
        shared = tuple([getattr(one, name) for name in SHARED])
        correlation = as_json(one.correlation).decode()
        last = found[-1] if found else None
        if last is None or (last.shared, last.correlation) != (shared, correlation) or len(last.kinds) >= LONGEST:
            last = Stretch(shared, correlation, one.timestamp)
            found.append(last)
        last.kinds.append(one.event_type)
        last.items.append(as_json([getattr(one, name) for name in ITEM]).decode())
        last.last = one.timestamp
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
