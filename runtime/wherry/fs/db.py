"""`DbFileSystem`: text files in a table of a SQL database; mirrors `agno.fs.db`.

Runs the plans of `stores.plans_files` on the connections of a `SqliteDb` or `PostgresDb`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.waits import BLOCKING, LOOPING, finish
from wherry.fs.base import BaseFS
from wherry.fs.errors import SchemaOutdatedError
from wherry.fs.types import FileMeta, NamespaceUsage
from wherry.stores import plans_files as plans
from wherry.stores.sql_methods import BlockingSql, SuspendingSql

if TYPE_CHECKING:
    from wherry.core.waits import Waits

DEFAULT_DB_SCHEMA = "fs"


class NoSqlDatabase(ConfigurationError):
    """A database that has no tables."""


def _store_at(db_url: str | None, db_engine: Any) -> Any:
    address = str(db_engine.url if db_engine is not None else db_url)
    if address.startswith("sqlite"):
        from wherry.stores.sqlite import SqliteDb

        return SqliteDb(db_url=db_url, db_engine=db_engine)
    from wherry.stores.postgres import PostgresDb

    return PostgresDb(db_url=db_url, db_engine=db_engine)


class DbFileSystem(BaseFS):
    """Files in the table `agno_fs`, on Postgres in the schema `fs`, as Agno's file system has them.

    Args:
        db: A `SqliteDb` or `PostgresDb`, whose connections are used.
        db_url: Or its address.
        db_engine: Or an engine of SQLAlchemy, taken for its address.
        table_name: Another table.
        db_schema: Another schema; SQLite has none.

    Raises:
        ConfigurationError: (a ValueError) Not one of the three was given, or a database without tables.
    """

    _kind: Any = BlockingSql
    _needed = "SqliteDb or PostgresDb"

    def __init__(
        self,
        db: Any = None,
        db_url: str | None = None,
        db_engine: Any = None,
        *,
        table_name: str = "agno_fs",
        db_schema: str | None = DEFAULT_DB_SCHEMA,
    ) -> None:
        if sum(source is not None for source in (db, db_url, db_engine)) != 1:
            hint = "For example DbFileSystem(db=SqliteDb(...))."
            raise ConfigurationError("DbFileSystem takes one of db, db_url and db_engine.", hint=hint)
        if db is not None and not isinstance(db, self._kind):
            hint = f"Give {self._needed}, or use LocalFileSystem."
            raise NoSqlDatabase(f"{type(self).__name__} cannot keep files in {db!r}.", hint=hint)
        self.db: Any = db if db is not None else _store_at(db_url, db_engine)
        self.dialect: str = self.db.tables.dialect
        self.table_name = table_name
        self.db_schema = db_schema if self.dialect == "postgres" else None
        self._files = plans.Files(self.dialect, table_name, self.db_schema or "")
        self._there = False

    def _place(self) -> tuple[Any, ...]:
        return type(self), self.db, self.table_name, self.db_schema

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DbFileSystem) and self._place() == other._place()

    def __hash__(self) -> int:
        return hash(self._place())

    async def _run(self, waits: Waits, plan: Any, *args: Any) -> Any:
        """Run a plan; the table is made before the first one."""
        if not self._there:
            found = await self._execute(waits, plans.columns(self._files)) or await self._execute(
                waits, plans.create(self._files)
            )
            if "user_id" not in found:
                raise SchemaOutdatedError(
                    f"The table {self._files.name} of files has the layout of an older version.",
                    hint="Call DbFileSystem.upgrade_schema() of Agno on it once.",
                )
            self._there = True
        return await self._execute(waits, plan(self._files, *args))

    async def _execute(self, waits: Waits, plan: Any) -> Any:
        if waits.blocking or not isinstance(self.db, SuspendingSql):
            return self.db._execute(plan)  # noqa: SLF001 - a store's port for plans
        return await self.db._aexecute(plan)  # noqa: SLF001 - as above

    def read(self, namespace: str, path: str) -> str | None:
        """See `BaseFS.read`."""
        text: str | None = finish(self._run(BLOCKING, plans.read, namespace, path))
        return text

    def write(self, namespace: str, path: str, content: str) -> FileMeta:
        """See `BaseFS.write`."""
        return FileMeta(path, *finish(self._run(BLOCKING, plans.write, namespace, path, content)))

    def list(self, namespace: str, directory: str = "") -> list[FileMeta]:
        """See `BaseFS.list`."""
        return [FileMeta(*row) for row in finish(self._run(BLOCKING, plans.listed, namespace, directory))]

    def delete(self, namespace: str, path: str) -> bool:
        """See `BaseFS.delete`."""
        return bool(finish(self._run(BLOCKING, plans.delete, namespace, path)))

    def usage(self, namespace: str) -> NamespaceUsage:
        """See `BaseFS.usage`."""
        return NamespaceUsage(*finish(self._run(BLOCKING, plans.usage, namespace)))

    def _size(self, namespace: str, path: str) -> int | None:
        size: int | None = finish(self._run(BLOCKING, plans.size, namespace, path))
        return size

    async def aread(self, namespace: str, path: str) -> str | None:
        """`read` for async code."""
        text: str | None = await self._run(LOOPING, plans.read, namespace, path)
        return text

    async def awrite(self, namespace: str, path: str, content: str) -> FileMeta:
        """`write` for async code."""
        return FileMeta(path, *await self._run(LOOPING, plans.write, namespace, path, content))

    async def alist(self, namespace: str, directory: str = "") -> Any:
        """`list` for async code."""
        return [FileMeta(*row) for row in await self._run(LOOPING, plans.listed, namespace, directory)]

    async def adelete(self, namespace: str, path: str) -> bool:
        """`delete` for async code."""
        return bool(await self._run(LOOPING, plans.delete, namespace, path))

    async def ausage(self, namespace: str) -> NamespaceUsage:
        """`usage` for async code."""
        return NamespaceUsage(*await self._run(LOOPING, plans.usage, namespace))

    async def _asize(self, namespace: str, path: str) -> int | None:
        return await self._run(LOOPING, plans.size, namespace, path)  # type: ignore[no-any-return]


class AsyncDbFileSystem(DbFileSystem):
    """The same on an `AsyncSqliteDb` or `AsyncPostgresDb`, by the methods that begin with `a`.

    Args:
        db: The database.
        table_name: Another table.
        db_schema: Another schema; SQLite has none.
    """

    _kind = SuspendingSql
    _needed = "AsyncSqliteDb or AsyncPostgresDb"

    def __init__(self, db: Any, *, table_name: str = "agno_fs", db_schema: str | None = DEFAULT_DB_SCHEMA) -> None:
        super().__init__(db, table_name=table_name, db_schema=db_schema)

    async def _execute(self, waits: Waits, plan: Any) -> Any:
        if waits.blocking:
            plan.close()
            raise TypeError("A file system on an async database has async methods only: await aread(), awrite() …")
        return await self.db._aexecute(plan)  # noqa: SLF001 - a store's port for plans
