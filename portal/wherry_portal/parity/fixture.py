"""Parity fixtures as typed data: reading, checking beyond the schema, and unfolding cases into single runs.

The shape is `contracts/fixture.schema.json`, described for authors in `fixtures/README.md`. What the fields mean when
they are built and run is in `recipe` and `turns`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wherry.testing import ScriptError
from wherry.testing.script import Reply
from wherry_portal.sources import Complaint, Source, SourceError, read

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = "fixture.schema.json"
WAYS = ("run", "stream", "events", "arun", "astream", "aevents")
DEFAULT_WAYS = ("run", "events", "arun", "aevents")

_BODY = (
    "workflow_template",
    "user_inputs",
    "model_responses",
    "tool_responses",
    "expected_assertions",
    "ways",
    "unordered",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One variation of a fixture, with everything merged in.

    Attributes:
        fixture_id: The fixture it belongs to.
        id: Its own name, unique in the fixture.
        recipe: The merged fields: workflow_template, user_inputs, model_responses, tool_responses.
        ways: How it is run: of `WAYS`.
        assertions: What has to come out.
        unordered: Channels whose order is not compared.
    """

    fixture_id: str
    id: str
    recipe: Mapping[str, Any]
    ways: tuple[str, ...]
    assertions: tuple[Mapping[str, Any], ...]
    unordered: frozenset[str]

    @property
    def key(self) -> str:
        """`fixture/case`, the name used on command lines and in results."""
        return f"{self.fixture_id}/{self.id}"


@dataclass(frozen=True, slots=True)
class Fixture:
    """A fixture file.

    Attributes:
        id: Its `fixture_id`.
        path: The file.
        description: What it is about.
        quick: Whether it is part of the quick check.
        features: Rows of the support matrix it is evidence for.
        cases: At least one; a fixture without cases is its own case, named `main`.
    """

    id: str
    path: Path
    description: str
    quick: bool
    features: tuple[str, ...]
    cases: tuple[Case, ...]


def read_fixture(path: Path) -> Fixture:
    """Read and check one fixture.

    Raises:
        SourceError: With every fault as file, line and field.
    """
    source = read(path, SCHEMA, rules=(_case_names, _case_parts, _replies, _turns))
    data = source.data
    variations = data.get("cases") or [{"id": "main"}]
    return Fixture(
        id=data["fixture_id"],
        path=path,
        description=data["description"],
        quick=data.get("quick", False),
        features=tuple(data.get("features", ())),
        cases=tuple(_case(data, variation) for variation in variations),
    )


def read_fixtures(paths: Iterable[Path]) -> list[Fixture]:
    """Read fixtures from files and folders (all YAML and JSON below), in order of path.

    Raises:
        SourceError: When a file has a fault, or two files carry the same `fixture_id`.
    """
    fixtures: dict[str, Fixture] = {}
    complaints: list[Complaint] = []
    for path in fixture_files(paths):
        try:
            fixture = read_fixture(path)
        except SourceError as error:
            complaints.extend(error.complaints)
            continue
        if fixture.id in fixtures:
            other = fixtures[fixture.id].path
            complaints.append(Complaint(str(path), 1, "fixture_id", f"{fixture.id!r} is taken by {other}"))
        fixtures[fixture.id] = fixture
    if complaints:
        raise SourceError(complaints, hint=f"The fields are described in contracts/{SCHEMA} and fixtures/README.md.")
    return list(fixtures.values())


def merged(base: Any, change: Any) -> Any:
    """A mapping merged into another, key by key; anything else replaces what was there."""
    if not (isinstance(base, Mapping) and isinstance(change, Mapping)):
        return change
    return {**base, **{key: merged(base.get(key), value) for key, value in change.items()}}


def fixture_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files of fixtures that files and folders stand for; none of them is read."""
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix in {".yaml", ".yml", ".json"})
        else:
            yield path


def _case(data: Mapping[str, Any], variation: Mapping[str, Any]) -> Case:
    body = {
        key: merged(data[key], variation[key])
        if key in data and key in variation
        else variation.get(key, data.get(key))
        for key in _BODY
    }
    return Case(
        fixture_id=data["fixture_id"],
        id=variation["id"],
        recipe={
            "workflow_template": body["workflow_template"],
            "user_inputs": body["user_inputs"],
            "model_responses": body["model_responses"] or [],
            "tool_responses": body["tool_responses"] or {},
        },
        ways=tuple(body["ways"] or DEFAULT_WAYS),
        assertions=tuple(body["expected_assertions"] or ()),
        unordered=frozenset(body["unordered"] or ()),
    )


def _case_names(source: Source) -> Iterator[Complaint]:
    seen: dict[str, int] = {}
    for position, case in enumerate(source.data.get("cases") or ()):
        if case["id"] in seen:
            yield source.complain(("cases", position, "id"), f"{case['id']!r} is already cases[{seen[case['id']]}]")
        seen.setdefault(case["id"], position)


def _case_parts(source: Source) -> Iterator[Complaint]:
    for position, case in enumerate(source.data.get("cases") or [{}]):
        if "user_inputs" not in case and "user_inputs" not in source.data:
            path = ("cases", position, "user_inputs") if source.data.get("cases") else ("user_inputs",)
            yield source.complain(path, "is missing: neither the fixture nor the case says what the user says")


def _replies(source: Source) -> Iterator[Complaint]:
    """Replies are read as the server will read them, so that a fault has its line here and not in a child process."""
    for path, replies in _parts(source, "model_responses"):
        for position, reply in enumerate(replies):
            try:
                Reply.read(reply, "reply")
            except ScriptError as error:
                yield source.complain((*path, position), f"{error.field.removeprefix('reply.')}: {error.problem}")


def _turns(source: Source) -> Iterator[Complaint]:
    for path, turns in _parts(source, "user_inputs"):
        for position, turn in enumerate(turns):
            if "timestamp" in turn and "role" not in turn:
                yield source.complain((*path, position, "timestamp"), "needs `role`: only a message carries a time")
            if "continue" in turn and position == 0:
                yield source.complain((*path, position, "continue"), "is the first turn: there is no run to continue")


def _parts(source: Source, name: str) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if name in source.data:
        yield (name,), source.data[name]
    for position, case in enumerate(source.data.get("cases") or ()):
        if name in case:
            yield ("cases", position, name), case[name]
