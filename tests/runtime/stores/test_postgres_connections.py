"""Connections that the server has ended are noticed before they are used, however short ago they were."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from kit_stores import agent_session, run

from wherry.db.postgres import AsyncPostgresDb, PostgresDb

pytestmark = pytest.mark.postgres
ROUNDS = 4


def end_all_others(url):
    """What a server does when it is restarted, or an administrator."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT count(pg_terminate_backend(pid, 2000)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    return found[0]


def test_a_thread_goes_on_with_another_connection(postgres_url):
    store = PostgresDb(db_url=postgres_url, db_schema="s_ended")
    for number in range(ROUNDS):
        store.save_run(agent_session(f"s{number}"), run(0, session_id=f"s{number}", run_id=f"ended-{number}"))
        assert end_all_others(postgres_url)
    assert len(store.get_sessions()) == ROUNDS
    store.close()


@pytest.mark.parametrize("cls", [PostgresDb, AsyncPostgresDb])
def test_an_event_loop_goes_on_with_another_connection(cls, postgres_url):
    async def main():
        store = cls(db_url=postgres_url, db_schema=f"s_ended_{cls.__name__.lower()}")
        for number in range(ROUNDS):
            session_id = f"s{number}"
            await store.asave_run(agent_session(session_id), run(0, session_id=session_id, run_id=f"ended-{number}"))
            assert await asyncio.to_thread(end_all_others, postgres_url)
        found = [await store.aload_run_context(f"s{number}") for number in range(ROUNDS)]
        await (store.aclose() if cls is PostgresDb else store.close())
        return found

    assert all(asyncio.run(main()))
