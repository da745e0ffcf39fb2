"""Connections to Postgres: a pool for threads, and one for each event loop.

Called by the stores on Postgres and by `PgVector`. psycopg is imported when the first connection is opened.
"""

from __future__ import annotations

import select
import threading
import weakref
from collections.abc import Sequence
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError, StoreError, require
from wherry.stores.loops import PerLoop
from wherry.stores.plan import Plan, adrive, drive, for_postgres

if TYPE_CHECKING:
    from psycopg import AsyncConnection, AsyncCursor, Connection, Cursor
    from psycopg_pool import AsyncConnectionPool, ConnectionPool

POOL_SIZE = 15
"""Connections at most, for threads and for each loop; as many as Agno's engine opens by default."""
WAIT_SECONDS = 30.0
"""How long a run waits for a connection before it fails."""
FRESH_SECONDS = 1.0
"""A connection that was used within this time is asked no question before it is used again."""

_used: weakref.WeakKeyDictionary[Connection[Any] | AsyncConnection[Any], float] = weakref.WeakKeyDictionary()


def fresh(connection: Connection[Any] | AsyncConnection[Any]) -> bool:
    """Whether a connection surely lives: it was used just now, and its server has said nothing since.

    A server that ends a connection says so, and then there is something to read. A line that went dead in silence is
    found by asking, which costs a round trip.
    """
    if monotonic() - _used.get(connection, -inf) > FRESH_SECONDS or connection.closed or not hasattr(select, "poll"):
        return False
    heard = select.poll()
    heard.register(connection.fileno(), select.POLLIN)
    return not heard.poll(0)


def _check(connection: Connection[Any]) -> None:
    if not fresh(connection):
        from psycopg_pool import ConnectionPool

        ConnectionPool.check_connection(connection)


async def _acheck(connection: AsyncConnection[Any]) -> None:
    if not fresh(connection):
        from psycopg_pool import AsyncConnectionPool

        await AsyncConnectionPool.check_connection(connection)


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


def _has_rows(cursor: Cursor[Any] | AsyncCursor[Any]) -> bool:
    """Whether it may have rows; `description` would make an object for each column to say so."""
    result = cursor.pgresult
    return result is not None and result.nfields > 0


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

    Raises:
        MissingPackage: (an ImportError) the extra ``postgres`` is not installed.
    """

    def __init__(self, url: str) -> None:
        for package in ("psycopg", "psycopg_pool"):
            require(package, "postgres", "A Postgres database")
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
                    check=_check,
                    open=True,
                )
            return self._pool

    async def _open_for_loop(self) -> AsyncConnectionPool[Any]:
        from wherry.stores.loop_pool import LoopPool

        async def configure(connection: AsyncConnection[Any]) -> None:
            _prepared(connection)

        pool = LoopPool(
            self.url,
            min_size=0,
            max_size=POOL_SIZE,
            timeout=WAIT_SECONDS,
            kwargs={"autocommit": True},
            configure=configure,
            check=_acheck,
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
        except (Error, PoolTimeout, UnicodeEncodeError) as error:
            raise _failed(error) from error

    def _on(self, connection: Connection[Any], plan: Plan[Any]) -> Any:
        cursor = connection.cursor()

        def step(sql: str, values: Sequence[Any]) -> Any:
            cursor.execute(for_postgres(sql), values or None)
            return cursor.fetchall() if _has_rows(cursor) else cursor.rowcount

        try:
            result = drive(plan, step)
            if connection.info.transaction_status:
                connection.commit()
            _used[connection] = monotonic()
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
        except (psycopg.Error, UnicodeEncodeError) as error:
            raise _failed(error) from error

    async def arun(self, plan: Plan[Any]) -> Any:
        """Run a plan in a running loop."""
        from psycopg import Error
        from psycopg_pool import PoolTimeout

        pool = await self._loops.get()
        try:
            async with pool.connection() as connection:
                return await self._aon(connection, plan)
        except (Error, PoolTimeout, UnicodeEncodeError) as error:
            raise _failed(error) from error

    async def _aon(self, connection: AsyncConnection[Any], plan: Plan[Any]) -> Any:
        cursor = connection.cursor()

        async def step(sql: str, values: Sequence[Any]) -> Any:
            await cursor.execute(for_postgres(sql), values or None)
            return await cursor.fetchall() if _has_rows(cursor) else cursor.rowcount

        try:
            result = await adrive(plan, step)
            if connection.info.transaction_status:
                await connection.commit()
            _used[connection] = monotonic()
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
