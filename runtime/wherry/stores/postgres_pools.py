"""Connections to Postgres: a pool for threads, and one for each event loop.

Called by the stores on Postgres and by `PgVector`. psycopg is imported when the first connection is opened.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError, require
from wherry.stores.engines import shown
from wherry.stores.loops import PerLoop
from wherry.stores.plan import Plan, adrive, drive, for_psycopg
from wherry.stores.postgres_refusals import readable, refused, unreached

if TYPE_CHECKING:
    from psycopg import AsyncCursor, Cursor
    from psycopg_pool import ConnectionPool

    from wherry.core.errors import StoreError
    from wherry.stores.loop_lines import LoopLine
    from wherry.stores.loop_pool import LoopPool
    from wherry.stores.postgres_lines import ThreadLine

POOL_SIZE = 15
"""Connections at most, for threads and for each loop; as many as Agno's engine opens by default."""
WAIT_SECONDS = 30.0
"""How long a run waits for a connection before it fails."""


def _check(connection: ThreadLine) -> None:
    if not connection.fresh():
        from psycopg_pool import ConnectionPool

        ConnectionPool.check_connection(connection)


async def _acheck(connection: LoopLine) -> None:
    if not connection.fresh():
        from psycopg_pool import AsyncConnectionPool

        await AsyncConnectionPool.check_connection(connection)


def plain_url(url: str) -> str:
    """The address without SQLAlchemy's driver: ``postgresql+psycopg://…`` becomes ``postgresql://…``.

    Raises:
        ConfigurationError: It is no address of Postgres.
    """
    scheme, found, place = url.partition("://")  # urlsplit knows no scheme with an underscore, as in psycopg_async
    if not found or scheme.partition("+")[0] not in {"postgres", "postgresql"}:
        raise ConfigurationError(
            f"{shown(url)!r} is no Postgres address.", hint="Use 'postgresql://user@host:5432/database'."
        )
    return f"postgresql://{place}"


def _has_rows(cursor: Cursor[Any] | AsyncCursor[Any]) -> bool:
    """Whether it may have rows; `description` would make an object for each column to say so."""
    result = cursor.pgresult
    return result is not None and result.nfields > 0


async def _close_pool(pool: LoopPool) -> None:
    await pool.close()


def _failed(error: Exception, pool: str = "") -> StoreError:
    from psycopg_pool import PoolTimeout

    if isinstance(error, PoolTimeout):
        from wherry.stores.postgres_log import once

        return unreached(WAIT_SECONDS, POOL_SIZE, once.why(pool))
    return refused(error)


_all: weakref.WeakSet[PostgresPools] = weakref.WeakSet()
_orphans: list[Any] = []


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
        self._begin()
        _all.add(self)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._pool: ConnectionPool[ThreadLine] | None = None
        self._loops = PerLoop(self._open_for_loop, _close_pool)

    def forget(self) -> None:
        """After a fork: the parent's connections must not be used, nor closed, here."""
        _orphans.extend((self._pool, self._loops))
        if self._pool is not None:
            self._pool._closed = True  # noqa: SLF001 - else it ends threads, the parent's, when it is collected
        self._begin()

    def _threads(self) -> ConnectionPool[ThreadLine]:
        with self._lock:
            if self._pool is None:
                from psycopg_pool import ConnectionPool

                from wherry.stores.postgres_lines import ThreadLine
                from wherry.stores.postgres_log import once

                name = once.named()
                self._pool = ConnectionPool(
                    readable(self.url),
                    name=name,
                    configure=lambda _: once.connected(name),
                    min_size=0,
                    max_size=POOL_SIZE,
                    timeout=WAIT_SECONDS,
                    connection_class=ThreadLine,
                    kwargs={"autocommit": True},
                    check=_check,
                    open=True,
                )
            return self._pool

    async def _open_for_loop(self) -> LoopPool:
        from wherry.stores.loop_lines import LoopLine
        from wherry.stores.loop_pool import LoopPool
        from wherry.stores.postgres_log import once

        name = once.named()

        async def configure(_: LoopLine) -> None:
            once.connected(name)

        pool = LoopPool(
            readable(self.url),
            name=name,
            configure=configure,
            min_size=0,
            max_size=POOL_SIZE,
            timeout=WAIT_SECONDS,
            connection_class=LoopLine,
            kwargs={"autocommit": True},
            check=_acheck,
            open=False,
        )
        await pool.open()
        return pool

    def run(self, plan: Plan[Any]) -> Any:
        """Run a plan, in one transaction when it begins one."""
        from psycopg import Error
        from psycopg_pool import PoolTimeout

        pool = self._threads()
        try:
            with pool.connection() as connection:
                return self._on(connection, plan)
        except (Error, PoolTimeout, UnicodeEncodeError) as error:
            raise _failed(error, pool.name) from error

    def _on(self, connection: ThreadLine, plan: Plan[Any]) -> Any:
        cursor: Cursor[Any] | None = None

        def step(sql: str, values: Sequence[Any]) -> Any:
            nonlocal cursor
            known = connection.known(sql, values)
            if known is not None:
                try:
                    return connection.exchanged(*known)
                except connection.ASTRAY:
                    connection.forget_prepared()
            cursor = cursor or connection.cursor()
            try:
                cursor.execute(*for_psycopg(sql, values))
            except connection.MISLAID:
                if not connection.tries_again():
                    raise
                cursor.execute(*for_psycopg(sql, values))
            return cursor.fetchall() if _has_rows(cursor) else cursor.rowcount

        try:
            result = drive(plan, step)
            if connection.pgconn.transaction_status:
                connection.commit()
            connection.used = monotonic()
        except BaseException:
            if not connection.closed and connection.pgconn.transaction_status:
                connection.rollback()
                connection.losses = 0
            raise
        return result

    def run_once(self, plan: Plan[Any]) -> Any:
        """Run a reading plan on a connection of its own, without a pool."""
        from psycopg import Error

        from wherry.stores.postgres_lines import ThreadLine

        try:
            with ThreadLine.connect(readable(self.url), autocommit=True) as connection:
                return self._on(connection, plan)
        except (Error, UnicodeEncodeError) as error:
            raise _failed(error) from error

    async def arun(self, plan: Plan[Any]) -> Any:
        """Run a plan in a running loop."""
        from psycopg import Error
        from psycopg_pool import PoolTimeout

        pool = await self._loops.get()
        line = pool.ready()
        try:
            if line is None:
                async with pool.connection() as connection:
                    return await self._aon(connection, plan)
            try:
                return await self._aon(line, plan)
            finally:
                if not pool.taken_back(line):
                    await pool.putconn(line)
        except (Error, PoolTimeout, UnicodeEncodeError) as error:
            raise _failed(error, pool.name) from error

    async def _aon(self, connection: LoopLine, plan: Plan[Any]) -> Any:
        cursor: AsyncCursor[Any] | None = None

        async def step(sql: str, values: Sequence[Any]) -> Any:
            nonlocal cursor
            known = connection.known(sql, values)
            if known is not None:
                try:
                    return await connection.exchanged(*known)
                except connection.ASTRAY:
                    connection.forget_prepared()
            cursor = cursor or connection.cursor()
            try:
                await cursor.execute(*for_psycopg(sql, values))
            except connection.MISLAID:
                if not connection.tries_again():
                    raise
                await cursor.execute(*for_psycopg(sql, values))
            return await cursor.fetchall() if _has_rows(cursor) else cursor.rowcount

        try:
            result = await adrive(plan, step)
            if connection.pgconn.transaction_status:
                await connection.commit()
            connection.used = monotonic()
        except BaseException:
            if not connection.closed and connection.pgconn.transaction_status:
                await connection.rollback()
                connection.losses = 0
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


def _after_fork() -> None:
    for pools in list(_all):
        pools.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
