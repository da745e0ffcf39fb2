"""What the runs of a document are: whose, called in which way, and what happened in them.

A listed difference belongs to circumstances. The project's own cases name theirs by fixture; a user's script has none,
so that a rule may also say what has to be so there (`when`), and that is looked up here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wherry.testing import RecordedRequest
from wherry.testing.dialects import dialect_of
from wherry_portal.parity.compare import ABSENT, value_at

if TYPE_CHECKING:
    from wherry_portal.parity.compare import Difference

_TELLING = frozenset({"event", "mode", "run_type", "session_type", "status", "step_type", "type"})
_SESSIONS = "sessions"
_TABLES = {"run_data": "agno_runs", "session_data": "agno_sessions"}
"""By which column a table is known that the user named."""


@dataclass(frozen=True, slots=True)
class Run:
    """One call of a script.

    Attributes:
        subject: `Agent`, `Team` or `Workflow`.
        way: `run`, `run stream`, `arun`, `arun stream`.
        seen: Events, statuses and kinds of steps in it, the method, the way, `ends STATUS`, `nested-team`,
            `nested-workflow`, `agent-of-workflow`, options that differ from their defaults (`store_media=False`),
            `with-parallel` where it has a `Parallel`, `was-a-part` of an agent or team in a team or workflow that ran
            before.
        texts: Every text in its output and events.
    """

    subject: str
    way: str
    seen: frozenset[str]
    texts: frozenset[str] = frozenset()

    def fits(self, when: Mapping[str, Any]) -> bool:
        """Whether it is what a rule asks for: each of the named sides, by any of the values given."""
        has = {"subject": {self.subject}, "way": {self.way}, "seen": self.seen}
        return all(has[name] & set(wanted) for name, wanted in when.items() if name in has)


class Circumstances:
    """The runs of a document in their order.

    Args:
        document: The reference's recording.
        found: What the other side has more or less, for rules about what stands elsewhere there.
    """

    def __init__(self, document: Mapping[str, Any], found: Iterable[Difference] = ()) -> None:
        self._document = document
        self._found = found

    def allow(self, when: Mapping[str, Any], path: tuple[str | int, ...], value: Any) -> bool:
        """Whether a place is where a rule holds.

        Args:
            when: `subject`, `way`, `seen`: values of which the run has one. The rest is about the value that one side
                has more: `value`: what it holds, by field; `moved`: the other side has its like elsewhere in the same
                list; `first`, `twice`: of the reference's list none, or more than one, holds the same in these fields;
                `stray`: the one before it there has no such field; `part-of`: a value of one of these names in the
                reference, or in a list of that name, holds the same in these fields. `of-run`: the last words of
                the request that the value is stand in such a run. `session`: a run of the session whose row it is has
                one of these statuses. `beside`: the other side alone has this field below the nearest field of that
                name. `anywhere`: the place may be in another run, as labels shift all that follow. `served`: a
                server in the script ran something; it holds for the whole script.
            path: The place; an output or an event belongs to its run, everything else to any of them.
            value: That value.
        """
        if not all(_field(value, name) in wanted for name, wanted in when.get("value", {}).items()):
            return False
        if "served" in when:
            return bool(self._document.get("served"))
        placed = path[0] in {"outputs", "events", "runs"} and "anywhere" not in when
        index = path[1] if len(path) > 1 and placed else None
        chosen = self._runs[index : index + 1] if isinstance(index, int) else self._runs
        fitting = [run for run in chosen if run.fits(when)]
        if not fitting or ("of-run" in when and not self._asked(fitting, value)):
            return False
        return self._stands(when, path, value) and self._counted(when, path)

    def _stands(self, when: Mapping[str, Any], path: tuple[str | int, ...], value: Any) -> bool:
        """Whether there is what a rule says of other places."""
        if when.get("moved") and not all(self._gone_and_come[side, path[:-1], _like(value)] for side in (True, False)):
            return False
        siblings = value_at(self._document, path[:-1])
        siblings = siblings if isinstance(siblings, list) else []
        if "first" in when and any(_same(one, value, when["first"]) for one in siblings):
            return False
        if "twice" in when and sum(_same(one, value, when["twice"]) for one in siblings) < 2:
            return False
        if "stray" in when and any(_field(one, when["stray"]) for one in siblings[: int(path[-1])][-1:]):
            return False
        parts = when.get("part-of", {})
        return not parts or any(
            _same(one, value, fields) for name, fields in parts.items() for one in _named(self._document, name)
        )

    def _asked(self, fitting: Iterable[Run], value: Any) -> bool:
        words = _last_words(value)
        return bool(words) and any(words in run.texts or words in self._stored(run) for run in fitting)

    def _stored(self, run: Run) -> frozenset[str]:
        """The texts of what is stored of a run that told its id."""
        return frozenset(
            text
            for row in _mappings(self._document.get(_SESSIONS))
            if row.get("run_id") in run.texts and "run_data" in row
            for text in _texts(row["run_data"])
        )

    def _counted(self, when: Mapping[str, Any], path: tuple[str | int, ...]) -> bool:
        """Whether a row's session, and what stands beside a number, are as a rule asks."""
        if "session" in when:
            name = _field(value_at(self._document, path[:4]), "session_id")
            known = (one for one in _mappings(self._document) if one.get("session_id") == name)
            if name is None or not any(one.get("status") in when["session"] for one in known):
                return False
        return all(self._added_below(path, name, below) for name, below in when.get("beside", {}).items())

    def _added_below(self, path: tuple[str | int, ...], name: str, below: Iterable[str]) -> bool:
        cut = max((k for k, part in enumerate(path) if str(part).endswith(name)), default=None)
        if cut is None:
            return False
        wanted = (*path[: cut + 1], *below)
        return any(one.agno is ABSENT and one.path == wanted for one in self._found)

    @cached_property
    def _runs(self) -> list[Run]:
        return list(_runs(self._document))

    @cached_property
    def _gone_and_come(self) -> Counter[Any]:
        """How many of a kind a list has more on the other side (True), and how many on the reference's (False)."""
        return Counter(
            (one.agno is ABSENT, one.path[:-1], _like(one.wherry if one.agno is ABSENT else one.agno))
            for one in self._found
            if one.agno is ABSENT or one.wherry is ABSENT
        )


def as_fixtures_say(path: tuple[str | int, ...], document: Mapping[str, Any]) -> tuple[str | int, ...]:
    """A place as the project's list names it: without the name of a script's database file, tables by their kind."""
    if len(path) < 3 or path[0] != _SESSIONS or not isinstance(path[2], str):
        return path
    rows = document[_SESSIONS].get(path[1], {}).get(path[2]) or [{}]
    columns = next((row for row in rows if isinstance(row, Mapping)), {})
    kind = next((name for column, name in _TABLES.items() if column in columns), path[2])
    return (_SESSIONS, kind, *path[3:])


def _runs(document: Mapping[str, Any]) -> Iterator[Run]:
    columns = [document.get(name) or [] for name in ("runs", "outputs", "events")]
    parts: set[str] = set()
    for call, output, events in zip(*columns, strict=False):
        seen = {call.get("method") or "", str(call.get("way")), *_told(output), *_told(events)}
        seen |= set(call.get("options") or ())
        if _field(_field(output, "stored"), "workflow_agent_run") or "WorkflowAgentStarted" in seen:
            seen.add("agent-of-workflow")
        seen |= {name for name, key in _NESTING.items() if _nested(output, key) or _nested(events, key)}
        seen.add(f"ends {_status(output)}")
        if call.get("name") in parts:
            seen.add("was-a-part")
        parts.update(call.get("parts") or ())
        texts = frozenset([*_texts(output), *_texts(events)])
        yield Run(str(call.get("kind")), str(call.get("way")), frozenset(seen), texts)


def _status(output: Any) -> Any:
    return output["stored"].get("status") if isinstance(output, Mapping) and "stored" in output else None


_NESTING = {"nested-team": "member_responses", "nested-workflow": "step_executor_runs"}


def _told(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name in _TELLING and isinstance(item, str):
                yield item
            yield from _told(item)
    elif isinstance(value, list):
        for item in value:
            yield from _told(item)


def _nested(value: Any, key: str, depth: int = 0) -> bool:
    """Whether runs of that kind are in runs of that kind."""
    if isinstance(value, list):
        return any(_nested(item, key, depth) for item in value)
    if not isinstance(value, Mapping):
        return False
    if value.get(key) and depth:
        return True
    return any(_nested(item, key, depth + (name == key)) for name, item in value.items())


def _last_words(request: Any) -> str:
    """What the last message of a request says."""
    if not isinstance(request, Mapping) or not isinstance(request.get("body"), Mapping):
        return ""
    path = str(request.get("path"))
    told = RecordedRequest(0, "POST", path, "", {}, dict(request["body"]), dialect_of(path)).turns
    return told[-1][1] if told else ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
    if isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _mappings(item)


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def _like(value: Any) -> str:
    """What an element of a list is: by its name or its kind, otherwise as a whole."""
    fields = ("step_name", "event", "role", "name") if isinstance(value, Mapping) else ()
    return next((f"{name} {value[name]}" for name in fields if isinstance(value.get(name), str)), repr(value))


def _same(one: Any, other: Any, fields: Iterable[str]) -> bool:
    """Whether two values hold the same in fields of which they have one."""
    held = [(_field(one, name), _field(other, name)) for name in fields]
    return all(a == b for a, b in held) and any(a is not None for a, _ in held)


def _named(value: Any, name: str) -> Iterator[Any]:
    """Values of a name, elements of lists of that name one by one."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == name:
                yield from _flat(item)
            yield from _named(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _named(item, name)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    else:
        yield value
