"""Engines of SQLAlchemy and addresses that users hand to a database."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sqlite3

import pytest
import sqlalchemy
from kit_stores import agent_session
from sqlalchemy.ext.asyncio import create_async_engine

from wherry.core.errors import ConfigurationError, StoreError
from wherry.db.postgres import AsyncPostgresDb, PostgresDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.stores import postgres_pools


def test_the_file_that_a_function_of_an_engine_opens_is_where_sessions_go(tmp_path):
    file = str(tmp_path / "opened by hand.db")
    engine = sqlalchemy.create_engine("sqlite://", creator=lambda: sqlite3.connect(file))
    db = SqliteDb(db_engine=engine)
    db.upsert_session(agent_session())
    db.close()
    assert SqliteDb(db_file=file).get_session("s1") is not None
    engine.dispose()


def test_the_memory_of_an_engine_is_its_own_and_the_log_says_so(caplog):
    engine = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.StaticPool)
    db = SqliteDb(db_engine=engine)
    assert "in the memory of that engine" in caplog.text
    db.upsert_session(agent_session())
    assert db.get_session("s1") is not None
    db.close()
    engine.dispose()


@pytest.mark.parametrize("cls", [SqliteDb, AsyncSqliteDb, PostgresDb, AsyncPostgresDb])
def test_what_is_no_engine_is_refused_without_its_password(cls):
    with pytest.raises(ConfigurationError, match="is a 'str' and no engine") as refused:
        cls(db_engine="postgresql://jo:secret@host/boats")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("cls", [PostgresDb, AsyncPostgresDb])
def test_an_engine_whose_address_names_no_server_is_refused(cls, monkeypatch):
    make = create_async_engine if cls is AsyncPostgresDb else sqlalchemy.create_engine
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)
    with pytest.raises(ConfigurationError, match="names no server"):
        cls(db_engine=make("postgresql+psycopg://"))
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    assert cls(db_engine=make("postgresql+psycopg://")).db_engine is not None


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://jo:secret@host/boats?ssl=require", 'invalid URI query parameter: "ssl"'),
        ("postgresql://jo:secret%zz@host/boats", "invalid percent-encoded token"),
    ],
)
async def test_an_address_that_cannot_be_read_is_told_at_once_and_without_its_password(address, told):
    with pytest.raises(StoreError, match=told) as refused:
        PostgresDb(db_url=address).get_session("s1")
    assert "secret" not in str(refused.value)
    with pytest.raises(StoreError, match=told):
        await AsyncPostgresDb(db_url=address).get_session("s1")


@pytest.mark.parametrize("cls", [SqliteDb, AsyncSqliteDb, PostgresDb, AsyncPostgresDb])
@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("mysql://jo:secret@host/boats", "'mysql://…' is no"),
        ("mysql://host/boats", "'mysql://host/boats' is no"),
        ("postgres//jo:secret@host/boats", "'…' is no"),
        ("user:secret@host/a://b", "'…' is no"),
        ("host=here password=secret", "'…' is no"),
    ],
)
def test_an_address_of_another_kind_is_told_without_its_password(cls, address, told):
    with pytest.raises((ConfigurationError, StoreError), match=re.escape(told)) as refused:
        cls(db_url=address)
    assert "secret" not in str(refused.value)


def refusals(caplog):
    return [one for one in caplog.messages if one.startswith("error connecting in 'wherry-")]


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_a_server_that_is_not_there_is_logged_once_however_often_it_was_tried(asynchronous, monkeypatch, caplog):
    monkeypatch.setattr(postgres_pools, "WAIT_SECONDS", 0.2)
    db = (AsyncPostgresDb if asynchronous else PostgresDb)(db_url="postgresql://jo@127.0.0.1:1/boats")
    with pytest.raises(StoreError, match=r"within 0\.2 seconds"):
        await db.get_session("s1") if asynchronous else db.get_session("s1")
    pool = await db.pools._loops.get() if asynchronous else db.pools._threads()
    while pool.get_stats()["connections_errors"] < 2:  # noqa: ASYNC110 - it tries on, and tells nobody
        await asyncio.sleep(0.02)
    assert len(refusals(caplog)) == 1
    await (db.close() if asynchronous else db.aclose())


def test_another_reason_and_the_next_outage_are_logged_and_pools_of_an_application_always(caplog):
    from wherry.stores.postgres_log import once

    name, log = once.named(), logging.getLogger("psycopg.pool")

    def say(pool, reason):
        log.warning("error connecting in %r: %s", pool, reason)

    for reason in ("refused", "refused", "starting up", "refused"):
        say(name, reason)
    once.connected(name)
    say(name, "refused")
    assert [text.rpartition(": ")[2] for text in refusals(caplog)] == ["refused", "starting up", "refused"]
    caplog.clear()
    for _ in range(2):
        say("pool-1", "refused")
    assert len(caplog.messages) == 2


def test_of_a_pool_that_has_connected_nothing_is_kept():
    """Each event loop opens one; so a program that begins many would keep a little more for each."""
    from wherry.stores.postgres_log import Once

    once = Once()
    name, quiet = once.named(), once.named()
    log = logging.LogRecord("psycopg.pool", logging.WARNING, "", 0, "error connecting in %r: %s", (name, "no"), None)
    assert [once.filter(log), once.filter(log)] == [True, False]
    for pool in (name, quiet):
        once.connected(pool)
    assert once._said == {}
    assert once.filter(log)
