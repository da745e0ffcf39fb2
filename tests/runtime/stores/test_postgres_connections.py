"""Connections that the server has ended are noticed before they are used; those of a program end with it."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager, suppress
from urllib.parse import parse_qs, urlsplit

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


def connected(url):
    """A socket to the server of an address."""
    place = urlsplit(url)
    [host] = parse_qs(place.query).get("host") or [place.hostname]
    if not host.startswith("/"):
        return socket.create_connection((host, place.port or 5432))
    inner = socket.socket(socket.AF_UNIX)
    inner.connect(f"{host}/.s.PGSQL.{place.port or 5432}")
    return inner


def pump(source, target):
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextmanager
def one_is_let_in(url):
    """The server's address behind a door that answers one connection and keeps the others waiting for ever."""
    knocked = threading.Event()
    place = urlsplit(url)
    door = socket.create_server(("127.0.0.1", 0))
    held = [door]

    def keep_door():
        with suppress(OSError):
            outer, inner = door.accept()[0], connected(url)
            held.extend((outer, inner))
            for ends in ((outer, inner), (inner, outer)):
                threading.Thread(target=pump, args=ends, daemon=True).start()
            while True:
                held.append(door.accept()[0])
                knocked.set()

    keeper = threading.Thread(target=keep_door)
    keeper.start()
    user = f"{place.username}{f':{place.password}' if place.password else ''}@" if place.username else ""
    try:
        address = f"127.0.0.1:{door.getsockname()[1]}{place.path}"
        yield f"postgresql://{user}{address}?sslmode=disable&gssencmode=disable", knocked, held
    finally:
        for one in held:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        keeper.join()
        for one in held:
            one.close()


@pytest.mark.parametrize("cls", [PostgresDb, AsyncPostgresDb])
def test_a_program_ends_while_a_further_connection_is_being_made(cls, postgres_url):
    async def main(url):
        store = cls(db_url=url, db_schema=f"s_growing_{cls.__name__.lower()}")
        await store.asave_run(agent_session("s"), run(0, session_id="s", run_id="growing"))
        found.extend(await asyncio.gather(*(store.aload_run_context("s") for _ in range(3))))
        await asyncio.to_thread(knocked.wait, 60)

    found: list[object] = []
    with one_is_let_in(postgres_url) as (address, knocked, held):
        program = threading.Thread(target=asyncio.run, args=(main(address),), daemon=True)
        program.start()
        program.join(60)
        assert len(found) == 3
        assert knocked.is_set()
        assert not program.is_alive()
        held[1].settimeout(60)
        while held[1].recv(64):
            """What it said last; without an end it fails by time, for then the program left its connection open."""


def test_a_session_that_another_run_creates_between_two_statements_is_merged(postgres_url):
    """The session was deleted after it was read, and comes back while the run that read it waits to insert it."""
    store = PostgresDb(db_url=postgres_url, db_schema="s_between")
    store.save_run(agent_session(session_data={"session_state": {"a": 1}}))
    going_on = store.load_run_context("s1")
    going_on.session_data["session_state"]["b"] = 2
    with psycopg.connect(postgres_url) as other:
        table = store.tables["sessions"]
        other.execute(f"CREATE TEMP TABLE kept AS TABLE {table}")
        other.execute(f"TRUNCATE {table} CASCADE")
        other.commit()
        other.execute("""UPDATE kept SET session_data = '{"session_state": {"a": 3}}'""")
        other.execute(f"INSERT INTO {table} TABLE kept")
        saved = []
        thread = threading.Thread(target=lambda: saved.append(store.save_run(going_on, run(0, run_id="between"))))
        thread.start()
        waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        while thread.is_alive() and not other.execute(waiting).fetchone():
            pass
        other.commit()
        thread.join()
    assert [one.merged for one in saved] == [True]
    kept = store.get_session("s1")
    assert kept.session_data["session_state"] == {"a": 3, "b": 2}
    assert [one.run_id for one in kept.runs] == ["between"]
    store.close()
