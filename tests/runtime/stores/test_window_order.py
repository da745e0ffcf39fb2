"""A session's newest runs come in the order of their places, times and ids, also where places are shared or missing."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing

import pytest
from kit_stores import agent_session, run

from wherry.db.sqlite import SqliteDb

RUNS = 5
PLACES = [
    (0, 1, 2, 3, 4),
    (4, 3, 2, 1, 0),
    (0, 1, 1, 1, 2),  # the oldest of three is the first that a window of three leaves out
    (2, 2, 2, 2, 2),
    (None, 0, 0, 1, 2),
    (None, None, 3, None, 7),
    (None,) * RUNS,
]


@pytest.fixture
def store(tmp_path):
    store = SqliteDb(db_file=str(tmp_path / "runs.db"))
    store.save_run(agent_session("s"), *(run(number, session_id="s", run_id=f"r{number}") for number in range(RUNS)))
    store.save_run(agent_session("t"), run(9, session_id="t", run_id="other"))
    yield store
    store.close()


@pytest.mark.parametrize("times", [(5, 4, 3, 2, 1), (1, 2, 3, 4, 5), (1, 2, 2, 1, 2)])
@pytest.mark.parametrize("places", PLACES)
def test_the_newest_runs_are_those_that_all_of_the_order_says(places, times, store):
    with closing(sqlite3.connect(store.db_file)) as base, base:
        for number in range(RUNS):
            base.execute(
                "UPDATE agno_runs SET run_index = ?, created_at = ? WHERE run_id = ?",
                (places[number], times[number], f"r{number}"),
            )
    numbers = sorted(range(RUNS), key=lambda n: (-1 if places[n] is None else places[n], times[n], n))
    for count in range(1, RUNS + 2):
        window = store.load_run_context("s", "agent", None, count).loaded_runs().window
        assert [one["run_id"] for one in window] == [f"r{number}" for number in numbers[-count:]]


def test_runs_that_are_no_history_do_not_count(store):
    stored = [run(number, session_id="s", run_id=f"r{number}") for number in range(RUNS)]
    for one, status in zip(stored, itertools.cycle(("PAUSED", "COMPLETED")), strict=False):
        one.status = status
        store.upsert_run(one, "s", "u1")
    window = store.load_run_context("s", "agent", None, 3).loaded_runs().window
    assert [one["run_id"] for one in window] == ["r1", "r3"]
