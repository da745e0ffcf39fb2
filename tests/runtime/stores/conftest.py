"""Every store behind one set of fixtures: files, memory, and real Postgres and Valkey servers."""

from __future__ import annotations

import asyncio
import inspect
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import servers
from processes import Worker

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def postgres_url():
    with servers.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url():
    with servers.redis() as url:
        yield url


@pytest.fixture(scope="session")
def agno(reference):
    """Agno in a process of its own for all modules here; `agno(kind, given, step)` has it do a step."""
    with Worker(HERE / "agno_process.py", served=reference) as process:
        yield lambda kind, given, step: process.ask({"kind": kind, "given": given, "step": step})


@pytest.fixture(scope="session")
def runtimes(reference):
    """Both runtimes, each in a process of its own; `runtimes(package, job)` has one do a step of `dual_agents`."""
    with ExitStack() as stack:
        started = {}

        def perform(package, job):
            if package not in started:
                served = reference if package == "agno" else None
                started[package] = stack.enter_context(Worker(HERE / "dual_agents.py", package, served=served))
            assert started[package].ask(job) == "done"

        yield perform


class Called:
    """A store whose coroutines are run to their end, so that one test speaks to blocking and async stores alike."""

    def __init__(self, store: Any, runner: asyncio.Runner) -> None:
        self.store, self._runner = store, runner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.store, name)
        if not callable(found):
            return found

        def call(*args: Any, **given: Any) -> Any:
            result = found(*args, **given)
            if not inspect.iscoroutine(result):
                return result
            return self._runner.run(result)

        return call


SQLITE = ["sqlite", "async_sqlite", "sqlite_memory"]
POSTGRES = [
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("async_postgres", marks=pytest.mark.postgres),
]
DOCUMENTS = ["in_memory", "json"]
REDIS = [pytest.param("redis", marks=pytest.mark.redis), pytest.param("valkey", marks=pytest.mark.redis)]
ALL = [*SQLITE, *POSTGRES, *DOCUMENTS, *REDIS]


def make(kind: str, request: pytest.FixtureRequest, **given: Any) -> Any:
    """A store of a kind, empty, or one on the same data when `where` is given."""
    where = given.pop("where", None) or uuid.uuid4().hex[:8]
    tmp_path = request.getfixturevalue("tmp_path")
    if kind in {"sqlite", "async_sqlite"}:
        from wherry.db.sqlite import AsyncSqliteDb, SqliteDb

        cls = SqliteDb if kind == "sqlite" else AsyncSqliteDb
        return cls(db_file=str(tmp_path / f"{where}.db"), **given)
    if kind == "sqlite_memory":
        from wherry.db.sqlite import SqliteDb

        return SqliteDb(db_url="sqlite:///:memory:", **given)
    if kind == "in_memory":
        from wherry.db.in_memory import InMemoryDb

        return InMemoryDb(**given)
    if kind == "json":
        from wherry.db.json import JsonDb

        return JsonDb(db_path=str(tmp_path / where), **given)
    if kind in {"postgres", "async_postgres"}:
        from wherry.db.postgres import AsyncPostgresDb, PostgresDb

        cls = PostgresDb if kind == "postgres" else AsyncPostgresDb
        return cls(db_url=request.getfixturevalue("postgres_url"), db_schema=f"s_{where}", **given)
    if kind == "valkey":
        from wherry.db.valkey import ValkeyDb

        address = urlsplit(request.getfixturevalue("redis_url"))
        return ValkeyDb(host=address.hostname, port=address.port, db_prefix=f"p_{where}", **given)
    from wherry.db.redis import RedisDb

    return RedisDb(db_url=request.getfixturevalue("redis_url"), db_prefix=f"p_{where}", **given)


@pytest.fixture
def runner():
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="session")
def emptied(postgres_url):
    """Postgres stores whose tables exist already: creating them anew takes longer than most tests."""
    import psycopg

    stores: dict[str, Any] = {}

    def reuse(kind: str, request: pytest.FixtureRequest) -> Any:
        if kind not in stores:
            stores[kind] = make(kind, request, where=f"kept_{kind}")
        store = stores[kind]
        if store.tables.present:
            tables = ", ".join(store.tables[name] for name in store.tables.present)
            with psycopg.connect(postgres_url, autocommit=True) as connection:
                connection.execute(f"TRUNCATE {tables}")
        return store

    return reuse


@pytest.fixture
def new_store(request, runner):
    """Makes stores and closes them at the end."""
    made = []

    def new(kind: str, *, fresh: bool = False, **given: Any) -> Called:
        if kind.endswith("postgres") and not given and not fresh:
            store = Called(request.getfixturevalue("emptied")(kind, request), runner)
        else:
            store = Called(make(kind, request, **given), runner)
        made.append(store)
        return store

    yield new
    for store in made:
        store.close()


@pytest.fixture(params=ALL)
def store(request, new_store):
    return new_store(request.param)


@pytest.fixture(params=[*SQLITE, *POSTGRES])
def sql_store(request, new_store):
    return new_store(request.param)


@pytest.fixture(params=[*SQLITE, *POSTGRES])
def fresh_sql_store(request, new_store):
    """A database in which no table exists yet."""
    return new_store(request.param, fresh=True)


@pytest.fixture(params=[kind for kind in ALL if kind != "in_memory"])
def text_store(request, new_store):
    """Stores that write JSON text; memory keeps the objects themselves."""
    return new_store(request.param)
