"""Waiting for a SQLite file that another process writes to: in place, or on an event loop.

SQLite itself waits in place, which holds up whatever else a loop has to do. Connections of `AsyncSqliteDb` do not let
it wait: a statement that finds the file locked is asked again a little later, and others go on meanwhile. Called by
`SqliteFile` and by `sqlite_group`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from wherry.core.errors import StoreError
from wherry.stores.sqlite_group import REFUSALS, underway

if TYPE_CHECKING:
    from collections.abc import Generator

    from wherry.stores.plan import Plan, Statement
    from wherry.stores.sqlite import SqliteFile

BUSY_SECONDS = 30.0
"""How long a writer waits for another process to finish before it fails."""

_SHORTEST, _LONGEST = 0.001, 0.05
"""Seconds between two attempts: twice as many each time, up to a twentieth."""


def is_locked(error: BaseException) -> bool:
    """Whether somebody else is writing, so that the statement may be asked again."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, sqlite3.OperationalError) and code is not None and code & 0xFF == sqlite3.SQLITE_BUSY


class Patience:
    """How long to wait until the next attempt; attempts are made for `BUSY_SECONDS`."""

    def __init__(self) -> None:
        self._until = monotonic() + BUSY_SECONDS
        self._pause = _SHORTEST

    def pause(self, error: BaseException) -> float | None:
        """Seconds until the next attempt; None when there is none: the error is another, or the time is over."""
        if not is_locked(error) or monotonic() >= self._until:
            return None
        pause, self._pause = self._pause, min(2 * self._pause, _LONGEST)
        return pause


async def run_waiting(file: SqliteFile, plan: Plan[Any]) -> Any:
    """Run a plan as `SqliteFile.run` does, in one transaction when it begins one; nobody is held up by a locked file.

    Between two attempts no transaction is open and no connection is lent: the locked statement is one by itself, or
    the beginning of a transaction, which takes the lock for all that follows.

    Raises:
        StoreError: SQLite refused, or the file was locked for all that time.
    """
    attempts = _attempts(file, plan)
    try:
        while True:  # noqa: ASYNC110 - no event tells that another process is done
            await asyncio.sleep(next(attempts))
    except StopIteration as done:
        return done.value


def run_in_place(file: SqliteFile, plan: Plan[Any]) -> Any:
    """`run_waiting` without a loop, for what cannot be awaited.

    Raises:
        StoreError: SQLite refused, or the file was locked for all that time.
    """
    if file.path == ":memory:":
        return file.run(plan)
    attempts = _attempts(file, plan)
    try:
        while True:
            sleep(next(attempts))
    except StopIteration as done:
        return done.value


def _attempts(file: SqliteFile, plan: Plan[Any]) -> Generator[float, None, Any]:
    """Attempts to run a plan, with the seconds to wait between two of them; the plan's result at last."""
    patience, statement = Patience(), None
    try:
        while True:
            pause, statement, result = _until_locked(file, plan, statement, patience)
            if pause is None:
                return result
            yield pause
    except REFUSALS as error:
        raise file.refused(error) from error


def _until_locked(
    file: SqliteFile, plan: Plan[Any], statement: Statement | None, patience: Patience
) -> tuple[float | None, Statement | None, Any]:
    """Go on with a plan from a statement: a pause and the statement to ask again, or no pause and the plan's result."""
    try:
        connection = file.take()
    except StoreError as error:
        pause = patience.pause(error.__cause__ or error)
        if pause is None:
            raise
        return pause, statement, None
    underway.begin()
    try:
        if statement is None:
            statement = next(plan)
        while True:
            sql, values = statement
            try:
                cursor = connection.execute("BEGIN IMMEDIATE" if sql == "BEGIN" else sql, values)
            except sqlite3.OperationalError as error:
                pause = None if connection.in_transaction else patience.pause(error)
                if pause is None:
                    raise
                return pause, statement, None
            statement = plan.send(cursor.fetchall() if cursor.description is not None else cursor.rowcount)
    except StopIteration as done:
        if connection.in_transaction:
            file.commit(connection)
        return None, statement, done.value
    finally:
        file.give(connection)
        underway.end()


def into_wal(connection: sqlite3.Connection, *, waits: bool) -> None:
    """Switch to the write-ahead log; two processes that do so at once on a new file do not wait for each other.

    Where there can be none, as on some file systems, readers lock the file, too, and are waited for in place.

    Args:
        connection: A new one.
        waits: Whoever opens it tries again later while the file is locked; otherwise that is waited for here.

    Raises:
        sqlite3.OperationalError: The file is locked, for `BUSY_SECONDS` unless it `waits`.
    """
    deadline, mode = monotonic() + BUSY_SECONDS, None
    while mode is None:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if waits or "locked" not in str(error) or monotonic() > deadline:
                raise
            sleep(0.01)
    if mode != "wal":
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
