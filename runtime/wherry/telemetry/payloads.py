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
from wherry.core.metrics import TOKENS, ModelType
from wherry.telemetry.envelope import KNOWN, UNKNOWN, attachments_of
from wherry.telemetry.moment import Now, opened

if TYPE_CHECKING:
    from wherry.telemetry.redaction import Redactor

# What waits to be recorded, with its time: an event (no family before it, nothing after it), or what was heard of one:
# its family, its class, the ids of its run, and the fields that are its own.
Waiting: TypeAlias = tuple[Any, Any, Any, Any, float]
Where: TypeAlias = tuple[tuple[str, ...], tuple[Any, ...]]
# The name of an event, what follows its name in its item as JSON, and what of that may hold secrets as pieces of JSON.
Told: TypeAlias = tuple[str, str, bytes]

PLACED = (
    *("session_id", "run_id", "parent_run_id", "workflow_run_id", "agent_id"),
    *("agent_name", "team_id", "team_name", "workflow_id", "workflow_name"),
)
# Events that have nothing of their own but these say the same again and again.
_ABOUT = frozenset({"model", "model_provider"})
_MOST_SAME = 1000
_MEDIA = ("images", "videos", "audio", "files")
_NUMBERS = frozenset({int, float, bool})
_KINDS = frozenset(kind.value for kind in ModelType)
# Names of numbers, of which those that name tokens look like secrets at first.
_COUNTS = (*TOKENS, "time_to_first_token", "cost", "duration", "metrics", "details", "id", "provider", *_KINDS)


class Ear:
    """Makes JSON of what runs told.

    Args:
        redactor: Takes secrets out of what is made once; the rest is its caller's to clean.
        version: The runtime's version, kept with events of an unknown type.
    """

    def __init__(self, redactor: Redactor, version: str) -> None:
        self._redactor, self._version = redactor, version
        self._begin()

    def _begin(self) -> None:
        redactor = self._redactor
        self._changed = redactor.changed
        self._same: dict[Any, Told] = {}
        # What comes before the numbers of a request that ended, by family and model.
        self._requests: dict[Any, str] = {}
        self._countable = not any(redactor.is_secret_key(name) for name in (*_COUNTS, *_ABOUT, "nested_depth"))

    def refresh(self) -> None:
        """Forget what was clean by what the redactor knew earlier."""
        if self._changed != self._redactor.changed:
            self._begin()

    def told(self, family: Any, kind: str, ids: dict[str, Any], own: dict[str, Any]) -> Told:
        """An event that was heard of."""
        if kind == "ModelRequestCompletedEvent":
            text = self._request(family, own) if self._countable and "step_id" not in ids else None
            if text is not None:
                return _class(family, kind)[0], text, b""
        elif len(own) <= len(_ABOUT) and own.keys() <= _ABOUT and "step_id" not in ids:
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
        return self.written(name, payload)

    def written(self, name: str, payload: dict[str, Any]) -> Told:
        """An event with a payload."""
        media: list[dict[str, Any]] = []
        if not payload.keys().isdisjoint(_MEDIA):
            media = attachments_of(payload)
        if name not in KNOWN:
            payload = {"original_event": name, "runtime_version": self._version, **payload}
            name = UNKNOWN
        item = [name, payload.get("model"), payload, media]
        try:
            text = orjson.dumps(item)
        except (TypeError, ValueError):
            item[2] = {key: data_of(value) for key, value in payload.items()}
            text = as_json(item)
            return name, text[1:-1].decode(), text
        metrics = payload.get("metrics")
        if metrics.__class__ is dict and self._countable:
            rest = unnumbered(metrics)
            if rest is not metrics:
                item[2] = payload | {"metrics": rest}
                return name, text[1:-1].decode(), orjson.dumps(item)
        return name, text[1:-1].decode(), text

    def where(self, family: Any, kind: str, ids: dict[str, Any]) -> Where:
        """Where it belongs: names and values of its ids, the session first."""
        names = _class(family, kind)[1]
        return names, tuple(map(ids.get, names))

    def _once(self, family: Any, kind: str, own: dict[str, Any]) -> Told:
        name, payload = heard(family, kind, {}, own)
        found = name, self._clean(name, payload), b""
        if len(self._same) < _MOST_SAME:
            self._same[family, kind, *own.items()] = found
        return found

    def _clean(self, name: str, payload: dict[str, Any]) -> str:
        data = self._redactor.data
        return as_json([name, data(payload.get("model")), data(payload), []])[1:-1].decode()

    def _request(self, family: Any, own: dict[str, Any]) -> str | None:
        """A request that ended, whose model is known to be no secret, and which has nothing else but numbers."""
        model, provider = own["model"], own["model_provider"]
        if model.__class__ is not str or provider.__class__ is not str:
            return None
        begun = self._requests.get((family, model, provider))
        if begun is None:
            name, payload = heard(
                family, "ModelRequestCompletedEvent", {}, {"model": model, "model_provider": provider}
            )
            kept = self._redactor.data(payload)
            if kept != payload or self._redactor.text(model) != model or list(kept)[-2:] != ["model", "model_provider"]:
                return None
            del kept["model"], kept["model_provider"]
            head = as_json([name, model]).decode()[1:-1]
            begun = f"{head},{as_json(kept).decode()[:-1]}{',' if kept else ''}"
            if len(self._requests) < _MOST_SAME:
                self._requests[family, model, provider] = begun
        try:
            text = orjson.dumps(own).decode()
            if "null" in text:
                own = {name: value for name, value in own.items() if value is not None}
                text = orjson.dumps(own).decode()
        except (TypeError, ValueError):
            return None
        if text.count('"') != 2 * len(own) + 4:  # two for each key, and for the two texts: no number is a text
            return None
        return f"{begun}{text[1:]},[]"


def data_of(value: Any) -> Any:
    """What was encoded already as data again."""
    return orjson.loads(orjson.dumps(value)) if value.__class__ is orjson.Fragment else value


def unnumbered(metrics: dict[str, Any]) -> Any:
    """What metrics say besides known numbers: names of models. All of them when something else is there."""
    found = []
    for name, value in metrics.items():
        if value.__class__ in _NUMBERS:
            continue
        if name != "details" or value.__class__ is not dict or not value.keys() <= _KINDS:
            return metrics
        for entries in value.values():
            for entry in entries:
                if "provider_metrics" in entry:
                    return metrics
                found += [one for one in entry.values() if one.__class__ not in _NUMBERS]
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
            elif value.__class__ is Now:
                payload[key] = value.encoded
            else:
                payload[key] = STORE.get(key, plain)(value)
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
