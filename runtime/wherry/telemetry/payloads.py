"""What runs told, as names, places and payloads: this is most of what recording costs, so it is done the cheap way.

A run that shows its events to nobody makes none: it tells which it would be, and their own fields. Some of them say
the same in every run of an agent; their payload is made, cleaned of secrets and encoded once.
"""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from wherry.core.events.events import PLACES
from wherry.core.events.plain_json import as_json
from wherry.core.events.storing import ATOMS, STORE, field_names, is_model, plain
from wherry.telemetry.moment import Now, opened

if TYPE_CHECKING:
    from wherry.telemetry.redaction import Redactor

# What waits to be recorded, with its time: an event (no family before it, nothing after it), or what was heard of one:
# its family, its class, the ids of its run, and the fields that are its own.
Waiting: TypeAlias = tuple[Any, Any, Any, Any, float]
Where: TypeAlias = tuple[tuple[str, ...], tuple[Any, ...]]
Told: TypeAlias = tuple[str, Any, Any]

PLACED = (
    *("session_id", "run_id", "parent_run_id", "workflow_run_id", "agent_id"),
    *("agent_name", "team_id", "team_name", "workflow_id", "workflow_name"),
)
# Events that have nothing of their own but these say the same again and again.
_ABOUT = frozenset({"model", "model_provider"})
_MOST_SAME = 1000


class Ear:
    """Makes payloads of what runs told.

    Args:
        redactor: Takes secrets out of the payloads that are made once; the others are its caller's to clean.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._same: dict[Any, Told] = {}
        self._changed = redactor.changed

    def told(self, family: Any, kind: str, ids: dict[str, Any], own: dict[str, Any]) -> Told:
        """Name, model and payload of an event; a payload that is JSON already has no secrets."""
        if own.keys() <= _ABOUT and "step_id" not in ids:
            try:
                same = self._same.get((family, kind, *own.items()))
            except TypeError:  # a model's id that is a list, say
                same = None
            if same is not None:
                return same
            if all(value is None or value.__class__ is str for value in own.values()):  # 1 and True would be equal
                return self._once(family, kind, own)
        content = own.get("content")
        if content.__class__ not in ATOMS and is_model(content):
            name, _, payload = taken(getattr(family, kind)(**ids, **own))
        else:
            name, payload = heard(family, kind, ids, own)
        return name, payload.get("model"), payload

    def where(self, family: Any, kind: str, ids: dict[str, Any]) -> Where:
        """Where it belongs: names and values of its ids, the session first."""
        names = _class(family, kind)[1]
        return names, tuple(map(ids.get, names))

    def refresh(self) -> None:
        """Forget payloads that were clean by what the redactor knew earlier."""
        if self._changed != self._redactor.changed:
            self._changed, self._same = self._redactor.changed, {}

    def _once(self, family: Any, kind: str, own: dict[str, Any]) -> Told:
        name, payload = heard(family, kind, {}, own)
        payload = self._redactor.data(payload)
        found = name, payload.get("model"), orjson.Fragment(as_json(payload))
        if len(self._same) < _MOST_SAME:
            self._same[family, kind, *own.items()] = found
        return found


def heard(family: Any, kind: str, ids: dict[str, Any], own: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name and the payload that the event would have."""
    name, _, given = _class(family, kind)
    payload = given.copy()
    if "step_id" in ids:
        payload |= {key: ids[key] for key in ("step_id", "step_name") if ids[key] is not None}
    for key, value in own.items():
        if value is not None:
            if value.__class__ in ATOMS:
                payload[key] = value
            else:
                payload[key] = value.to_dict() if value.__class__ is Now else STORE.get(key, plain)(value)
        elif key in payload:
            del payload[key]
    return name, payload


@cache
def _class(family: Any, kind: str) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """The name of a class's events, the names of their ids, and what they say when nothing is given."""
    made = getattr(family, kind)
    empty = made()
    return empty.event, _places(made)[0], empty.without_places()


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
