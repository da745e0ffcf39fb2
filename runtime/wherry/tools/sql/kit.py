"""`SQLTools`: a database as tools of an agent, over SQLAlchemy. Mirrors `agno.tools.sql`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Optional

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_error
from wherry.core.tools.toolkit import Toolkit

if TYPE_CHECKING:
    from collections.abc import Callable


class SQLTools(Toolkit):
    """Tools that ask a database, and change it as far as its user may. Mirrors `agno.tools.sql.SQLTools`.

    Args:
        db_url: Address of the database, as SQLAlchemy has it.
        db_engine: An engine of SQLAlchemy's instead.
        user: Name of the database's user, with the four that follow, instead of an address.
        password: Its password.
        host: Where the database is.
        port: And at which port.
        schema: Schema of the tables that are listed; with `host` the name of the database as well.
        dialect: Kind of database and driver, for example ``postgresql+psycopg``.
        tables: What `list_tables` tells instead of asking.
        enable_list_tables: Offer `list_tables`.
        enable_describe_table: Offer `describe_table`.
        enable_run_sql_query: Offer `run_sql_query`.
        all: Offer all of them.
        **kwargs: See `Toolkit`.

    Raises:
        ConfigurationError: (a ValueError) No database is named, or SQLAlchemy is not installed.
    """

    def __init__(
        self,
        db_url: str | None = None,
        db_engine: Any = None,
        user: str | None = None,
        password: str | None = None,
        host: str | None = None,
        port: int | None = None,
        schema: str | None = None,
        dialect: str | None = None,
        tables: dict[str, Any] | None = None,
        enable_list_tables: bool = True,
        enable_describe_table: bool = True,
        enable_run_sql_query: bool = True,
        all: bool = False,
        **kwargs: Any,
    ) -> None:
        try:
            import sqlalchemy
            from sqlalchemy import orm
        except ImportError as error:
            raise ConfigurationError("SQLTools needs SQLAlchemy.", hint="Run `pip install sqlalchemy`.") from error
        if db_engine is None and db_url is not None:
            db_engine = sqlalchemy.create_engine(db_url)
        elif db_engine is None and user and password and host and port and dialect:
            made = sqlalchemy.URL.create(dialect, user, password, host, port, database=schema)
            db_engine = sqlalchemy.create_engine(made)
        if db_engine is None:
            hint = "Give db_engine or db_url, or all of user, password, host, port and dialect."
            raise ConfigurationError("SQLTools knows no database.", hint=hint)
        self.db_engine = db_engine
        self.Session = orm.sessionmaker(bind=db_engine)
        self.schema = schema
        self.tables = tables
        offered: list[tuple[bool, Callable[..., str]]] = [
            (enable_list_tables, self.list_tables),
            (enable_describe_table, self.describe_table),
            (enable_run_sql_query, self.run_sql_query),
        ]
        super().__init__(name="sql_tools", tools=[one for enabled, one in offered if enabled or all], **kwargs)

    def _answer(self, what: str, act: Callable[[], Any]) -> str:
        """What a tool answers, as JSON; whatever goes wrong is an answer."""
        try:
            return json.dumps(act(), default=str)
        except Exception as error:  # noqa: BLE001 - whatever the database says is for the model
            log_error(f"SQLTools failed {what}: {error!r}")
            return f"Error {what}: {error}"

    def list_tables(self) -> str:
        """List the names of the tables, as JSON."""
        return self._answer("listing tables", lambda: self._tables() if self.tables is None else self.tables)

    def _tables(self) -> list[str]:
        from sqlalchemy import inspect

        return list(inspect(self.db_engine).get_table_names(**({"schema": self.schema} if self.schema else {})))

    def describe_table(self, table_name: str) -> str:
        """Tell the columns of a table as JSON: name, type, whether it may be null, default.

        Args:
            table_name (str): Which table.
        """
        return self._answer("describing the table", lambda: self._columns(table_name))

    def _columns(self, table_name: str) -> list[dict[str, Any]]:
        from sqlalchemy import inspect

        return [
            {
                "name": column["name"],
                "type": str(column["type"]),
                "nullable": column["nullable"],
                "default": column.get("default"),
            }
            for column in inspect(self.db_engine).get_columns(table_name, schema=self.schema)
        ]

    def run_sql_query(
        self,
        query: str,
        limit: Optional[int] = 10,  # noqa: UP045 - described in another way to models than a union
    ) -> str:
        """Run one statement of SQL, and get its rows as JSON; no rows where it gives none.

        Args:
            query (str): The statement.
            limit (int, optional): How many rows to get, 10 when left out; null for all of them, 0 for none.
        """
        return self._answer("running the query", lambda: self.run_sql(sql=query, limit=limit))

    def run_sql(self, sql: str, limit: int | None = None) -> list[dict[str, Any]]:
        """Run one statement, commit, and give its rows.

        Args:
            sql: The statement.
            limit: How many rows at most; None for all, none where it is not positive.

        Raises:
            Exception: Whatever the database says.
        """
        from sqlalchemy import text

        with self.Session() as session, session.begin():
            return rows_of(session.execute(text(sql)), limit)


def rows_of(result: Any, limit: int | None) -> list[dict[str, Any]]:
    """The rows of a result; none of a statement that gives none."""
    if not result.returns_rows or (limit is not None and limit <= 0):
        return []
    rows = result.fetchall() if limit is None else result.fetchmany(limit)
    return [row._asdict() for row in rows]
