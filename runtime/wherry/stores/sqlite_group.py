"""Group commit for SQLite: the runs of one event loop that end about the same time share a transaction.

A commit waits for the disk, and SQLite has one writer at a time: twenty runs would wait twenty times, and write the
pages that they share twenty times. Here the statements run in place, the commit in a thread; what is to be saved
meanwhile makes up the next transaction. Each run is told that it is stored when its own transaction is committed.
Called by `SqliteFile.save`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from asyncio import get_running_loop
from collections import deque
from functools import cache
from inspect import GEN_CREATED, getgeneratorstate
from typing import TYPE_CHECKING, Any

from wherry.core.errors import StoreError
from wherry.core.threads import Threads
from wherry.stores.plan import drive

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Sequence

    from wherry.stores.plan import Plan
    from wherry.stores.sqlite import SqliteFile
    from wherry.stores.sqlite_waiting import Patience

COMMITTERS = 16
"""Threads for commits at most, of all files: not those of tools, which may all be taken."""

FORK_SECONDS = 30.0
"""So long a fork waits for transactions to end."""

REFUSALS = (sqlite3.Error, OverflowError, UnicodeEncodeError)
"""How `sqlite3` refuses a statement or a value: a number of more than 64 bits, half of a surrogate pair."""

TRIED, ALONE = 8, 3
"""So many transactions show how many runs meet in one; fewer, when each of them had one run only."""
COMPANY = 1.5
"""With fewer in each, the next runs are saved one by one, in place."""
RESTED, LONGEST_REST = 50, 800
"""So many are, before common transactions are tried again; each time in vain, twice as many, up to the second.

A trial costs each run the way to a thread and back: more than five in a hundred, and runs one by one have a slower p95.
"""

# What became of one plan: its result, or why it has none.
Outcome = tuple[Any, BaseException | None]


@cache
def committers() -> Threads:
    """The threads in which transactions are committed."""
    return Threads(COMMITTERS)


class Underway:
    """The transactions that are open here; nobody forks meanwhile.

    SQLite counts its locks in the process: a child would wait for ever for one that a thread held, which it has not.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._waiting = 0  # forks that wait for the end of one
        self._number = 0

    def begin(self) -> None:
        """One more."""
        with self._lock:
            self._number += 1

    def end(self) -> None:
        """One fewer."""
        with self._lock:
            self._number -= 1
            if self._waiting:
                self._changed.notify_all()

    def stop(self) -> None:
        """Wait until there is none, and let none begin; commits take milliseconds."""
        self._lock.acquire()
        self._waiting += 1
        self._changed.wait_for(lambda: not self._number, FORK_SECONDS)
        self._waiting -= 1

    def go_on(self) -> None:
        """After `stop`."""
        self._lock.release()

    def begin_anew(self) -> None:
        """After `stop`, in the child: whatever is open is the parent's."""
        self._number = self._waiting = 0
        self._lock.release()


underway = Underway()
if hasattr(os, "register_at_fork"):
    # In a forked child the threads are gone.
    os.register_at_fork(after_in_child=committers.cache_clear)
    os.register_at_fork(before=underway.stop, after_in_parent=underway.go_on, after_in_child=underway.begin_anew)


class Group:
    """What one event loop has to write to one file.

    It does not hold the file: whoever forgets a database closes its connections at once.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Plan[Any], Future[Any]]] = []
        self._busy = False
        self._sizes: deque[int] = deque(maxlen=TRIED)
        self._rest, self._next_rest = 0, RESTED
        self._patience: Patience | None = None

    def pays(self) -> bool:
        """Whether a common transaction is worth a thread: whether runs have been meeting in them."""
        if self._busy:
            return True
        if self._rest:
            self._rest -= 1
            return False
        tried, met = len(self._sizes), sum(self._sizes)
        if tried < (ALONE if met == tried else TRIED):
            return True
        if met < TRIED * COMPANY:
            self._sizes.clear()
            self._rest, self._next_rest = self._next_rest, min(2 * self._next_rest, LONGEST_REST)
            return False
        self._next_rest = RESTED
        return True

    async def save(self, file: SqliteFile, plan: Plan[Any]) -> Any:
        """Run a plan in the file's next transaction; returns once that is committed.

        Raises:
            StoreError: SQLite refused; of the others in the transaction only those are concerned that depend on it.
        """
        loop = get_running_loop()
        future = loop.create_future()
        self._waiting.append((plan, future))
        if not self._busy:
            self._busy = True
            loop.call_soon(self._next, file)  # what ends in the same turn of the loop comes along
        return await future

    def _next(self, file: SqliteFile) -> None:
        """Carry out what waits, and have it committed.

        While code of others runs in this thread, no transaction is open that this thread has to end: whoever wrote
        to the file would wait for a commit that cannot come.
        """
        batch, self._waiting = self._waiting, []
        if not batch:
            self._busy = False
            return
        self._sizes.append(len(batch))
        futures = [future for _, future in batch]
        try:
            connection = file.take()
        except StoreError as error:
            if file.waits and self._again(file, batch, error.__cause__ or error):
                return
            self._end(file, futures, [(None, error)] * len(futures))
            return
        underway.begin()
        try:
            outcomes = _carried_out(file, connection, [plan for plan, _ in batch])
        except BaseException as error:  # nothing of the transaction is left
            file.give(connection)
            underway.end()
            if file.waits and self._again(file, batch, error):
                return
            self._end(file, futures, [(None, _told(file, error))] * len(futures))
            if not isinstance(error, Exception):
                raise
            return
        self._patience = None
        commit = _begun(file, connection)

        def committed(done: Future[Any]) -> None:
            failed = done.exception()
            file.give(connection)
            self._end(file, futures, outcomes if failed is None else [(None, _told(file, failed))] * len(futures))

        commit.add_done_callback(committed)

    def _again(self, file: SqliteFile, batch: list[tuple[Plan[Any], Future[Any]]], error: BaseException) -> bool:
        """Whether the same is tried again later: another process writes, so that none of the plans has begun."""
        from wherry.stores.sqlite_waiting import Patience

        self._patience = self._patience or Patience()
        fresh = all(getgeneratorstate(plan) == GEN_CREATED for plan, _ in batch)
        pause = self._patience.pause(error) if fresh else None
        if pause is None:
            self._patience = None
            return False
        self._waiting = batch + self._waiting
        self._sizes.pop()
        get_running_loop().call_later(pause, self._next, file)
        return True

    def _end(self, file: SqliteFile, futures: list[Future[Any]], outcomes: list[Outcome]) -> None:
        """Tell each run what became of it, and go on with those that came in the meantime."""
        for future, (result, failed) in zip(futures, outcomes, strict=True):
            if future.done():  # its run was given up
                continue
            if failed is None:
                future.set_result(result)
            else:
                future.set_exception(failed)
        self._next(file)


def _carried_out(file: SqliteFile, connection: sqlite3.Connection, plans: list[Plan[Any]]) -> list[Outcome]:
    connection.execute("BEGIN IMMEDIATE")
    if len(plans) == 1:
        return [(drive(plans[0], _stepping(connection)), None)]
    return [_apart(file, connection, plan) for plan in plans]


def _apart(file: SqliteFile, connection: sqlite3.Connection, plan: Plan[Any]) -> Outcome:
    """One of several plans: what goes wrong in it concerns nobody else."""
    connection.execute("SAVEPOINT one")
    try:
        outcome: Outcome = (drive(plan, _stepping(connection)), None)
    except Exception as error:
        if not connection.in_transaction:
            raise  # SQLite has undone the whole transaction: the disk is full, for example
        connection.execute("ROLLBACK TO one")
        outcome = (None, _told(file, error))
    connection.execute("RELEASE one")
    return outcome


def _begun(file: SqliteFile, connection: sqlite3.Connection) -> Future[Any]:
    """The commit in a thread; in place when none can be had, as at the end of the process."""
    try:
        return committers().call(_commit, file, connection)
    except RuntimeError:
        done = get_running_loop().create_future()
        try:
            _commit(file, connection)
        except sqlite3.Error as error:
            done.set_exception(error)
        else:
            done.set_result(None)
        return done


def _commit(file: SqliteFile, connection: sqlite3.Connection) -> None:
    try:
        file.commit(connection)
    finally:
        underway.end()


def _told(file: SqliteFile, error: BaseException) -> BaseException:
    """What a caller is told of what went wrong."""
    return file.refused(error) if isinstance(error, REFUSALS) else error


def _stepping(connection: sqlite3.Connection) -> Any:
    execute = connection.execute

    def step(sql: str, values: Sequence[Any]) -> Any:
        if sql == "BEGIN":  # it has begun already
            return 0
        cursor = execute(sql, values)
        return cursor.fetchall() if cursor.description is not None else cursor.rowcount

    return step
