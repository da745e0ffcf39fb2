"""The files of ``results/`` as typed data. Shapes are those of ``contracts/results-*.schema.json``.

A file that is not there is None; a file that breaks its schema is a problem by name and counts as not there. Judging
what the data proves is in `resolve`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from wherry_portal.evidence.stamp import parse_time
from wherry_portal.sources import Complaint, Source, SourceError, check, load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

FILES = {
    "tests": "tests.json",
    "parity": "parity_results.json",
    "notebooks": "notebooks.json",
    "bench": "bench.json",
    "alike": "alike.json",
    "against": "bench-against.json",
    "cookbook": "cookbook.json",
    "coverage": "coverage.json",
    "growth": "growth.json",
    "stream": "stream.json",
    "support": "support.json",
}
_BODIES = {
    "tests": "tests",
    "parity": "fixtures",
    "notebooks": "notebooks",
    "bench": "scenarios",
    "cookbook": "examples",
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """When, of which code and on which versions something ran."""

    date: datetime
    commit: str
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that ran: a test, a notebook, a fixture, a scenario.

    Attributes:
        outcome: As the file says it; for a scenario empty, its ratios say more.
        stamp: Its own where it has one, else the file's.
        data: The whole entry, as in the file.
    """

    outcome: str
    stamp: Stamp
    data: Mapping[str, Any]


@dataclass(frozen=True)
class ResultFile:
    """One file of results.

    Attributes:
        path: Where it is.
        stamp: Its head.
        dirty: Whether the work tree differed from the commit.
        data: The whole file.
        entries: Its entries by name; empty for coverage and support.
    """

    path: Path
    stamp: Stamp
    dirty: bool
    data: Mapping[str, Any]
    entries: Mapping[str, Entry]

    @cached_property
    def names(self) -> list[str]:
        """Names of the entries, in order."""
        return sorted(self.entries)


@dataclass(frozen=True, slots=True)
class Results:
    """Everything in a folder of results.

    Attributes:
        folder: The folder.
        files: By short name (see `FILES`), those that are there and sound.
        problems: By short name, why a file cannot be used.
    """

    folder: Path
    files: Mapping[str, ResultFile]
    problems: Mapping[str, SourceError] = field(default_factory=dict)

    def get(self, name: str) -> ResultFile | None:
        """The file with that short name, or None."""
        return self.files.get(name)


def load_results(folder: Path) -> Results:
    """Read what is there; never raises for the state of the folder."""
    files: dict[str, ResultFile] = {}
    problems: dict[str, SourceError] = {}
    for name, file in FILES.items():
        path = folder / file
        if not path.exists():
            continue
        try:
            files[name] = load_file(path, name)
        except SourceError as error:
            problems[name] = error
    return Results(folder, files, problems)


def load_file(path: Path, name: str) -> ResultFile:
    """Read and check one results file.

    Args:
        path: The file.
        name: What it holds: one of `FILES`.

    Raises:
        SourceError: It cannot be read or breaks its schema.
    """
    try:
        data = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise SourceError([Complaint(str(path), getattr(error, "lineno", 1), "", f"cannot be read: {error}")]) from None
    schema = f"results-{name}.schema.json"
    if check(Source(str(path), data, {}, ""), schema):
        raise SourceError(check(load(path), schema), hint="Results are written by runs: make the file again.")
    stamp = _stamp(data)
    body = data.get(_BODIES.get(name, ""), {})
    entries = {key: Entry(value.get("outcome", ""), _stamp({**data, **value}), value) for key, value in body.items()}
    return ResultFile(path, stamp, bool(data.get("dirty")), data, entries)


def _stamp(data: Mapping[str, Any]) -> Stamp:
    return Stamp(parse_time(data["date"]), data["commit"], data["versions"])
