"""SQLite: one file, write-ahead log, connections that are lent out and come back.

The standard library's driver, blocking. Statements run in place, in an event loop too: they take less than handing them
to a thread and back. Commits wait for the disk; `sqlite_group` joins those of runs that end about the same time (see
`docs/performance.md`). How a locked file is waited for is in `sqlite_waiting`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from asyncio import get_running_loop
from collections import deque
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from wherry.core.errors import StoreError
from wherry.stores.base import AsyncBaseDb, BaseDb
from wherry.stores.engines import LentEngine, shown, sqlite_url, url_of
from wherry.stores.plan import Plan, blocking, drive
from wherry.stores.plans_traces import get_all_spans
from wherry.stores.refused import refused_methods
from wherry.stores.seeds import seeded_id
from wherry.stores.sql_learnings import BlockingLearnings, SuspendingLearnings
from wherry.stores.sql_methods import AsyncSql, BlockingSql, tables_of
from wherry.stores.sqlite_group import REFUSALS, Group, underway
from wherry.stores.sqlite_waiting import BUSY_SECONDS, into_wal, run_in_place, run_waiting

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Iterator, Sequence

    from wherry.stores.plans_saving import Saved
    from wherry.stores.protocol import Conflict

PAGE_BYTES = 512
"""Page size of new files, the least there is; SQLite's own default is 4,096, and files that exist keep theirs.

A run dirties a page in each of ten indexes, and whole pages go to the log: with small ones a fifth is written. Long
texts go over many pages; what that costs, `benchmarks/layout_by_hand.py` measures."""

CHECKPOINT_PAGES, LOG_BYTES = 4000, 4 * 1024 * 1024
"""Pages, or bytes if that is more, that the log holds before they are copied into the file; SQLite's own are 1,000.

A run dirties one page in each of ten indexes, often the same as the run before it: a longer log copies them once.
"""

SLOW_SECONDS = 0.0003
"""A disk is slow when the fastest of the last commits took longer; then no event loop waits for it in place."""
COMMITS = 8

_files: weakref.WeakSet[SqliteFile] = weakref.WeakSet()


class SqliteFile:
    """Connections to one database, lent to one thread at a time.

    Args:
        path: The file, or ``:memory:`` for a database that lives as long as this object.
        waits: A locked file is waited for on the event loop; otherwise in place.
    """

    def __init__(self, path: str, *, waits: bool = False) -> None:
        self.path, self.waits = path, waits
        self._idle: list[sqlite3.Connection] = []  # its methods are atomic, so threads need no lock
        self._seconds: deque[float] = deque(maxlen=COMMITS)
        self._groups: weakref.WeakKeyDictionary[AbstractEventLoop, Group] = weakref.WeakKeyDictionary()
        self.slow = False
        # A database in memory exists in its connection only: everybody shares it, one after the other.
        self._shared = threading.RLock() if path == ":memory:" else None
        _files.add(self)

    @contextmanager
    def lend(self) -> Iterator[sqlite3.Connection]:
        """A connection for a while; it comes back without an open transaction."""
        if self._shared is not None:
            with self._shared:
                yield from self._lent()
        else:
            yield from self._lent()

    def _lent(self) -> Iterator[sqlite3.Connection]:
        connection = self.take()
        try:
            yield connection
        finally:
            self.give(connection)

    def take(self) -> sqlite3.Connection:
        """A connection that nobody else uses; `give` it back."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._open()

    def give(self, connection: sqlite3.Connection) -> None:
        """Take a connection back; a transaction that is open is undone, if need be by closing the connection."""
        try:
            if connection.in_transaction:
                connection.rollback()
        except sqlite3.Error:
            connection.close()
            return
        self._idle.append(connection)

    def _open(self) -> sqlite3.Connection:
        connection = None
        try:
            patience = 0.0 if self.waits else BUSY_SECONDS
            connection = sqlite3.connect(
                self.path, timeout=patience, isolation_level=None, check_same_thread=False, cached_statements=256
            )
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # without effect on a file that is there
            connection.execute("PRAGMA foreign_keys = ON")
            into_wal(connection, waits=self.waits)
            (size,) = connection.execute("PRAGMA page_size").fetchone()
            connection.execute(f"PRAGMA wal_autocheckpoint = {max(CHECKPOINT_PAGES, LOG_BYTES // size)}")
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            raise StoreError(
                f"The SQLite database {self.path!r} cannot be opened: {error}",
                hint="Check the path, its permissions and that the file is a SQLite database.",
            ) from error
        return connection

    def run(self, plan: Plan[Any]) -> Any:
        """Run a plan, in one transaction when it begins one."""
        if self._shared is not None:
            with self.lend() as connection:
                return self._run_on(connection, plan)
        connection = self.take()
        underway.begin()
        try:
            return self._run_on(connection, plan)
        finally:
            self.give(connection)
            underway.end()

    def _run_on(self, connection: sqlite3.Connection, plan: Plan[Any]) -> Any:
        execute = connection.execute

        def step(sql: str, values: Sequence[Any]) -> Any:
            cursor = execute("BEGIN IMMEDIATE" if sql == "BEGIN" else sql, values)
            return cursor.fetchall() if cursor.description is not None else cursor.rowcount

        try:
            result = drive(plan, step)
            if connection.in_transaction:
                self.commit(connection)
        except REFUSALS as error:
            raise self.refused(error) from error
        return result

    async def save(self, plan: Plan[Any]) -> Any:
        """Run a writing plan on an event loop: as `run`, or together with others in one transaction.

        It returns when the plan is committed, whoever else is in the same transaction.
        """
        if self._shared is not None:
            return self.run(plan)
        loop = get_running_loop()
        group = self._groups.get(loop) or self._group_of(loop)
        if self.slow or group.pays():
            return await group.save(self, plan)
        return await self.arun(plan) if self.waits else self.run(plan)

    async def arun(self, plan: Plan[Any]) -> Any:
        """`run` on an event loop, which goes on while the file is locked."""
        return self.run(plan) if self._shared is not None else await run_waiting(self, plan)

    def _group_of(self, loop: AbstractEventLoop) -> Group:
        for known in self._groups.keyrefs():
            other = known()
            if other is not None and other.is_closed():
                self._groups.pop(other, None)  # what was given up in it would hold it for good
        group = self._groups[loop] = Group()
        return group

    def commit(self, connection: sqlite3.Connection) -> None:
        """Commit, and note how long the disk takes."""
        begun = perf_counter()
        connection.commit()
        self._seconds.append(perf_counter() - begun)
        self.slow = len(self._seconds) == COMMITS and min(self._seconds) > SLOW_SECONDS

    def refused(self, error: Exception) -> StoreError:
        """What a caller is told when SQLite refused."""
        return StoreError(
            f"SQLite refused a statement on {self.path!r}: {error}",
            hint="If it says 'locked', another program holds a write transaction open for too long.",
        )

    def close(self) -> None:
        """Close the connections that are not lent; the next use opens new ones."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def forget(self) -> None:
        """After a fork: the parent's connections must not be used, nor closed, here."""
        _orphans.extend(self._idle)
        self._idle = []
        self._groups = weakref.WeakKeyDictionary()  # their commits go on in the parent

    def __reduce__(self) -> Any:
        raise TypeError(f"cannot pickle {type(self).__name__!r} object: its connections are of this process")

    def __del__(self) -> None:
        for connection in getattr(self, "_idle", ()):  # a copy that failed half-way has none
            connection.close()


_orphans: list[sqlite3.Connection] = []


def _after_fork() -> None:
    for file in list(_files):
        if file.path != ":memory:":
            file.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _path_of_url(url: str) -> str:
    """The file a SQLAlchemy URL names: ``sqlite:///relative``, ``sqlite:////absolute`` or nothing for memory."""
    parts = urlsplit(url)
    if parts.scheme.partition("+")[0] != "sqlite":
        raise StoreError(f"{shown(url)!r} is no SQLite address.", hint="Use 'sqlite:///path/to/file.db' or db_file=….")
    path = unquote(parts.path.removeprefix("/"))
    return path if path and path != ":memory:" else ":memory:"


def _locate(db_file: str | None, db_engine: Any, db_url: str | None) -> tuple[str, str | None]:
    """Path to open, and the `db_file` that the store shows; an engine of SQLAlchemy is taken for its address."""
    if db_engine is not None:
        return _path_of_url(sqlite_url(db_engine)), db_file
    if db_url is not None:
        return _path_of_url(db_url), db_file
    path = Path(db_file or "agno.db").resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    return str(path), str(path)


class SqliteDb(LentEngine, BlockingLearnings, BlockingSql, BaseDb):
    """Sessions, runs, memories and knowledge contents in a SQLite file; mirrors `agno.db.sqlite.SqliteDb`.

    Databases that Agno 3.x made open as they are, and the other way round. Agno opens a private database for each
    thread when it is told to work in memory; here all threads share one.

    Args:
        db_file: The file; ``./agno.db`` when nothing is given.
        db_engine: An engine of SQLAlchemy, taken for its address.
        db_url: ``sqlite:///…`` address.
        id: Identity; by default made from the address, so that it stays the same.
        on_conflict, on_unsaved: When two runs changed one key, when one cannot be stored: ``report`` or ``raise``.
        **tables: Names of tables by Agno's parameters, for example ``session_table``.

    Raises:
        StoreError: The address is not SQLite's.
    """

    def __init__(
        self,
        db_file: str | None = None,
        db_engine: Any = None,
        db_url: str | None = None,
        *,
        id: str | None = None,
        on_conflict: Conflict = "report",
        **tables: Any,
    ) -> None:
        seed = db_url or db_file or (str(url_of(db_engine)) if db_engine is not None else "sqlite:///agno.db")
        super().__init__(id=id or seeded_id(seed), on_conflict=on_conflict, **tables)
        path, self.db_file = _locate(db_file, db_engine, db_url)
        self.db_url = db_url
        self._engine = db_engine
        self.file = SqliteFile(path)
        self.tables = tables_of(self, "sqlite", path)

    get_spans = blocking(get_all_spans)

    async def asave_run(self, session: Any, *runs: Any, overwrite_state: bool = False) -> Saved:
        """See `RunStore.save_run`; a `save_run` of a subclass is called instead."""
        if type(self).save_run is not BlockingSql.save_run:
            return self.save_run(session, *runs, overwrite_state=overwrite_state)
        return self._told_of(await self.file.save(self.saving(session, runs, overwrite_state)), session)

    @property
    def db_engine(self) -> Any:
        """A SQLAlchemy engine on the same file, made when first asked for.

        Raises:
            ConfigurationError: SQLAlchemy is not installed.
        """
        return self._engine_on(f"sqlite:///{self.file.path}")

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` takes."""
        return {**super().to_dict(), "db_file": self.db_file, "db_url": self.db_url, "type": "sqlite"}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SqliteDb:
        """A database from what `to_dict` wrote."""
        names: Any = {name: data.get(name) for name in ("db_file", "db_url", "id", *cls._parameters)}
        return cls(**names)

    def _execute(self, plan: Plan[Any]) -> Any:
        return self.file.run(plan)

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        self.file.close()
        self._end_engine()
        self.tables.present.clear()


class AsyncSqliteDb(LentEngine, SuspendingLearnings, AsyncSql, AsyncBaseDb):
    """`SqliteDb` with coroutines; mirrors `agno.db.sqlite.AsyncSqliteDb`.

    Args:
        db_file: The file; ``./agno.db`` when nothing is given.
        db_engine: An engine of SQLAlchemy, taken for its address.
        db_url: ``sqlite+aiosqlite:///…`` address.
        id: Identity; by default made from the address, so that it stays the same.
        on_conflict, on_unsaved: When two runs changed one key, when one cannot be stored: ``report`` or ``raise``.
        **tables: Names of tables by Agno's parameters, for example ``session_table``.
    """

    _reads_ahead = False

    def __init__(
        self,
        db_file: str | None = None,
        db_engine: Any = None,
        db_url: str | None = None,
        *,
        id: str | None = None,
        on_conflict: Conflict = "report",
        **tables: Any,
    ) -> None:
        seed = db_url or db_file or (str(url_of(db_engine)) if db_engine is not None else "sqlite+aiosqlite:///agno.db")
        super().__init__(id=id or seeded_id(seed), on_conflict=on_conflict, **tables)
        path, self.db_file = _locate(db_file, db_engine, db_url)
        self.db_url = db_url
        self._engine = db_engine
        self.file = SqliteFile(path, waits=True)
        self.tables = tables_of(self, "sqlite", path)

    @property
    def db_engine(self) -> Any:
        """A SQLAlchemy engine on the same file, made when first asked for.

        Raises:
            ConfigurationError: SQLAlchemy is not installed.
        """
        return self._engine_on(f"sqlite+aiosqlite:///{self.file.path}", suspending=True)

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` takes."""
        return {**super().to_dict(), "db_file": self.db_file, "db_url": self.db_url, "type": "async_sqlite"}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> AsyncSqliteDb:
        """A database from what `to_dict` wrote."""
        names: Any = {name: data.get(name) for name in ("db_file", "db_url", "id", *cls._parameters)}
        return cls(**names)

    async def _aexecute(self, plan: Plan[Any]) -> Any:
        return await self.file.arun(plan)

    async def _asave(self, plan: Plan[Saved]) -> Saved:
        saved: Saved = await self.file.save(plan)
        return saved

    def read_blocking(self, plan: Plan[Any]) -> Any:
        """Run a reading plan without a loop."""
        return run_in_place(self.file, plan)

    async def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        self.file.close()
        await self._aend_engine()
        self.tables.present.clear()


refused_methods(SqliteDb, "agno.db.sqlite.SqliteDb", suspending=False)
refused_methods(AsyncSqliteDb, "agno.db.sqlite.AsyncSqliteDb", suspending=True)
