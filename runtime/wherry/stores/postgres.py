"""Postgres through psycopg 3.

Both classes speak to the same tables. The blocking class lends async connections to runs that are awaited, so that a
program with a `PostgresDb` in an async server does not block its loop. Connections are in `postgres_pools`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.stores.base import AsyncBaseDb, BaseDb
from wherry.stores.engines import LentEngine, postgres_url
from wherry.stores.postgres_pools import PostgresPools, plain_url
from wherry.stores.refused import refused_methods
from wherry.stores.seeds import seeded_id
from wherry.stores.sql_learnings import BlockingLearnings, SuspendingLearnings
from wherry.stores.sql_methods import AsyncSql, BlockingSql, SuspendingSql, tables_of

if TYPE_CHECKING:
    from wherry.stores.plan import Plan
    from wherry.stores.protocol import Conflict


def _address(db_url: str | None, db_engine: Any) -> str:
    if db_engine is not None:
        return plain_url(postgres_url(db_engine))
    if db_url is None:
        raise ConfigurationError(
            "A Postgres database needs an address.", hint="Pass db_url='postgresql://user@host:5432/database'."
        )
    return plain_url(db_url)


def _identity(db_url: str | None, db_engine: Any, db_schema: str | None) -> str:
    base = db_url or (str(db_engine.url) if db_engine is not None else "")
    return seeded_id(f"{base}#{db_schema if db_schema is not None else 'ai'}")


class PostgresDb(LentEngine, BlockingLearnings, SuspendingSql, BlockingSql, BaseDb):
    """Sessions, runs, memories and knowledge contents in Postgres; mirrors `agno.db.postgres.PostgresDb`.

    Args:
        db_url: ``postgresql://…``; a driver in the scheme is ignored, psycopg 3 is used.
        db_engine: An engine of SQLAlchemy, taken for its address.
        db_schema: Schema of the tables.
        id: Identity; by default made from address and schema, so that it stays the same.
        create_schema: Create the schema when it is not there.
        on_conflict, on_unsaved: When two runs changed one key, when one cannot be stored: ``report`` or ``raise``.
        **tables: Names of tables by Agno's parameters, for example ``session_table``.

    Raises:
        ConfigurationError: There is no address, or it is not Postgres'.
    """

    def __init__(
        self,
        db_url: str | None = None,
        db_engine: Any = None,
        db_schema: str | None = None,
        *,
        id: str | None = None,
        create_schema: bool = True,
        on_conflict: Conflict = "report",
        **tables: Any,
    ) -> None:
        address = _address(db_url, db_engine)
        sandbox = tables.pop("sandbox_table", None)
        super().__init__(id=id or _identity(db_url, db_engine, db_schema), on_conflict=on_conflict, **tables)
        self.db_url, self._engine = db_url, db_engine
        self.db_schema = db_schema if db_schema is not None else "ai"
        self.create_schema = create_schema
        self.sandbox_table_name = sandbox or f"{self.session_table_name}_sandbox_bindings"
        self.pools = PostgresPools(address)
        self.tables = tables_of(self, "postgres", address, self.db_schema, create_schema)

    @property
    def db_engine(self) -> Any:
        """A SQLAlchemy engine on the same database, made when first asked for.

        Raises:
            ConfigurationError: SQLAlchemy is not installed.
        """
        return self._engine_on(self.pools.url.replace("postgresql:", "postgresql+psycopg:", 1))

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` takes; the address with its password, as in Agno."""
        return {
            **super().to_dict(),
            "db_url": self.db_url,
            "db_schema": self.db_schema,
            "sandbox_table": self.sandbox_table_name,
            "type": "postgres",
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PostgresDb:
        """A database from what `to_dict` wrote."""
        names: Any = {name: data.get(name) for name in ("db_url", "db_schema", "id", "sandbox_table", *cls._parameters)}
        return cls(**names)

    def _execute(self, plan: Plan[Any]) -> Any:
        return self.pools.run(plan)

    async def _aexecute(self, plan: Plan[Any]) -> Any:
        return await self.pools.arun(plan)

    def read_blocking(self, plan: Plan[Any]) -> Any:
        """Run a reading plan without a loop."""
        return self.pools.run(plan)

    def close(self) -> None:
        """Close the connections of threads; the next use opens new ones."""
        self.pools.close()
        self._end_engine()

    async def aclose(self) -> None:
        """Close the connections of the running loop, too."""
        await self.pools.aclose()
        self._end_engine()


class AsyncPostgresDb(LentEngine, SuspendingLearnings, AsyncSql, AsyncBaseDb):
    """`PostgresDb` with coroutines; mirrors `agno.db.postgres.AsyncPostgresDb`.

    Args:
        id: Identity; by default made from address and schema, so that it stays the same.
        db_url: ``postgresql://…``; a driver in the scheme is ignored, psycopg 3 is used.
        db_engine: An async engine of SQLAlchemy, taken for its address.
        db_schema: Schema of the tables.
        create_schema: Create the schema when it is not there.
        on_conflict, on_unsaved: When two runs changed one key, when one cannot be stored: ``report`` or ``raise``.
        **tables: Names of tables by Agno's parameters, for example ``session_table``.

    Raises:
        ConfigurationError: There is no address, or it is not Postgres'.
    """

    def __init__(
        self,
        id: str | None = None,
        db_url: str | None = None,
        db_engine: Any = None,
        db_schema: str | None = None,
        *,
        create_schema: bool = True,
        on_conflict: Conflict = "report",
        **tables: Any,
    ) -> None:
        address = _address(db_url, db_engine)
        tables.pop("sandbox_table", None)
        super().__init__(id=id or _identity(db_url, db_engine, db_schema), on_conflict=on_conflict, **tables)
        self.db_url, self._engine = db_url, db_engine
        self.db_schema = db_schema if db_schema is not None else "ai"
        self.create_schema = create_schema
        self.pools = PostgresPools(address)
        self.tables = tables_of(self, "postgres", address, self.db_schema, create_schema)

    @property
    def db_engine(self) -> Any:
        """A SQLAlchemy engine on the same database, made when first asked for.

        Raises:
            ConfigurationError: SQLAlchemy is not installed.
        """
        return self._engine_on(self.pools.url.replace("postgresql:", "postgresql+psycopg:", 1), suspending=True)

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` takes; the address with its password, as in Agno."""
        return {**super().to_dict(), "db_url": self.db_url, "db_schema": self.db_schema, "type": "async_postgres"}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> AsyncPostgresDb:
        """A database from what `to_dict` wrote."""
        names: Any = {name: data.get(name) for name in ("db_url", "db_schema", "id", *cls._parameters)}
        return cls(**names)

    async def _aexecute(self, plan: Plan[Any]) -> Any:
        return await self.pools.arun(plan)

    def read_blocking(self, plan: Plan[Any]) -> Any:
        """Run a reading plan without a loop; a short connection of its own, since nothing may be awaited."""
        return self.pools.run_once(plan)

    async def close(self) -> None:
        """Close the connections of the running loop; the next use opens new ones."""
        await self.pools.aclose()
        await self._aend_engine()


refused_methods(PostgresDb, "agno.db.postgres.PostgresDb", suspending=False)
refused_methods(AsyncPostgresDb, "agno.db.postgres.AsyncPostgresDb", suspending=True)
