"""Postgres through psycopg 3: a pool of connections for threads, and one for each event loop.

Both classes speak to the same tables. The blocking class lends async connections to runs that are awaited, so that a
program with a `PostgresDb` in an async server does not block its loop.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError, StoreError
from wherry.stores.base import AsyncBaseDb, BaseDb
from wherry.stores.engines import LentEngine
from wherry.stores.loops import PerLoop
from wherry.stores.plan import Plan, adrive, drive, for_postgres
from wherry.stores.refused import refused_methods
from wherry.stores.seeds import seeded_id
from wherry.stores.sql_methods import AsyncSql, BlockingSql, SuspendingSql, tables_of

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Connection
    from psycopg_pool import AsyncConnectionPool, ConnectionPool

    from wherry.stores.protocol import Conflict

POOL_SIZE = 15
"""Connections at most, for threads and for each loop; as many as Agno's engine opens by default."""
WAIT_SECONDS = 30.0
"""How long a run waits for a connection before it fails."""


def plain_url(url: str) -> str:
    """The address without SQLAlchemy's driver: ``postgresql+psycopg://…`` becomes ``postgresql://…``.

    Raises:
        ConfigurationError: It is no address of Postgres.
    """
    scheme, found, place = url.partition("://")  # urlsplit knows no scheme with an underscore, as in psycopg_async
    if not found or scheme.partition("+")[0] not in {"postgres", "postgresql"}:
        raise ConfigurationError(f"{url!r} is no Postgres address.", hint="Use 'postgresql://user@host:5432/database'.")
    return f"postgresql://{place}"


def _prepared(connection: Connection[Any] | AsyncConnection[Any]) -> None:
    """JSON columns come as text: plans parse them with the parser of all stores."""
    from psycopg.types.string import TextLoader

    for kind in ("json", "jsonb"):
        connection.adapters.register_loader(kind, TextLoader)


async def _close_pool(pool: AsyncConnectionPool[Any]) -> None:
    await pool.close()


def _failed(error: Exception) -> StoreError:
    return StoreError(
        f"Postgres refused: {str(error).strip()}",
        hint="Check that the server runs, that db_url names it, and that its user may use the schema.",
    )


class PostgresPools:
    """Connections to one database: a pool for threads and a pool for each running loop, opened when first used.

    Args:
        url: Address without driver.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._pool: ConnectionPool[Any] | None = None
        self._loops = PerLoop(self._open_for_loop, _close_pool)

    def _threads(self) -> ConnectionPool[Any]:
        with self._lock:
            if self._pool is None:
                from psycopg_pool import ConnectionPool

                self._pool = ConnectionPool(
                    self.url,
                    min_size=0,
                    max_size=POOL_SIZE,
                    timeout=WAIT_SECONDS,
                    kwargs={"autocommit": True},
                    configure=_prepared,
                    check=ConnectionPool.check_connection,
                    open=True,
                )
            return self._pool

    async def _open_for_loop(self) -> AsyncConnectionPool[Any]:
        from psycopg_pool import AsyncConnectionPool

        async def configure(connection: AsyncConnection[Any]) -> None:
            _prepared(connection)

        pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            self.url,
            min_size=0,
            max_size=POOL_SIZE,
            timeout=WAIT_SECONDS,
            kwargs={"autocommit": True},
            configure=configure,
            check=AsyncConnectionPool.check_connection,
            open=False,
        )
        await pool.open()
        return pool

    def run(self, plan: Plan[Any]) -> Any:
        """Run a plan, in one transaction when it begins one."""
        from psycopg import Error
        from psycopg_pool import PoolTimeout

        try:
            with self._threads().connection() as connection:
                return self._on(connection, plan)
        except (Error, PoolTimeout) as error:
            raise _failed(error) from error

    def _on(self, connection: Connection[Any], plan: Plan[Any]) -> Any:
        cursor = connection.cursor()

        def step(sql: str, values: Sequence[Any]) -> Any:
            cursor.execute(for_postgres(sql), values or None)
            return cursor.fetchall() if cursor.description is not None else cursor.rowcount

        try:
            result = drive(plan, step)
            if connection.info.transaction_status:
                connection.commit()
        except BaseException:
            if not connection.closed and connection.info.transaction_status:
                connection.rollback()
            raise
        return result

    def run_once(self, plan: Plan[Any]) -> Any:
        """Run a reading plan on a connection of its own, without a pool."""
        import psycopg

        try:
            with psycopg.connect(self.url, autocommit=True) as connection:
                _prepared(connection)
                return self._on(connection, plan)
        except psycopg.Error as error:
            raise _failed(error) from error

    async def arun(self, plan: Plan[Any]) -> Any:
        """Run a plan in a running loop."""
        from psycopg import Error
        from psycopg_pool import PoolTimeout

        pool = await self._loops.get()
        try:
            async with pool.connection() as connection:
                return await self._aon(connection, plan)
        except (Error, PoolTimeout) as error:
            raise _failed(error) from error

    async def _aon(self, connection: AsyncConnection[Any], plan: Plan[Any]) -> Any:
        cursor = connection.cursor()

        async def step(sql: str, values: Sequence[Any]) -> Any:
            await cursor.execute(for_postgres(sql), values or None)
            return await cursor.fetchall() if cursor.description is not None else cursor.rowcount

        try:
            result = await adrive(plan, step)
            if connection.info.transaction_status:
                await connection.commit()
        except BaseException:
            if not connection.closed and connection.info.transaction_status:
                await connection.rollback()
            raise
        return result

    def close(self) -> None:
        """Close the connections of threads."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    async def aclose(self) -> None:
        """Close the connections of the running loop, and those of threads."""
        await self._loops.end()
        self.close()


def _address(db_url: str | None, db_engine: Any) -> str:
    if db_engine is not None:
        return plain_url(db_engine.url.render_as_string(hide_password=False))
    if db_url is None:
        raise ConfigurationError(
            "A Postgres database needs an address.", hint="Pass db_url='postgresql://user@host:5432/database'."
        )
    return plain_url(db_url)


def _identity(db_url: str | None, db_engine: Any, db_schema: str | None) -> str:
    base = db_url or (str(db_engine.url) if db_engine is not None else "")
    return seeded_id(f"{base}#{db_schema if db_schema is not None else 'ai'}")


class PostgresDb(LentEngine, SuspendingSql, BlockingSql, BaseDb):
    """Sessions, runs, memories and knowledge contents in Postgres; mirrors `agno.db.postgres.PostgresDb`.

    Args:
        db_url: ``postgresql://…``; a driver in the scheme is ignored, psycopg 3 is used.
        db_engine: An engine of SQLAlchemy, taken for its address.
        db_schema: Schema of the tables.
        id: Identity; by default made from address and schema, so that it stays the same.
        create_schema: Create the schema when it is not there.
        on_conflict: What happens when two runs changed one key of a session: ``report`` or ``raise``.
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
        self.tables = tables_of(self, "postgres", self.db_schema, create_schema)

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


class AsyncPostgresDb(LentEngine, AsyncSql, AsyncBaseDb):
    """`PostgresDb` with coroutines; mirrors `agno.db.postgres.AsyncPostgresDb`.

    Args:
        id: Identity; by default made from address and schema, so that it stays the same.
        db_url: ``postgresql://…``; a driver in the scheme is ignored, psycopg 3 is used.
        db_engine: An async engine of SQLAlchemy, taken for its address.
        db_schema: Schema of the tables.
        create_schema: Create the schema when it is not there.
        on_conflict: What happens when two runs changed one key of a session: ``report`` or ``raise``.
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
        self.tables = tables_of(self, "postgres", self.db_schema, create_schema)

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
