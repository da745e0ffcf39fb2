"""The reference's databases of a kind, opened for a step; only processes of the reference import this.

SQLAlchemy compiles the questions with which it looks at the tables of a schema anew for each engine, which takes longer
than all that Agno then does: databases on one Postgres server share an engine, as Agno's `db_engine` allows. What they
know of their tables stays their own.
"""

from __future__ import annotations

import functools
import gc
from importlib import import_module

CLASSES = {"sqlite": "SqliteDb", "postgres": "PostgresDb", "redis": "RedisDb", "json": "JsonDb"}


def database(kind, given):
    cls = getattr(import_module(f"agno.db.{kind}"), CLASSES[kind])
    settle(kind)
    if kind != "postgres":
        return cls(**given)
    url = given["db_url"].replace("postgresql://", "postgresql+psycopg://")
    return cls(**{**given, "db_url": url, "db_engine": engine(url)})


@functools.cache
def engine(url):
    """An engine as Agno makes it of an address."""
    from agno.db.postgres.postgres import _engine_options, create_engine

    return create_engine(url, **_engine_options())


@functools.cache
def settle(kind):
    """What has been imported by now is no garbage: it need not be looked through again and again."""
    gc.freeze()
