"""Connections to Postgres that know the statements of every run.

A cursor of psycopg finds out anew, each time, what its parameters are, how they are written, which statement this is
and what its columns are. A run's statements are always the same: here each is prepared once a connection, its
parameters are texts and whole numbers, and its columns are looked at once. Everything else goes by cursor.
Used by `postgres_pools`, for threads; those of event loops are in `loop_lines`. psycopg is imported along.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from itertools import count
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from psycopg import Connection, errors, pq
from psycopg.adapt import Transformer
from psycopg.generators import execute
from psycopg.types.string import TextLoader

from wherry.core.ids import new_id
from wherry.stores.plan import Often, between_places

if TYPE_CHECKING:
    from psycopg.abc import PQGen

FRESH_SECONDS = 1.0
"""A connection that was used within this time is asked no question before it is used again."""
_WHOLE = 20
"""Postgres' number for the type bigint; nothing is said of texts, their columns tell what they are."""
_LEAST, _MOST = -(2**63), 2**63 - 1
_DONE = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)
_TUPLES = pq.ExecStatus.TUPLES_OK
LOSSES = 3
"""So often statements are prepared again on one connection; whose are lost more often has another server every time."""


def written(values: Sequence[Any]) -> tuple[list[bytes | None], tuple[int, ...]] | None:
    """Parameters as libpq takes them, and where among them are whole numbers; None when one is nothing so plain."""
    told: list[bytes | None] = []
    whole: list[int] = []
    for value in values:
        kind = type(value)
        if kind is str:
            if "\0" in value:  # libpq would take it for the end
                return None
            told.append(value.encode())
        elif value is None:
            told.append(None)
        elif kind is int and _LEAST <= value <= _MOST:
            whole.append(len(told))
            told.append(b"%d" % value)
        else:
            return None
    return told, tuple(whole)


class _Prepared:
    """A statement that a connection has prepared, and how its rows are read."""

    __slots__ = ("name", "reader", "ready")

    def __init__(self, name: bytes, reader: Any) -> None:
        self.name, self.reader, self.ready = name, reader, False

    def rows(self, result: Any) -> list[Any]:
        """Its rows; the loaders of its columns are looked for once."""
        reader = self.reader
        reader.set_pgresult(result, set_loaders=not self.ready)
        self.ready = True
        found: list[Any] = reader.load_rows(0, result.ntuples, tuple)
        reader.set_pgresult(None, set_loaders=False)  # what was read is not kept
        return found


class Line:
    """Mixed into a connection of psycopg.

    Attributes:
        ASTRAY: What the server says when it has forgotten a statement, or its table has other columns by now.
        MISLAID: The same of what psycopg prepared; behind a pooler others may have used its names, too.
        used: When it was last used.
        direct: Statements may take the short way: the connection speaks UTF-8 and keeps what was prepared on it.
        losses: How often it did not, since psycopg last had the server forget all (it does so after a rollback).
    """

    ASTRAY: ClassVar = (errors.InvalidSqlStatementName, errors.FeatureNotSupported)
    MISLAID: ClassVar = (errors.InvalidSqlStatementName, errors.DuplicatePreparedStatement)

    pgconn: Any
    adapters: Any

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.used = -inf
        self.direct = self.pgconn.parameter_status(b"client_encoding") == b"UTF8"
        self.losses = 0
        self._heard: Any = None
        if hasattr(select, "poll"):
            self._heard = select.poll()
            self._heard.register(self.pgconn.socket, select.POLLIN)
        self._often_seen: set[str] = set()
        self._often: dict[Any, _Prepared] = {}
        # A pooler may give this client a server on which another has prepared: names are nobody else's.
        self._often_names = (f"wherry_{new_id()}_{number}".encode() for number in count())
        for kind in ("json", "jsonb"):  # plans parse them with the parser of all stores
            self.adapters.register_loader(kind, TextLoader)

    def fresh(self) -> bool:
        """Whether it surely lives: it was used just now, and its server has said nothing since.

        A server that ends a connection says so, and then there is something to read. A line that went dead in silence
        is found by asking, which costs a round trip.
        """
        if monotonic() - self.used > FRESH_SECONDS or self.pgconn.status or self._heard is None:
            return False
        return not self._heard.poll(0)

    def known(self, sql: str, values: Sequence[Any]) -> tuple[Any, list[bytes | None]] | None:
        """What `exchange` needs for a statement that came before; None for one that goes by cursor."""
        if type(sql) is not Often or not self.direct or self.pgconn.transaction_status:
            return None  # in a transaction nothing could be tried once more
        if sql not in self._often_seen:
            self._often_seen.add(sql)  # whoever comes once does not pay for two round trips
            return None
        plain = written(values)
        return plain and ((sql, plain[1]), plain[0])

    def exchange(self, key: Any, parameters: list[bytes | None]) -> PQGen[Any]:
        """The rows of a known statement, or how many rows it touched.

        Raises:
            psycopg.Error: The server refused.
        """
        one = self._often.get(key) or (yield from self._make_ready(key, len(parameters)))
        pgconn = self.pgconn
        pgconn.send_query_prepared(one.name, parameters)
        result = checked((yield from execute(pgconn)))
        return one.rows(result) if result.status == _TUPLES else result.command_tuples

    def _make_ready(self, key: Any, number: int) -> PQGen[_Prepared]:
        sql, whole = key
        name = next(self._often_names)  # never twice: who knows what became of one that was given up
        types = [_WHOLE if place in whole else 0 for place in range(number)]
        self.pgconn.send_prepare(name, numbered(sql).encode(), types)
        checked((yield from execute(self.pgconn)))
        one = self._often[key] = _Prepared(name, Transformer(self.adapters))
        return one

    def forget_prepared(self) -> None:
        """After an error of `ASTRAY`: the statement is tried by cursor now, and prepared anew when it comes next.

        A connection on which that happens again and again prepares nothing more, and psycopg nothing either.
        """
        self._often.clear()
        self.losses += 1
        if self.losses > LOSSES:
            self._prepare_no_more()

    def tries_again(self) -> bool:
        """After an error of `MISLAID`: whether the cursor may try again; in a transaction something else has begun.

        Nothing is prepared on this connection from then on.
        """
        self._prepare_no_more()
        return not self.pgconn.transaction_status

    def _prepare_no_more(self) -> None:
        self.direct = False
        psycopgs: Any = self
        psycopgs.prepare_threshold = None


class ThreadLine(Line, Connection[Any]):
    """A connection for threads."""

    def exchanged(self, key: Any, parameters: list[bytes | None]) -> Any:
        """Carry out an `exchange`."""
        return self.wait(self.exchange(key, parameters))


def numbered(sql: str) -> str:
    """A statement with Postgres' own placeholders."""
    first, *others = between_places(sql)
    return first + "".join(f"${place}{rest}" for place, rest in enumerate(others, 1))


def checked(results: list[Any]) -> Any:
    """The result of a statement.

    Raises:
        psycopg.Error: The server refused.
    """
    for result in results:
        if result.status not in _DONE:
            raise errors.error_from_result(result)
    return results[-1]
