"""Many threads and many tasks on one store."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from kit_stores import agent_session, run

from wherry.db.base import SessionType

from .conftest import DOCUMENTS, POSTGRES, REDIS, SQLITE

WORKERS, ROUNDS = 12, 4
BLOCKING = [kind for kind in [*SQLITE, *DOCUMENTS, POSTGRES[0], REDIS[0]] if kind != "async_sqlite"]


def check(store):
    session = store.get_session("s1")
    names = {f"n{number}-{turn}" for number in range(WORKERS) for turn in range(ROUNDS)}
    assert {item.run_id for item in session.runs} == names
    assert session.session_data["session_state"]["done"] == dict.fromkeys(names, True)


def changed(session, name):
    session = session or agent_session(session_data={"session_state": {"done": {}}})
    session.session_data["session_state"]["done"][name] = True
    return session


@pytest.mark.parametrize("kind", BLOCKING)
def test_threads_on_one_session_lose_nothing(kind, new_store):
    store = new_store(kind)

    def work(number):
        for turn in range(ROUNDS):
            name = f"n{number}-{turn}"
            session = changed(store.load_run_context("s1", SessionType.AGENT, "u1", 2), name)
            store.save_run(session, run(turn, run_id=name))

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))
    check(store)


@pytest.mark.parametrize("kind", [*BLOCKING, "async_sqlite", POSTGRES[1]])
def test_tasks_on_one_session_lose_nothing(kind, new_store, runner):
    store = new_store(kind)

    async def work(number):
        for turn in range(ROUNDS):
            name = f"n{number}-{turn}"
            session = changed(await store.store.aload_run_context("s1", SessionType.AGENT, "u1", 2), name)
            await asyncio.sleep(0)
            await store.store.asave_run(session, run(turn, run_id=name))

    async def all_of_them():
        await asyncio.gather(*[work(number) for number in range(WORKERS)])

    runner.run(all_of_them())
    check(store)


@pytest.mark.parametrize("kind", ["sqlite", *POSTGRES, REDIS[0]])
def test_a_store_serves_one_loop_after_the_other(kind, new_store):
    store = new_store(kind)

    async def once(number):
        session = await store.store.aload_run_context("s1", SessionType.AGENT, "u1", 2) or agent_session()
        await store.store.asave_run(session, run(number))
        return len((await store.store.aload_run_context("s1", SessionType.AGENT, "u1", 9)).get_messages(last_n_runs=9))

    assert [asyncio.run(once(number)) for number in range(3)] == [2, 4, 6]


@pytest.mark.parametrize("kind", ["sqlite", "sqlite_memory", POSTGRES[0], REDIS[0]])
def test_a_closed_store_opens_again(kind, new_store):
    store = new_store(kind)
    store.save_run(agent_session(), run(0))
    store.close()
    if kind == "sqlite_memory":  # what was in memory is gone with its connection
        assert store.get_sessions() == []
    else:
        assert [item.run_id for item in store.get_session("s1").runs] == ["r0"]
