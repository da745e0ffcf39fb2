"""`ReadingSQLTools`: `SQLTools` that change nothing, whatever the engine's user may do. Used by `context.database`.

A statement has to begin like a question, and the database is told to write nothing meanwhile: by `query_only` on
SQLite, by a read-only transaction on Postgres and MySQL. Whatever a statement did is rolled back, on every database; on
others than these three, an engine in autocommit has nothing to roll back, and the user's rights have to do.
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wherry.tools.sql.kit import SQLTools, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASKING = frozenset({"select", "with", "values", "table", "explain", "show", "describe", "desc", "pragma"})
# Nothing that was passed over is looked at again (`*+`): of many comments that would take longer than anybody waits.
_BEGIN = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*+([A-Za-z]+)", re.DOTALL)
# Pragmas of SQLite that tell something, with or without an argument in brackets; an equals sign would set one.
_TELLS = re.compile(
    r"\s*pragma\s+(\w+\.)?(collation_list|compile_options|database_list|foreign_key_list|function_list|index_info|"
    r"index_list|index_xinfo|table_info|table_list|table_xinfo)\s*(\([^)]*\))?\s*;?\s*",
    re.IGNORECASE,
)
# SELECT … INTO OUTFILE, which no transaction of MySQL's forbids; `/*!50000INTO` is run there as well.
_WRITES_A_FILE = re.compile(r"(?:\b|/\*m?!\d+)into\b", re.IGNORECASE)
_MYSQL = frozenset({"mysql", "mariadb"})


class ReadingSQLTools(SQLTools):
    """The tools of `SQLTools`, for questions only; how far that is held depends on the database, see above."""

    def run_sql(self, sql: str, limit: int | None = None) -> list[dict[str, Any]]:
        """Run one question, and give its rows.

        Args:
            sql: The question, one statement.
            limit: How many rows at most; None for all, none where it is not positive.

        Raises:
            PermissionError: It does not begin like a question, or is more than one.
            Exception: Whatever the database says.
        """
        from sqlalchemy import text

        check_asks(sql, self.db_engine.dialect.name)
        with self.db_engine.connect() as connection, _alone(connection), _held(connection) as held:
            return rows_of(held.execute(text(sql)), limit)


def check_asks(sql: str, dialect: str) -> None:
    """Refuse what does not look like one question.

    Args:
        sql: A statement.
        dialect: SQLAlchemy's name of the kind of database.

    Raises:
        PermissionError: It does not.
    """
    begin = _BEGIN.match(sql)
    word = (begin.group(1) if begin else sql.strip()[:20]).lower()
    if word not in _ASKING or (word == "pragma" and not _TELLS.fullmatch(sql)):
        raise PermissionError(
            f"{word!r} does more than ask, and this database is only asked. Begin with SELECT or WITH."
        )
    if dialect == "sqlite":  # takes one statement at a time
        return
    if ";" in sql.rstrip("; \t\r\n"):
        raise PermissionError("One statement at a time: leave out the semicolon; within a text write its code instead.")
    if dialect != "postgresql" and _WRITES_A_FILE.search(sql):
        raise PermissionError("INTO writes, and this database is only asked here.")


def _alone(connection: Any) -> threading.Lock:
    """What keeps two questions apart that share a connection; pools for SQLite in memory have one for all threads."""
    lock: threading.Lock = connection.info.setdefault("wherry_asking", threading.Lock())
    return lock


@contextmanager
def _held(connection: Any) -> Iterator[Any]:
    """A connection that does not change its database, and is as it was afterwards."""
    dialect = connection.dialect.name
    before = None
    if dialect == "postgresql":
        # the level as well: an engine in autocommit has no transaction that could be read-only
        connection = connection.execution_options(isolation_level="READ COMMITTED", postgresql_readonly=True)
    elif dialect in _MYSQL:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    elif dialect == "sqlite":
        before = connection.exec_driver_sql("PRAGMA query_only").scalar()
        connection.exec_driver_sql("PRAGMA query_only = 1")
    try:
        yield connection
    finally:
        connection.rollback()
        if before is not None:
            connection.exec_driver_sql(f"PRAGMA query_only = {int(before)}")
