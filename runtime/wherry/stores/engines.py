"""A SQLAlchemy engine on a store's database, for code of one's own that asks for `db.db_engine`.

Wherry itself does not use SQLAlchemy; the engine is made when somebody asks, if the package is installed.
"""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import quote

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning


def engine_for(url: str, *, suspending: bool = False) -> Any:
    """An engine for an address; on SQLite with foreign keys and a write-ahead log, as Agno's engine has them.

    Raises:
        ConfigurationError: SQLAlchemy is not installed.
    """
    try:
        import sqlalchemy
    except ImportError as error:
        raise ConfigurationError(
            "db_engine was asked for and SQLAlchemy is not installed.",
            hint="Run `pip install sqlalchemy`, or use the methods of the database.",
        ) from error
    if suspending:
        from sqlalchemy.ext.asyncio import create_async_engine

        engine: Any = create_async_engine(url)
    else:
        engine = sqlalchemy.create_engine(url)
    if engine.dialect.name == "sqlite":
        sqlalchemy.event.listen(engine.sync_engine if suspending else engine, "connect", _as_agno_connects)
    return engine


def _as_agno_connects(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def shown(url: str) -> str:
    """An address for an error: whole where it can hold no password, else its scheme alone."""
    if not {"@", "=", "?"}.intersection(url):
        return url
    scheme, found, _ = url.partition("://")
    return f"{scheme}://…" if found and re.fullmatch(r"[\w+]+", scheme) else "…"


def url_of(engine: Any) -> Any:
    """The address of a user's engine.

    Raises:
        ConfigurationError: It is no engine.
    """
    url = getattr(engine, "url", None)
    if url is None:
        raise ConfigurationError(
            f"db_engine is a {type(engine).__name__!r} and no engine of SQLAlchemy.",
            hint="Pass what create_engine(...) returns, or the address itself as db_url.",
        )
    return url


def sqlite_url(engine: Any) -> str:
    """The address of the file that a user's engine has open, also where a function of theirs opens it.

    Raises:
        ConfigurationError: It is no engine.
    """
    url = url_of(engine)
    if url.get_backend_name() != "sqlite" or url.database not in {None, "", ":memory:"}:
        return str(url)
    opened = ""
    if not hasattr(engine, "sync_engine"):  # one that has to be awaited cannot be asked here
        with engine.connect() as connection:
            opened = connection.exec_driver_sql("PRAGMA database_list").fetchall()[0][2]
    if opened:
        return f"sqlite:///{quote(opened)}"
    log_warning("The database of db_engine is in the memory of that engine: sessions are kept in another memory.")
    return str(url)


def postgres_url(engine: Any) -> str:
    """The address of a user's engine with its password.

    Raises:
        ConfigurationError: It is no engine, or none that says which server it asks.
    """
    url = url_of(engine)
    told = url.host or url.database or url.query
    if not told and not any(name.startswith("PG") for name in os.environ):
        raise ConfigurationError(
            "The address of db_engine names no server, and how else the engine connects is not asked.",
            hint="Pass db_url='postgresql://user@host:5432/database' instead of an engine with a function of its own.",
        )
    return str(url.render_as_string(hide_password=False))


class LentEngine:
    """The engine of a store: its user's, or one that is made when asked for and ends with the store's connections."""

    _engine: Any = None
    _made_engine: Any = None

    def _engine_on(self, url: str, *, suspending: bool = False) -> Any:
        if self._engine is not None:
            return self._engine
        if self._made_engine is None:
            self._made_engine = engine_for(url, suspending=suspending)
        return self._made_engine

    def _end_engine(self) -> None:
        engine, self._made_engine = self._made_engine, None
        vars(self).pop("Session", None)
        if engine is not None:
            engine.dispose()

    async def _aend_engine(self) -> None:
        engine, self._made_engine = self._made_engine, None
        if engine is not None:
            await engine.dispose()


def table_on(engine: Any, name: str, schema: str = "") -> Any:
    """A table that exists as SQLAlchemy's `Table`; only its name when SQLAlchemy is not installed."""
    try:
        import sqlalchemy
    except ImportError:
        return name
    return sqlalchemy.Table(name, sqlalchemy.MetaData(), schema=schema or None, autoload_with=engine)


async def atable_on(engine: Any, name: str, schema: str = "") -> Any:
    """`table_on` with an async engine."""
    async with engine.connect() as connection:
        return await connection.run_sync(table_on, name, schema)


def sessions_for(engine: Any) -> Any:
    """A SQLAlchemy `scoped_session` on an engine."""
    from sqlalchemy.orm import scoped_session, sessionmaker

    return scoped_session(sessionmaker(bind=engine))
