"""`DbFileSystem`: text files in a table of a SQL database; mirrors `agno.fs.db`.

Runs the plans of `stores.plans_files` on the connections of a `SqliteDb` or `PostgresDb`.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.waits import BLOCKING, LOOPING, finish
from wherry.fs._paths import build_chunk, path_sort_key
from wherry.fs.base import BaseFS, match_in, too_big
from wherry.fs.errors import SchemaOutdatedError, VersionConflictError
from wherry.fs.types import FileData, FileMeta, NamespaceUsage, SearchMatch
from wherry.stores import plans_files as plans
from wherry.stores.plans_files import At
from wherry.stores.sql_methods import BlockingSql, SuspendingSql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.core.waits import Waits

DEFAULT_DB_SCHEMA = "fs"
SUPPORTED_DIALECTS = ("postgresql", "sqlite")


class NoSqlDatabase(ConfigurationError):
    """A database that has no tables."""


def _meta(at: At, path: str, row: Sequence[Any]) -> FileMeta:
    """What is known of a file, of its size, version and time."""
    return FileMeta(path, row[0], row[1], row[2], at.user_id or None)


def _store_at(db_url: str | None, db_engine: Any) -> Any:
    address = str(db_engine.url if db_engine is not None else db_url)
    if address.startswith("sqlite"):
        from pathlib import Path

        from wherry.stores.sqlite import SqliteDb

        file = address.partition("///")[2].partition("?")[0]
        if file and not file.startswith((":memory:", "file:")):
            Path(file).resolve().parent.mkdir(parents=True, exist_ok=True)
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
            layout = await self._execute(waits, plans.columns(self._files))
            layout = layout or await self._execute(waits, plans.create(self._files))
            if not plans.is_current(layout):
                raise SchemaOutdatedError(
                    f"The table {self._files.name} of files is of a time before users had partitions.",
                    hint="Call upgrade_schema() on it once; its files become those that all share.",
                )
            self._there = True
        return await self._execute(waits, plan(self._files, *args))

    async def _execute(self, waits: Waits, plan: Any) -> Any:
        if waits.blocking or not isinstance(self.db, SuspendingSql):
            return self.db._execute(plan)  # noqa: SLF001 - a store's port for plans
        return await self.db._aexecute(plan)  # noqa: SLF001 - as above

    def upgrade_schema(self) -> bool:
        """Give a table that was made before users had partitions the layout of today; whether anything was done."""
        return bool(finish(self._execute(BLOCKING, plans.upgrade(self._files))))

    async def aupgrade_schema(self) -> bool:
        """`upgrade_schema` for async code."""
        return bool(await self._execute(LOOPING, plans.upgrade(self._files)))

    async def _read(self, waits: Waits, at: At, path: str) -> FileData | None:
        row = await self._run(waits, plans.read, at, path)
        return FileData(row[0], _meta(at, path, row[1:])) if row is not None else None

    async def _write(self, waits: Waits, at: At, path: str, content: str, expected: int | None) -> FileMeta:
        if expected is None:
            return _meta(at, path, await self._run(waits, plans.write, at, path, content))
        row = await self._run(waits, plans.write_at, at, path, content, expected)
        if row is None:
            known = await self._run(waits, plans.stat, at, path)
            actual = known[1] if known is not None else None
            there = "does not exist" if actual is None else f"is at version {actual}"
            raise VersionConflictError(f"{path!r} {there}, not at {expected}.", expected=expected, actual=actual)
        return _meta(at, path, row)

    async def _append(self, waits: Waits, at: At, path: str, content: str, most: int | None) -> FileMeta:
        chunk = build_chunk(content)
        if not chunk:
            return await self._known(waits, at, path) or FileMeta(path, 0, user_id=at.user_id or None)
        size = len(chunk.encode())
        # A new file is inserted without asking for its size, so what is too big by itself is refused first.
        fits = most is None or size <= most
        row = await self._run(waits, plans.append, at, path, chunk, most) if fits else None
        if row is None:
            file = await self._run(waits, plans.read, at, path)
            if file is not None:
                size += file[1] + int(bool(file[0]) and not file[0].endswith("\n"))
            raise too_big(path, size, most or 0)
        return _meta(at, path, row)

    async def _move(self, waits: Waits, at: At, src: str, dst: str, overwrite: bool) -> FileMeta:
        row = await self._run(waits, plans.move, at, src, dst, overwrite)
        if row == src and isinstance(row, str):
            raise FileNotFoundError(f"There is no file {src!r}.")
        if isinstance(row, str):
            raise FileExistsError(f"There is a file {dst!r} already.")
        return _meta(at, dst, row)

    async def _search(self, waits: Waits, at: At, query: str, directory: str, limit: int) -> list[SearchMatch]:
        rows = await self._run(waits, plans.having, at, directory, query) if query else ()
        ordered = sorted(rows, key=lambda row: path_sort_key(row[0]))
        matches = (match_in(path, size, text, query) for path, size, text in ordered)
        return list(islice((match for match in matches if match is not None), max(limit, 0)))

    async def _contains(self, waits: Waits, at: At, lines: Sequence[str], directory: str) -> set[str]:
        wanted = set(lines)
        rows = await self._run(waits, plans.with_lines, at, directory, list(lines)) if wanted else ()
        return wanted & {line for (text,) in rows for line in text.split("\n")}

    async def _list(self, waits: Waits, at: At, directory: str) -> list[FileMeta]:
        return [_meta(at, row[0], row[1:]) for row in await self._run(waits, plans.listed, at, directory)]

    async def _known(self, waits: Waits, at: At, path: str) -> FileMeta | None:
        row = await self._run(waits, plans.stat, at, path)
        return None if row is None else _meta(at, path, row)

    def read(self, namespace: str, path: str, *, user_id: str = "") -> str | None:
        """See `BaseFS.read`."""
        data = finish(self._read(BLOCKING, At(namespace, user_id), path))
        return None if data is None else data.content

    def read_with_meta(self, namespace: str, path: str, *, user_id: str = "") -> FileData | None:
        """See `BaseFS.read_with_meta`."""
        return finish(self._read(BLOCKING, At(namespace, user_id), path))

    def write(
        self, namespace: str, path: str, content: str, *, expected_version: int | None = None, user_id: str = ""
    ) -> FileMeta:
        """See `BaseFS.write`."""
        return finish(self._write(BLOCKING, At(namespace, user_id), path, content, expected_version))

    def list(self, namespace: str, directory: str = "", *, user_id: str = "") -> list[FileMeta]:
        """See `BaseFS.list`."""
        return finish(self._list(BLOCKING, At(namespace, user_id), directory))

    def delete(self, namespace: str, path: str, *, expected_version: int | None = None, user_id: str = "") -> bool:
        """See `BaseFS.delete`."""
        return bool(finish(self._run(BLOCKING, plans.delete, At(namespace, user_id), path, expected_version)))

    def append(
        self, namespace: str, path: str, content: str, *, max_file_bytes: int | None = None, user_id: str = ""
    ) -> FileMeta:
        """See `BaseFS.append`."""
        return finish(self._append(BLOCKING, At(namespace, user_id), path, content, max_file_bytes))

    def move(self, namespace: str, src: str, dst: str, *, overwrite: bool = False, user_id: str = "") -> FileMeta:
        """See `BaseFS.move`."""
        return finish(self._move(BLOCKING, At(namespace, user_id), src, dst, overwrite))

    def search(self, namespace: str, query: str, directory: str = "", limit: int = 10, *, user_id: str = "") -> Any:
        """See `BaseFS.search`."""
        return finish(self._search(BLOCKING, At(namespace, user_id), query, directory, limit))

    def contains(self, namespace: str, lines: Sequence[str], directory: str = "", *, user_id: str = "") -> set[str]:
        """See `BaseFS.contains`."""
        return finish(self._contains(BLOCKING, At(namespace, user_id), lines, directory))

    def usage(self, namespace: str, *, user_id: str = "") -> NamespaceUsage:
        """See `BaseFS.usage`."""
        return NamespaceUsage(*finish(self._run(BLOCKING, plans.usage, At(namespace, user_id))))

    def partitions(self, namespace: str) -> Any:
        """See `BaseFS.partitions`."""
        found: list[str] = finish(self._run(BLOCKING, plans.users, namespace))
        return found

    def _stat(self, namespace: str, path: str, *, user_id: str = "") -> FileMeta | None:
        return finish(self._known(BLOCKING, At(namespace, user_id), path))

    async def aread(self, namespace: str, path: str, *, user_id: str = "") -> str | None:
        """`read` for async code."""
        data = await self._read(LOOPING, At(namespace, user_id), path)
        return None if data is None else data.content

    async def aread_with_meta(self, namespace: str, path: str, *, user_id: str = "") -> FileData | None:
        """`read_with_meta` for async code."""
        return await self._read(LOOPING, At(namespace, user_id), path)

    async def awrite(
        self, namespace: str, path: str, content: str, *, expected_version: int | None = None, user_id: str = ""
    ) -> FileMeta:
        """`write` for async code."""
        return await self._write(LOOPING, At(namespace, user_id), path, content, expected_version)

    async def alist(self, namespace: str, directory: str = "", *, user_id: str = "") -> Any:
        """`list` for async code."""
        return await self._list(LOOPING, At(namespace, user_id), directory)

    async def adelete(
        self, namespace: str, path: str, *, expected_version: int | None = None, user_id: str = ""
    ) -> bool:
        """`delete` for async code."""
        return bool(await self._run(LOOPING, plans.delete, At(namespace, user_id), path, expected_version))

    async def aappend(
        self, namespace: str, path: str, content: str, *, max_file_bytes: int | None = None, user_id: str = ""
    ) -> FileMeta:
        """`append` for async code."""
        return await self._append(LOOPING, At(namespace, user_id), path, content, max_file_bytes)

    async def amove(
        self, namespace: str, src: str, dst: str, *, overwrite: bool = False, user_id: str = ""
    ) -> FileMeta:
        """`move` for async code."""
        return await self._move(LOOPING, At(namespace, user_id), src, dst, overwrite)

    async def asearch(
        self, namespace: str, query: str, directory: str = "", limit: int = 10, *, user_id: str = ""
    ) -> Any:
        """`search` for async code."""
        return await self._search(LOOPING, At(namespace, user_id), query, directory, limit)

    async def acontains(
        self, namespace: str, lines: Sequence[str], directory: str = "", *, user_id: str = ""
    ) -> set[str]:
        """`contains` for async code."""
        return await self._contains(LOOPING, At(namespace, user_id), lines, directory)

    async def ausage(self, namespace: str, *, user_id: str = "") -> NamespaceUsage:
        """`usage` for async code."""
        return NamespaceUsage(*await self._run(LOOPING, plans.usage, At(namespace, user_id)))

    async def apartitions(self, namespace: str) -> Any:
        """`partitions` for async code."""
        found: list[str] = await self._run(LOOPING, plans.users, namespace)
        return found

    async def _astat(self, namespace: str, path: str, *, user_id: str = "") -> FileMeta | None:
        return await self._known(LOOPING, At(namespace, user_id), path)


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
