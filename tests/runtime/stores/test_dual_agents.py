"""Whole runs in turn on one session: Agno writes, Wherry goes on, Agno goes on, and the other way round.

Each story is run by Agno alone on one database and by both runtimes in turn on another, against the same scripted
model; the rows must be the same apart from ids, times and the framework's own prose in system messages.
"""

from __future__ import annotations

import itertools
import json
import re
import sqlite3
from contextlib import closing

import pytest

from wherry.testing import ReplayServer

from .dual_agents import STORIES
from .dual_more import MORE
from .test_dual_run import postgres_rows, redis_rows, sqlite_rows

pytestmark = [pytest.mark.parity, pytest.mark.timeout(300)]

TURNS = [
    pytest.param("sqlite", "awa", id="agno, wherry, agno on sqlite"),
    pytest.param("sqlite", "waw", id="wherry, agno, wherry on sqlite"),
    pytest.param("postgres", "awa", id="agno, wherry, agno on postgres", marks=pytest.mark.postgres),
    pytest.param("redis", "awa", id="agno, wherry, agno on redis", marks=pytest.mark.redis),
]


@pytest.fixture(scope="module")
def model():
    with ReplayServer() as server:
        yield server


numbers = itertools.count()
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIMES = {"created_at", "updated_at", "duration", "time_to_first_token", "start_time", "end_time", "time"}


def same_for_both(value, ids):
    """A row without what differs from run to run: ids are numbered, times dropped, system prose masked."""
    if isinstance(value, dict):
        shown = {
            same_for_both(key, ids): same_for_both(item, ids)
            for key, item in value.items()
            if key not in TIMES and not (key == "timer" or (item is None and key == "events"))
        }
        if shown.get("role") == "system":
            shown["content"] = "(system prose)"
        return shown
    if isinstance(value, (list, tuple)):
        return [same_for_both(item, ids) for item in value]
    if isinstance(value, str):
        if value[:1] in {"{", "["} or value == "null":
            try:
                return same_for_both(json.loads(value), ids)
            except ValueError:
                pass
        return UUID.sub(lambda found: ids.setdefault(found.group(), f"id-{len(ids)}"), value)
    return value


def rows_of(kind, given):
    found = {"sqlite": sqlite_rows, "postgres": postgres_rows, "redis": redis_rows}[kind](**given)
    if kind == "redis":
        runs = [json.loads(text) for name, text in found.items() if name.startswith(":runs:") and isinstance(text, str)]
        sessions = [text for name, text in found.items() if name.startswith(":sessions:") and isinstance(text, str)]
        found = {"agno_runs": runs, "agno_sessions": sessions}
    runs = sorted(found["agno_runs"], key=lambda row: (row["session_id"] != "s", row["run_index"]))
    sessions = sorted(found["agno_sessions"], key=lambda row: "forked_from" in json.dumps(row, default=str))
    ids = {}
    return [same_for_both(row, ids) for row in [*runs, *sessions]]


def differences(one, other, path=""):
    """Where two values differ, as `path: one != other`."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys(), key=str):
            yield from differences(one.get(key, "(absent)"), other.get(key, "(absent)"), f"{path}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{path}[{number}]")
    elif one != other:
        yield f"{path}: {one!r} != {other!r}"


@pytest.fixture
def places(request, tmp_path):
    def pair(kind):
        number = next(numbers)
        names = [f"agents_alone_{number}", f"agents_shared_{number}"]
        if kind == "sqlite":
            return [{"db_file": str(tmp_path / f"{name}.db")} for name in names]
        if kind == "postgres":
            url = request.getfixturevalue("postgres_url")
            return [{"db_url": url, "db_schema": name} for name in names]
        return [{"db_url": request.getfixturevalue("redis_url"), "db_prefix": name} for name in names]

    return pair


def goes_on(turns, number):
    """Whether who takes this turn takes the next, too, and keeps its database open."""
    return turns[number : number + 1] == turns[number + 1 : number + 2]


@pytest.fixture(scope="module")
def perform(runtimes, model):
    """Has the runtimes do the steps of a story in turn on one database."""

    def steps(story, kind, turns, given):
        for number, turn in enumerate(turns):
            model.reset(STORIES[story]["steps"][number][1])
            job = {"story": story, "step": number, "kind": kind, "given": given, "base_url": model.base_url}
            runtimes({"a": "agno", "w": "wherry"}[turn], {**job, "goes_on": goes_on(turns, number)})
            model.assert_done()

    return steps


@pytest.fixture(scope="module")
def alone(perform):
    """The rows that Agno leaves when it does all steps of a story: the same for all orders of turns."""
    known = {}

    def rows(story, kind, given):
        if (story, kind) not in known:
            perform(story, kind, "aaa", given)
            known[story, kind] = rows_of(kind, given)
        return known[story, kind]

    return rows


@pytest.mark.parametrize(("kind", "turns"), TURNS)
@pytest.mark.parametrize("story", STORIES)
def test_runs_in_turn_leave_the_rows_that_agno_alone_leaves(story, kind, turns, perform, alone, places):
    unshared, shared = places(kind)
    perform(story, kind, turns, shared)
    found = "\n".join(differences(rows_of(kind, shared), alone(story, kind, unshared)))
    assert not found, found


def tables_of(file):
    """Every row of every table, as `same_for_both` shows them."""
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        found = {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in names}  # noqa: S608
    for rows in found.values():
        rows.sort(key=lambda row: (row.get("run_index") or 0, json.dumps(same_for_both(row, {}), sort_keys=True)))
    return same_for_both(found, {})


@pytest.mark.parametrize("story", MORE)
def test_what_else_runs_write_is_the_same_in_every_table(story, runtimes, model, tmp_path):
    def left(turns):
        file = str(tmp_path / f"{turns}.db")
        for number, turn in enumerate(turns):
            model.reset(MORE[story]["steps"][number][1])
            job = {"story": MORE[story], "step": number, "kind": "sqlite", "given": {"db_file": file}}
            more = {"base_url": model.base_url, "goes_on": goes_on(turns, number)}
            runtimes({"a": "agno", "w": "wherry"}[turn], {**job, **more})
            model.assert_done()
        return tables_of(file)

    shared, alone = left("waw"), left("aaa")
    assert len(alone["agno_runs"]) >= 3
    found = "\n".join(differences(shared, alone))
    assert not found, found
