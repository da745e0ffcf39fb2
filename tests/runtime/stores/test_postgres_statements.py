"""Statements that every run needs are prepared once a connection; whatever becomes of them, a run is stored."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import psycopg
import pytest
from kit_stores import agent_session, run

from wherry.core.errors import StoreError
from wherry.db.postgres import AsyncPostgresDb, PostgresDb
from wherry.stores.plan import Often
from wherry.stores.postgres_pools import PostgresPools

pytestmark = pytest.mark.postgres
NAMES = "SELECT name FROM pg_prepared_statements WHERE name LIKE 'wherry%'"


def said(sql):
    """A plan of one statement."""
    return (yield sql, ())


def undone():
    """A transaction that is taken back."""
    yield "BEGIN", ()
    yield "SELECT 1 / 0", ()


def kept(store, number, session_id="s", **more):
    """Go on with a session, as a run does; how many runs it had."""
    session = store.load_run_context(session_id, "agent", None, 9)
    store.save_run(session or agent_session(session_id), run(number, session_id=session_id, **more))
    return len(session.loaded_runs().window) if session else 0


def test_a_thread_prepares_what_comes_again(postgres_url):
    store = PostgresDb(db_url=postgres_url, db_schema="s_thread")
    assert [kept(store, number, run_id=f"thread-{number}") for number in range(4)] == [0, 1, 2, 3]
    assert len(store.pools.run(said(NAMES))) == 2
    store.close()


@pytest.mark.parametrize("change", ["DEALLOCATE ALL", "ALTER TABLE s_changed.agno_sessions ALTER agent_id TYPE text"])
def test_statements_that_the_server_lost_or_changed_are_prepared_again(change, postgres_url):
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("DROP SCHEMA IF EXISTS s_changed CASCADE")
    store = PostgresDb(db_url=postgres_url, db_schema="s_changed")
    for number in range(3):
        kept(store, number, run_id=f"changed-{number}")
    before = store.pools.run(said(NAMES))
    store.pools.run(said(change))
    assert [kept(store, number, run_id=f"changed-{number}") for number in range(3, 6)] == [3, 4, 5]
    assert [one.run_id for one in store.get_session("s").runs] == [f"changed-{number}" for number in range(6)]
    assert set(store.pools.run(said(NAMES))) - set(before)
    store.close()


def test_statements_are_prepared_again_after_psycopg_had_all_forgotten(postgres_url):
    """It has the server forget what it prepared itself, and all else, when a transaction was taken back."""
    store = PostgresDb(db_url=postgres_url, db_schema="s_forgotten")
    for number in range(4):
        kept(store, number, run_id=f"forgotten-{number}")
    for turn in range(5):
        for _ in range(7):
            store.pools.run(said("SELECT 1"))
        assert store.pools.run(said("SELECT name FROM pg_prepared_statements WHERE name LIKE '_pg3%'"))
        with pytest.raises(StoreError, match="division"):
            store.pools.run(undone())
        assert store.pools.run(said(NAMES)) == []
        for number in range(4 + 2 * turn, 6 + 2 * turn):
            assert kept(store, number, run_id=f"forgotten-{number}") == min(number, 9)
        assert len(store.pools.run(said(NAMES))) == 2
    store.close()


def test_nothing_is_prepared_any_more_where_it_does_not_last(postgres_url):
    """As behind a pooler, which gives another of its connections to each transaction."""
    store = PostgresDb(db_url=postgres_url, db_schema="s_pooled")
    for number in range(9):
        kept(store, number, run_id=f"pooled-{number}")
        with store.pools._pool.connection() as connection:
            connection.pgconn.exec_(b"DEALLOCATE ALL")
    for number in range(9, 18):
        kept(store, number, run_id=f"pooled-{number}")
    assert store.pools.run(said("SELECT count(*) FROM pg_prepared_statements")) == [(0,)]
    assert [one.run_id for one in store.get_session("s").runs] == [f"pooled-{number}" for number in range(18)]
    store.close()


def test_what_psycopg_prepared_and_the_server_lost_goes_on_unprepared(postgres_url):
    store = PostgresDb(db_url=postgres_url, db_schema="s_psycopg")
    for _ in range(7):
        assert store.pools.run(said("SELECT 1")) == [(1,)]
    with store.pools._pool.connection() as connection:
        connection.pgconn.exec_(b"DEALLOCATE ALL")
    for _ in range(7):
        assert store.pools.run(said("SELECT 1")) == [(1,)]
    assert store.pools.run(said("SELECT count(*) FROM pg_prepared_statements")) == [(0,)]
    store.close()


def test_what_is_lost_does_not_undo_a_transaction(postgres_url):
    store = PostgresDb(db_url=postgres_url, db_schema="s_transaction")
    kept(store, 0, run_id="transaction-0")
    for number in (1, 3):  # psycopg itself prepares what came five times
        session, meanwhile = (store.load_run_context("s", "agent", None, 1) for _ in range(2))
        store.save_run(meanwhile)
        if number == 3:
            store.pools.run(said("DEALLOCATE ALL"))
        pair = [run(one, session_id="s", run_id=f"transaction-{one}") for one in (number, number + 1)]
        store.save_run(session, *pair)
    assert [one.run_id for one in store.get_session("s").runs] == [f"transaction-{number}" for number in range(5)]
    store.close()


def test_no_connection_names_its_statements_as_another_does(postgres_url):
    """Behind a pooler each may come upon what another has prepared."""
    names = []
    for turn in range(2):
        store = PostgresDb(db_url=postgres_url, db_schema="s_names")
        for number in range(4):
            kept(store, number, f"s{turn}", run_id=f"names-{turn}-{number}")
        names += [name for (name,) in store.pools.run(said(NAMES))]
        store.close()
    assert len(names) == len(set(names)) == 4


def test_texts_come_back_as_they_were(postgres_url):
    store = PostgresDb(db_url=postgres_url, db_schema="s_texts")
    for number in range(3):
        kept(store, number, run_id=f"texts-{number}")
    odd = "Ebbe 🌊 'quoted' \"twice\" \\N {} %s $1 ?"
    session = store.load_run_context("s", "agent", None, 1)
    session.session_data = {"session_state": {"odd": odd, "large": 2**80, "nothing": None}}
    store.save_run(session)
    assert store.load_run_context("s", "agent", None, 1).session_data["session_state"] == {
        "odd": odd,
        "large": 2**80,
        "nothing": None,
    }
    with pytest.raises(StoreError, match="NUL"):
        store.load_run_context("s\0t", "agent", None, 1)
    store.close()


@pytest.mark.parametrize("cls", [PostgresDb, AsyncPostgresDb])
def test_a_run_that_is_given_up_leaves_its_connection_to_the_next(cls, postgres_url):
    """It waits for a lock in the midst of a prepared statement; the server ends that, and nothing of it is stored."""
    schema = f"s_given_up_{cls.__name__.lower()}"
    waiting = """SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
                 WHERE NOT granted AND position(%s IN query) > 0"""

    async def until(other, number):
        while (await (await other.execute(waiting, (schema,))).fetchone())[0] != number:  # noqa: ASYNC110 - a server's
            await asyncio.sleep(0)

    async def main():
        store = cls(db_url=postgres_url, db_schema=schema)
        for number in range(4):
            session = await store.aload_run_context("s", "agent", None, 9) if number else agent_session("s")
            await store.asave_run(session, run(number, session_id="s", run_id=f"{schema}-{number}"))
        session = await store.aload_run_context("s", "agent", None, 9)
        async with await psycopg.AsyncConnection.connect(postgres_url) as other:
            await other.execute(f"LOCK TABLE {schema}.agno_sessions")
            saving = asyncio.create_task(store.asave_run(session, run(4, session_id="s", run_id=f"{schema}-given-up")))
            await until(other, 1)
            saving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await saving
            await until(other, 0)
        again = await store.aload_run_context("s", "agent", None, 9)
        await store.asave_run(again, run(5, session_id="s", run_id=f"{schema}-5"))
        found = await store.aload_run_context("s", "agent", None, 9)
        await (store.aclose() if cls is PostgresDb else store.close())
        return [one["run_id"] for one in found.loaded_runs().window]

    assert asyncio.run(main()) == [f"{schema}-{number}" for number in (0, 1, 2, 3, 5)]


def test_a_run_that_is_given_up_as_its_parameters_are_being_sent_ends_at_once(postgres_url):
    """Just then the statement is prepared and larger than what the socket takes; nobody waits for an answer."""
    long = Often("SELECT length(?), ?")

    def asked(*values):
        return (yield long, values)

    async def main():
        pools = PostgresPools(postgres_url)
        assert await pools.arun(asked("one", "first")) == [(3, "first")]
        (line,) = (await pools._loops.get())._pool
        loop, met = asyncio.get_running_loop(), []
        sending = asyncio.create_task(pools.arun(asked("x" * 2**24, "large")))

        def watch():
            if line._answer is not None and line._answer.done():
                met.append(sending.cancel())
            elif not sending.done():
                loop.call_soon(watch)

        watch()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert met == [True]
        assert not line.closed
        assert await pools.arun(asked("four", "next")) == [(4, "next")]
        await pools.aclose()

    asyncio.run(main())


FORKED = """
import os, sys
from kit_stores import agent_session, run
from wherry.db.postgres import PostgresDb

store = PostgresDb(db_url=sys.argv[1], db_schema="s_forked")

def kept(session_id):
    for number in range(9):
        session = store.load_run_context(session_id, "agent", None, 9)
        done = run(number, session_id=session_id, run_id=f"{session_id}-{number}")
        store.save_run(session or agent_session(session_id), done)

kept("before")
child = os.fork()
kept("child" if child == 0 else "parent")
if child == 0:
    store.close()
    sys.exit()
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
kept("after")
for session_id in ("before", "child", "parent", "after"):
    runs = [one.run_id for one in store.get_session(session_id).runs]
    assert runs == [f"{session_id}-{number}" for number in range(9)], runs
store.close()
sys.exit(code)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_fork_has_connections_of_its_own(postgres_url):
    """On shared ones each would read what the other's statements found."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKED, postgres_url]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
