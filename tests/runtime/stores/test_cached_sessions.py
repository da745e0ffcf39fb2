"""Sessions kept in memory by two agents, as in two programs: runs of both overlap, in threads and on loops.

`sessions/test_overlapping_runs_in_memory` looks at one agent, and at commits that are refused.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from kit_stores import changed

from wherry.agent import Agent
from wherry.models.base import Model
from wherry.models.message import MessageMetrics
from wherry.models.response import ModelResponse

from .conftest import POSTGRES, REDIS

RUNS, LANES = 12, 4
BERTHS = (
    "CREATE TABLE quays (name TEXT PRIMARY KEY)",
    "CREATE TABLE berths (quay TEXT REFERENCES quays(name) DEFERRABLE INITIALLY DEFERRED)",
    "CREATE TRIGGER full AFTER INSERT ON agno_runs BEGIN INSERT INTO berths VALUES ('none is left'); END",
)


@dataclass
class Thinking(Model):
    """Answers after as many milliseconds as it is asked for."""

    id: str = "thinking"

    def invoke(self, messages, **asked):
        time.sleep(int(messages[-1].content) / 1000)
        return self.answer()

    async def ainvoke(self, messages, **asked):
        await asyncio.sleep(int(messages[-1].content) / 1000)
        return self.answer()

    def answer(self):
        used = MessageMetrics(input_tokens=1, output_tokens=1, total_tokens=2)
        return ModelResponse(role="assistant", content="Done.", response_usage=used)

    invoke_stream = ainvoke_stream = invoke


def caching(store):
    return Agent(id="a", model=Thinking(), db=store.store, cache_session=True, telemetry=False)


def blocking(lane):
    for owner, thought, state in lane:
        owner.run(thought, session_id="s", session_state=state)


def on_loop(lane):
    async def together():
        await asyncio.gather(
            *(owner.arun(thought, session_id="s", session_state=state) for owner, thought, state in lane)
        )

    asyncio.run(together())


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", ["sqlite", "async_sqlite", *POSTGRES, REDIS[0]])
def test_runs_of_two_sessions_in_memory_interleave_as_they_like(kind, seed, new_store):
    draw = random.Random(seed)
    where = uuid.uuid4().hex[:8]
    owners = [caching(new_store(kind, where=where)) for _ in range(2)]
    stories = [
        (draw.choice(owners), str(draw.randrange(8)), {f"k{number}": number, draw.choice("xy"): number})
        for number in range(RUNS)
    ]
    ways = [on_loop] * LANES if kind.startswith("async") else [blocking, on_loop] * (LANES // 2)
    with ThreadPoolExecutor(LANES) as pool:
        for done in [pool.submit(way, stories[lane::LANES]) for lane, way in enumerate(ways)]:
            done.result()
    session = new_store(kind, where=where).get_session("s")
    state = session.session_data["session_state"]
    for shared in "xy":
        assert state.pop(shared) in {given[shared] for _, _, given in stories if shared in given}
    assert state == {f"k{number}": number for number in range(RUNS)}
    assert len({one.run_id for one in session.runs}) == len(session.runs) == RUNS
    assert session.session_data["session_metrics"]["total_tokens"] == 2 * RUNS


@pytest.mark.parametrize("kind", ["sqlite", "async_sqlite"])
def test_a_save_whose_run_was_cancelled_keeps_its_turn_until_it_is_committed_or_refused(
    kind, new_store, runner, caplog
):
    store = new_store(kind)
    owner, file = caching(store), store.file
    commit, begun, goes_on = file.commit, threading.Event(), threading.Event()

    def waiting(connection):
        begun.set()
        goes_on.wait(60)
        commit(connection)

    def asked(name):
        return asyncio.ensure_future(owner.arun("0", session_id="s", session_state={name: 1}))

    async def story():
        await asked("first")
        changed(file.path, *BERTHS)
        file.commit = waiting
        given_up = asked("cancelled")
        await asyncio.to_thread(begun.wait, 60)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        following = asked("following")
        await asyncio.sleep(0.02)
        goes_on.set()
        await following
        file.commit = commit
        changed(file.path, "DROP TRIGGER full")
        await asked("last")

    runner.run(story())
    session = store.get_session("s")
    assert set(session.session_data["session_state"]) == {"first", "cancelled", "following", "last"}
    assert session.session_data["session_metrics"]["total_tokens"] == 8
    assert "What a cancelled task was about to store is not stored" in caplog.text


@pytest.mark.parametrize("kind", POSTGRES)
def test_a_save_on_postgres_whose_run_was_cancelled_is_stored_before_the_next(kind, new_store, runner, postgres_url):
    import psycopg

    store = new_store(kind, where=f"cancelled_{kind}")
    owner = caching(store)

    def asked(name):
        return asyncio.ensure_future(owner.arun("0", session_id="s", session_state={name: 1}))

    async def story():
        await asked("first")
        async with await psycopg.AsyncConnection.connect(postgres_url) as other:
            await other.execute(f"LOCK TABLE {store.tables['sessions']}")
            given_up = asked("cancelled")
            waits = (
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as looking:
                while (await (await looking.execute(waits)).fetchone()) == (0,):  # noqa: ASYNC110 - a row of the server
                    await asyncio.sleep(0.005)
            given_up.cancel()
            with pytest.raises(asyncio.CancelledError):
                await given_up
            following = asked("following")
            await asyncio.sleep(0.02)
            assert not following.done()
        await following

    runner.run(story())
    session = store.get_session("s")
    assert set(session.session_data["session_state"]) == {"first", "cancelled", "following"}
    assert len(session.runs) == 3
    assert session.session_data["session_metrics"]["total_tokens"] == 6
