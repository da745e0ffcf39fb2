"""What runs told, as names, places and payloads: this is most of what recording costs, so it is done the cheap way.

A run that shows its events to nobody makes none: it tells which it would be, and their own fields. Some of them say
the same in every run of an agent; their payload is made, cleaned of secrets and encoded once. Of the others the texts
are collected while the payload is made, so that no value is looked at twice. Called by `stretches`.
"""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from wherry.core.events.events import PLACES
from wherry.core.events.model_response import ToolExecution
from wherry.core.events.plain_json import as_json
from wherry.core.events.storing import ATOMS, STORE, field_names, is_model, plain
from wherry.core.metrics import RunMetrics
from wherry.telemetry.envelope import KNOWN, UNKNOWN, attachments_of
from wherry.telemetry.moment import Now, opened

if TYPE_CHECKING:
    from wherry.telemetry.redaction import Redactor

# What waits to be recorded, with its time: an event (no family before it, nothing after it), or what was heard of one:
# its family, its class, the ids of its run, and the fields that are its own.
Waiting: TypeAlias = tuple[Any, Any, Any, Any, float]
Where: TypeAlias = tuple[tuple[str, ...], tuple[Any, ...]]
# Name, model, payload and attachments.
Told: TypeAlias = tuple[str, Any, Any, list[Any]]
# Texts in which secrets are looked for; None among them for data that only `Redactor.data` can judge.
Texts: TypeAlias = list[Any]

PLACED = (
    *("session_id", "run_id", "parent_run_id", "workflow_run_id", "agent_id"),
    *("agent_name", "team_id", "team_name", "workflow_id", "workflow_name"),
)
# Events that have nothing of their own but these say the same again and again; they are those of every run.
_ABOUT = frozenset({"model", "model_provider"})
_SAME = frozenset({"RunStartedEvent", "ModelRequestStartedEvent", "RunContentCompletedEvent"})
# What events have under these names is its own dictionary.
_MADE = {"tool": ToolExecution, "metrics": RunMetrics}
_MOST_SAME = 1000
_MEDIA = frozenset({"images", "videos", "audio", "files"})
_PLAIN = frozenset({int, float, bool})
_NONE: list[Any] = []


class Ear:
    """Makes payloads of what runs told.

    Args:
        redactor: Takes secrets out of the payloads that are made once; the others are its caller's to clean.
        version: The runtime's version, kept with events of an unknown type.
    """

    def __init__(self, redactor: Redactor, version: str = "") -> None:
        self._redactor, self._version = redactor, version
        self._same: dict[Any, Told] = {}
        self._changed = redactor.changed

    def told(self, family: Any, kind: str, ids: dict[str, Any], own: dict[str, Any], texts: Texts) -> Told:
        """Name, model, payload and attachments of an event; a payload that is JSON already has no secrets.

        The name is one that is known: what a user's code calls an event is made, and comes to `whole`.

        Args:
            family: Where the event's class is.
            kind: Name of the class.
            ids: Of its run.
            own: Its own fields.
            texts: Takes the texts of a payload that is no JSON yet.
        """
        if kind in _SAME and "step_id" not in ids:
            try:
                same = self._same.get((family, kind, *own, *own.values()))
            except TypeError:  # a model's id that is a list, say
                same = None
            if same is not None:
                return same
            # 1 and True would be equal
            if own.keys() <= _ABOUT and all(value is None or value.__class__ is str for value in own.values()):
                return self._once(family, kind, own)
        content = own.get("content")
        if content.__class__ not in ATOMS and is_model(content):
            name, _, payload = taken(getattr(family, kind)(**ids, **own))
            return self.whole(name, payload, texts)
        return self._heard(family, kind, ids, own, texts)

    def whole(self, name: str, payload: dict[str, Any], texts: Texts) -> Told:
        """The same of a payload that is there already."""
        model, media = payload.get("model"), _NONE
        if not payload.keys().isdisjoint(_MEDIA):
            media = attachments_of(payload)
        if name not in KNOWN:
            payload = {"original_event": name, "runtime_version": self._version, **payload}
            name = UNKNOWN
        for part in (payload, media):
            if not self._redactor.read(part, texts):
                texts.append(None)
        return name, model, payload, media

    def _heard(self, family: Any, kind: str, ids: dict[str, Any], own: dict[str, Any], texts: Texts) -> Told:
        """What `whole` would say of the event, without one: each field's texts are collected when the field is set."""
        name, _, given, said = _class(family, kind)
        texts += said
        payload, media = given.copy(), _NONE
        if "step_id" in ids:
            steps = _step(ids)
            payload |= steps
            texts += steps.values()
        self._fill(payload, own, texts)
        if not payload.keys().isdisjoint(_MEDIA):
            media = attachments_of(payload)
            if not self._redactor.read(media, texts):
                texts.append(None)
        if not self._redactor.harmless(payload):
            texts.append(None)
        return name, payload.get("model"), payload, media

    def _fill(self, payload: dict[str, Any], own: dict[str, Any], texts: Texts) -> None:
        """Set fields of any kind, as data; media are read as references only, by the caller."""
        read = self._redactor.read
        for key, value in own.items():
            if value is None:
                payload.pop(key, None)
                continue
            form = type(value)
            if form is str:
                payload[key] = value
                texts.append(value)
            elif form in _PLAIN:
                payload[key] = value
            else:
                known = form is _MADE.get(key) or form is Now
                payload[key] = data = value.to_dict() if known else STORE.get(key, plain)(value)
                if key not in _MEDIA and not read(data, texts):
                    texts.append(None)

    def where(self, family: Any, kind: str, ids: dict[str, Any]) -> Where:
        """Where it belongs: names and values of its ids, the session first."""
        names = _class(family, kind)[1]
        return names, tuple(map(ids.get, names))

    def refresh(self) -> None:
        """Forget payloads that were clean by what the redactor knew earlier."""
        if self._changed != self._redactor.changed:
            self._changed, self._same = self._redactor.changed, {}

    def _once(self, family: Any, kind: str, own: dict[str, Any]) -> Told:
        name, _, given, _ = _class(family, kind)
        said = {key: value for key, value in own.items() if value is not None}
        payload = self._redactor.data({**given, **said})
        found = name, payload.get("model"), orjson.Fragment(as_json(payload)), _NONE
        if len(self._same) < _MOST_SAME:
            self._same[(family, kind, *own, *own.values())] = found
        return found


def _step(ids: dict[str, Any]) -> dict[str, Any]:
    return {key: ids[key] for key in ("step_id", "step_name") if ids[key] is not None}


@cache
def _class(family: Any, kind: str) -> tuple[str, tuple[str, ...], dict[str, Any], list[Any]]:
    """A class's name of events, the names of their ids, what they say when nothing is given, and what of it is text.

    What of that is neither text nor a number counts as text, for no text is what is looked at then.
    """
    made = getattr(family, kind)
    empty = made()
    given = empty.without_places()
    texts = [value for value in given.values() if value is not None and type(value) not in _PLAIN]
    return empty.event, _places(made)[0], given, texts


def taken(event: Any) -> tuple[str, Where, dict[str, Any]]:
    """An event's name, where it belongs (names and values of its ids, the session first), and what is its own."""
    kind: Any = type(event)
    if hasattr(kind, "without_places"):
        names, values = _places(kind)
        return event.event, (names, values(event)), opened(event.without_places())
    data = event.to_dict() if hasattr(event, "to_dict") else event
    ids = tuple([data.get(name) for name in PLACED])
    return str(data.get("event", "")), (PLACED, ids), opened({key: data[key] for key in data if key not in PLACES})


@cache
def _places(kind: Any) -> tuple[tuple[str, ...], Any]:
    known = field_names(kind)
    names = tuple(name for name in PLACED if name in known)
    return names, attrgetter(*names)
