"""What the runs of a document are: whose, called in which way, and what happened in them.

A listed difference belongs to circumstances. The project's own cases name theirs by fixture; a user's script has none,
so that a rule may also say what has to be so there (`when`), and that is looked up here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

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
        seen: Events, statuses and kinds of steps in it, the method, `ends STATUS`, `after a SUBJECT`, `nested-team`,
            `nested-workflow`.
    """

    subject: str
    way: str
    seen: frozenset[str]

    def fits(self, when: Mapping[str, Any]) -> bool:
        """Whether it is what a rule asks for: each of the named sides, by any of the values given."""
        has = {"subject": {self.subject}, "way": {self.way}, "seen": self.seen}
        return all(has[name] & set(wanted) for name, wanted in when.items() if name in has)


class Circumstances:
    """The runs of a document in their order."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._runs: list[Run] | None = None

    def allow(self, when: Mapping[str, Any], path: tuple[str | int, ...], value: Any) -> bool:
        """Whether a place is where a rule holds.

        Args:
            when: `subject`, `way`, `seen`: values of which the run has one; `value`: what the value that one side has
                more holds, by field.
            path: The place; an output or an event belongs to its run, everything else to any of them.
            value: That value.
        """
        if not all(_field(value, name) in wanted for name, wanted in when.get("value", {}).items()):
            return False
        if self._runs is None:
            self._runs = list(_runs(self._document))
        of_one = len(path) > 1 and path[0] in {"outputs", "events", "runs"} and isinstance(path[1], int)
        chosen = self._runs[path[1] : path[1] + 1] if of_one else self._runs  # type: ignore[index, operator]
        return any(run.fits(when) for run in chosen)


def as_fixtures_say(path: tuple[str | int, ...], document: Mapping[str, Any]) -> tuple[str | int, ...]:
    """A place as the project's list names it: without the name of a script's database file, tables by their kind."""
    if len(path) < 3 or path[0] != _SESSIONS or "." not in str(path[1]):
        return path
    rows = document[_SESSIONS].get(path[1], {}).get(path[2]) or [{}]
    columns = next((row for row in rows if isinstance(row, Mapping)), {})
    kind = next((name for column, name in _TABLES.items() if column in columns), path[2])
    return (_SESSIONS, kind, *path[3:])


def _runs(document: Mapping[str, Any]) -> Iterator[Run]:
    columns = [document.get(name) or [] for name in ("runs", "outputs", "events")]
    before: set[str] = set()
    for call, output, events in zip(*columns, strict=False):
        seen = {call.get("method") or "", *_told(output), *_told(events)}
        seen |= {name for name, key in _NESTING.items() if _nested(output, key) or _nested(events, key)}
        seen |= {f"ends {_status(output)}", *before}
        before.add(f"after a {call.get('kind')}")
        yield Run(str(call.get("kind")), str(call.get("way")), frozenset(seen))


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


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None
