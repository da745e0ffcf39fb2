"""What a Postgres server refuses is told as it is: what, why, what to do, and nothing that somebody wrote or hides."""

from __future__ import annotations

import asyncio
import inspect
import uuid
from contextlib import contextmanager
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
import pytest
from agent_kit import agent, four_ways, model, ran
from agent_ways import WAYS
from kit_stores import agent_session, run

from wherry.core.errors import StoreError
from wherry.db.postgres import AsyncPostgresDb, PostgresDb
from wherry.knowledge.embedder.hashing import HashingEmbedder
from wherry.stores import postgres_pools
from wherry.telemetry import TelemetryStore
from wherry.vectordb.pgvector import PgVector

BOTH = pytest.mark.parametrize("cls", [PostgresDb, AsyncPostgresDb])
SECRET = "p@ss/wo:rd?"


def result(value):
    return asyncio.run(value) if inspect.iscoroutine(value) else value


def asked(url, *statements):
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else None


def given(url, user=None, **query):
    """The address with another user or with settings."""
    parts = urlsplit(url)
    kept = dict(parse_qsl(parts.query)) | query
    place = f"{user}:{quote(SECRET, safe='')}@{parts.netloc.rpartition('@')[2]}" if user else parts.netloc
    return urlunsplit(parts._replace(netloc=place, query=urlencode(kept, quote_via=quote)))


@pytest.fixture
def schema():
    return f"s_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def filled(postgres_url, schema):
    """A schema with a session and a run in it."""
    db = PostgresDb(db_url=postgres_url, db_schema=schema)
    db.save_run(agent_session(), run(0))
    db.close()
    return schema


@pytest.fixture
def role(postgres_url):
    """A user of the server with a password full of signs, and no rights."""
    name = f"w_{uuid.uuid4().hex[:8]}"
    asked(postgres_url, f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'")
    yield name
    asked(postgres_url, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


@contextmanager
def refusal(match):
    with pytest.raises(StoreError, match=match) as refused:
        yield refused
    told = str(refused.value)
    assert "answer 0" not in told
    assert SECRET not in told
    assert "LINE 1" not in told
    assert "/errors/store/" in told


@pytest.mark.postgres
@BOTH
def test_a_role_that_may_use_a_schema_need_not_make_one(cls, postgres_url, schema, role):
    asked(postgres_url, f"CREATE SCHEMA {schema}", f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}")
    db = cls(db_url=given(postgres_url, role), db_schema=schema)

    async def main():
        await db.asave_run(agent_session(), run(0))
        found = await db.aload_run_context("s1")
        await (db.close() if cls is AsyncPostgresDb else db.aclose())
        return found

    assert [one.run_id for one in asyncio.run(main()).runs] == ["r0"]


@pytest.mark.postgres
def test_vectors_need_no_right_to_make_a_schema_either(postgres_url, schema, role):
    asked(
        postgres_url,
        "CREATE EXTENSION IF NOT EXISTS vector",
        f"CREATE SCHEMA {schema}",
        f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}",
    )
    db = PostgresDb(db_url=given(postgres_url, role), db_schema=schema)
    vectors = PgVector("boats", schema, db=db, embedder=HashingEmbedder())
    vectors.create()
    assert vectors.exists()
    db.close()


@pytest.mark.postgres
@BOTH
@pytest.mark.parametrize("table", ["agno_sessions", "agno_runs"])
def test_a_table_that_a_role_may_not_read_is_refused_and_not_taken_for_missing(cls, table, postgres_url, filled, role):
    asked(
        postgres_url,
        f"GRANT USAGE, CREATE ON SCHEMA {filled} TO {role}",
        f"GRANT ALL ON ALL TABLES IN SCHEMA {filled} TO {role}",
        f"REVOKE ALL ON {filled}.{table} FROM {role}",
    )
    db = cls(db_url=given(postgres_url, role), db_schema=filled)
    with refusal(f"permission denied for table {table}") as refused:
        result(db.get_session("s1"))
    assert "GRANT" in refused.value.hint
    assert "SELECT" in refused.value.hint
    result(db.close())


@pytest.mark.postgres
def test_a_vector_table_that_a_role_may_not_read_is_not_taken_for_one_of_agno_2(postgres_url, schema, role):
    owner = PgVector("boats", schema, db_url=postgres_url, embedder=HashingEmbedder())
    owner.create()
    owner.pools.close()
    asked(postgres_url, f"GRANT USAGE ON SCHEMA {schema} TO {role}")
    vectors = PgVector("boats", schema, db_url=given(postgres_url, role), embedder=HashingEmbedder())
    with pytest.raises(StoreError, match="permission denied for table boats"):
        vectors.get_count()
    vectors.pools.close()


@pytest.mark.postgres
@BOTH
@pytest.mark.parametrize(
    ("options", "told", "remedy"),
    [
        ("-c default_transaction_read_only=on", "read-only transaction", "replica"),
        ("-c statement_timeout=200ms", "statement timeout", "pg_locks"),
        ("-c lock_timeout=200ms", "lock timeout", "pg_locks"),
    ],
)
def test_what_a_server_does_not_do_is_told_with_the_remedy(cls, options, told, remedy, postgres_url, filled):
    db = cls(db_url=given(postgres_url, options=options), db_schema=filled)
    with psycopg.connect(postgres_url) as holder:
        holder.execute(f"SELECT * FROM {filled}.agno_sessions FOR UPDATE")  # noqa: S608
        with refusal(told) as refused:
            asyncio.run(db.asave_run(agent_session(), run(1)))
    assert remedy in refused.value.hint
    assert asked(postgres_url, f"SELECT run_id FROM {filled}.agno_runs") == [("r0",)]  # noqa: S608
    result(db.close())


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("cls", "way"),
    [*((PostgresDb, way) for way in WAYS), *((AsyncPostgresDb, way) for way in WAYS if way.startswith("arun"))],
)
def test_where_nothing_can_be_written_sessions_are_read_and_runs_answered_and_not_stored(
    cls, way, postgres_url, filled, caplog
):
    db = cls(db_url=given(postgres_url, options="-c default_transaction_read_only=on"), db_schema=filled)
    with model("Aye.") as server:
        ada = agent(id="ada", db=db, session_id="s1", user_id="u1", add_history_to_context=True)
        _, output = ran(way, ada)
    assert output.content == "Aye."
    assert "answer 0 é" in str(server.requests[0].turns)
    assert "read-only transaction" in caplog.text
    assert asked(postgres_url, f"SELECT run_id FROM {filled}.agno_runs") == [("r0",)]  # noqa: S608
    result(db.close())


@pytest.mark.postgres
@four_ways
def test_a_session_that_may_not_be_read_keeps_a_run_from_beginning(way, postgres_url, filled, role):
    asked(postgres_url, f"GRANT USAGE ON SCHEMA {filled} TO {role}")
    db = PostgresDb(db_url=given(postgres_url, role), db_schema=filled)
    with model() as server, refusal("permission denied for table"):
        ran(way, agent(id="ada", db=db, session_id="s1", user_id="u1"))
    assert not server.requests
    db.close()


@pytest.mark.postgres
def test_a_schema_that_is_not_there_and_may_not_be_made_is_told(postgres_url, schema, role):
    db = PostgresDb(db_url=postgres_url, db_schema=schema, create_schema=False)
    with refusal(f'schema "{schema}" does not exist') as refused:
        db.save_run(agent_session(), run(0))
    assert "create_schema" in refused.value.hint
    db.close()
    db = PostgresDb(db_url=given(postgres_url, role), db_schema=schema)
    with refusal("permission denied for database") as refused:
        db.save_run(agent_session(), run(0))
    assert "CREATE in the database" in refused.value.hint
    db.close()


@pytest.mark.postgres
def test_columns_of_ones_own_stay_and_one_that_must_be_filled_is_named_without_the_row(postgres_url, filled):
    table = f"{filled}.agno_runs"
    db = PostgresDb(db_url=postgres_url, db_schema=filled)
    asked(postgres_url, f"""ALTER TABLE {table} ADD COLUMN "Of Ours" int DEFAULT 7""")
    db.save_run(agent_session(), run(1))
    assert asked(postgres_url, f"""SELECT "Of Ours" FROM {table} ORDER BY run_id""") == [(7,), (7,)]  # noqa: S608
    asked(postgres_url, f"ALTER TABLE {table} ADD COLUMN must int", f"UPDATE {table} SET must = 1")  # noqa: S608
    asked(postgres_url, f"ALTER TABLE {table} ALTER must SET NOT NULL")
    with refusal('null value in column "must"') as refused:
        db.save_run(agent_session(), run(2))
    assert "not as Agno 3.x makes them" in refused.value.hint
    db.close()


@pytest.mark.postgres
@BOTH
def test_names_may_hold_any_sign(cls, postgres_url, schema):
    names = {"session_table": "Sess'ions 100 %", "runs_table": 'R{u}ns ? "q" %s', "memory_table": "Mem:ories"}

    async def main(number):
        db = cls(db_url=postgres_url, db_schema=f'My "{schema}" ?', **names)
        await db.asave_run(agent_session(), run(number))
        for _ in range(3):
            found = await db.aload_run_context("s1")  # the third time prepared
        await (db.close() if cls is AsyncPostgresDb else db.aclose())
        return [one.run_id for one in found.runs]

    assert asyncio.run(main(0)) == ["r0"]
    assert asyncio.run(main(1)) == ["r0", "r1"]
    tables = asked(postgres_url, f"""SELECT tablename FROM pg_tables WHERE schemaname = 'My "{schema}" ?'""")  # noqa: S608
    assert {name for (name,) in tables} == {names["session_table"], names["runs_table"], "agno_schema_versions"}


@pytest.mark.parametrize("signs", ["s3cr@t", "s3cr/t", "12/s3cr", "s3 cr", 's3"cr t', "s3%cr"])
@pytest.mark.parametrize("open_", [lambda url: PostgresDb(db_url=url).get_session("s1"), TelemetryStore])
def test_a_password_that_is_not_encoded_is_told_at_once_and_not_shown(signs, open_, caplog):
    with pytest.raises(StoreError, match="cannot be read") as refused:
        open_(f"postgresql://jo:{signs}@127.0.0.1:1/boats")
    assert "urllib.parse.quote" in refused.value.hint
    assert "s3" not in str(refused.value)
    assert "t@127" not in str(refused.value) + caplog.text


@pytest.mark.parametrize("driver", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+asyncpg"])
def test_an_address_of_telemetry_is_told_without_its_password(driver):
    with pytest.raises(StoreError, match="cannot be opened: connection failed") as refused:
        TelemetryStore(f"{driver}://jo:s3cret@127.0.0.1:1/boats")
    assert "s3cret" not in str(refused.value)
    assert f"{driver}://…" in str(refused.value)


@pytest.mark.postgres
@BOTH
def test_why_there_is_no_connection_stands_in_the_error(cls, postgres_url, monkeypatch):
    monkeypatch.setattr(postgres_pools, "WAIT_SECONDS", 0.5)
    db = cls(db_url=given(postgres_url, "nobody_there"))
    with refusal(r'within 0\.5 seconds: .*role "nobody_there" does not exist'):
        result(db.get_session("s1"))
    result(db.close())


@pytest.mark.postgres
def test_the_error_says_so_where_all_connections_are_taken(postgres_url, monkeypatch):
    monkeypatch.setattr(postgres_pools, "WAIT_SECONDS", 0.5)
    monkeypatch.setattr(postgres_pools, "POOL_SIZE", 1)
    db = PostgresDb(db_url=postgres_url)
    with db.pools._threads().connection(), refusal(r"within 0\.5 seconds\.\n.*were taken"):
        db.get_session("s1")
    db.close()
