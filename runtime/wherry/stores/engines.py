"""A SQLAlchemy engine on a store's database, for code of one's own that asks for `db.db_engine`.

Wherry itself does not use SQLAlchemy; the engine is made when somebody asks, if the package is installed.
"""

from __future__ import annotations

from typing import Any

from wherry.core.errors import ConfigurationError


def engine_for(url: str, *, suspending: bool = False) -> Any:
    """An engine for an address; on SQLite with foreign keys, as Agno's engine has them.

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

        return create_async_engine(url)
    engine = sqlalchemy.create_engine(url)
    if engine.dialect.name == "sqlite":

        @sqlalchemy.event.listens_for(engine, "connect")
        def with_foreign_keys(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA foreign_keys = ON")

    return engine


def sessions_for(engine: Any) -> Any:
    """A SQLAlchemy `scoped_session` on an engine."""
    from sqlalchemy.orm import scoped_session, sessionmaker

    return scoped_session(sessionmaker(bind=engine))
