"""Plans: what a store does, written once for SQLite and Postgres, for blocking and for async connections.

A plan is a generator that yields statements and is sent their results, so that it knows neither a driver nor whether
anybody waits. `blocking` and `suspending` turn a plan into a method of a store; `Tables` tells it names and dialect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, update_wrapper
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from wherry.stores.ddl import quote
from wherry.stores.jsontext import dumps

if TYPE_CHECKING:
    from wherry.stores.layouts import Layout

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Callable[..., Any])

Statement: TypeAlias = tuple[str, Sequence[Any]]
# Sent back: the rows of a statement that has any, otherwise how many rows it touched.
Plan: TypeAlias = Generator[Statement, Any, T]

BEGIN: Statement = ("BEGIN", ())
"""Yielded first by a plan whose writes belong together; the store commits when the plan ends."""

COMMIT: Statement = ("COMMIT", ())
"""Yielded by a plan that has something to do when its writes are kept, and not before."""


class Often(str):
    """A statement that comes again and again; connections to Postgres prepare it (see `postgres_lines`)."""

    __slots__ = ()


@dataclass(slots=True)
class Tables:
    """What a plan knows of the database it runs on.

    Attributes:
        dialect: ``sqlite`` or ``postgres``.
        raw: Table type -> name of the table.
        schema: Postgres schema, or empty.
        create_schema: Make the schema when it is not there.
        names: Table type -> qualified, quoted name.
        present: Table types known to exist.
        legacy: The sessions table still has the `runs` column of 2.x.
        outdated: Table types of an older layout with the columns that they lack.
        home: What tells the store's sessions from copies elsewhere; see `Origin.home`.
    """

    dialect: str
    raw: dict[str, str]
    home: str
    schema: str = ""
    create_schema: bool = True
    names: dict[str, str] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    legacy: bool = False
    outdated: dict[str, set[str]] = field(default_factory=dict)
    _statements: dict[tuple[Any, ...], str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        prefix = f"{quote(self.schema)}." if self.schema else ""
        self.names = {kind: f"{prefix}{quote(name)}" for kind, name in self.raw.items()}

    def __getitem__(self, kind: str) -> str:
        return self.names[kind]

    def bare(self, kind: str) -> str:
        """The name by which ON CONFLICT refers to a table: without its schema."""
        return quote(self.raw[kind])

    @property
    def postgres(self) -> bool:
        """Whether this is Postgres."""
        return self.dialect == "postgres"

    def statement(self, key: tuple[Any, ...], make: Callable[[], str]) -> str:
        """A statement that every run needs, put together once; drivers know one that came before at once.

        Args:
            key: What it depends on beside names and dialect; few values, for every one is kept.
            make: Puts it together.
        """
        known = self._statements.get(key)
        if known is None:
            known = self._statements[key] = Often(make()) if self.postgres else make()
        return known

    def json(self, value: Any) -> str:
        """A JSON parameter."""
        text = dumps(value)
        if self.postgres and ("\\u0000" in text or "\\ud" in text):
            return dumps(storable(json.loads(text)))
        return text


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: Any) -> Any:
    """A JSON value without what Postgres refuses, NUL and halves of surrogate pairs.

    Agno drops NUL from values only; a NUL in a key or half of a pair has it lose the run.
    """
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return [storable(item) for item in value] if isinstance(value, list) else value


def marks(count: int) -> str:
    """Placeholders for `count` values."""
    return ", ".join("?" * count)


def portions(values: Iterable[T]) -> list[list[T]]:
    """Values in parts, each fewer than one statement may have: 65,535 on Postgres, 32,766 on SQLite."""
    found = list(values)
    return [found[first : first + 30_000] for first in range(0, len(found), 30_000)]


# The place of a value, and what may hold such a sign without being one: texts and names in quotes.
_PLACES = re.compile(r"""'[^']*'|"[^"]*"|\?""")


def between_places(sql: str) -> list[str]:
    """The parts of a statement between the places of its values."""
    parts, start = [], 0
    for found in _PLACES.finditer(sql):
        if found[0] == "?":
            parts.append(sql[start : found.start()])
            start = found.end()
    return [*parts, sql[start:]]


@lru_cache(maxsize=512)
def _with_percents(sql: str) -> str:
    return "%s".join(part.replace("%", "%%") for part in between_places(sql))


def for_psycopg(sql: str, values: Sequence[Any]) -> tuple[str, Sequence[Any] | None]:
    """A statement with psycopg's placeholders; psycopg takes one without values as it is, per cents and all."""
    return (_with_percents(sql), values) if values else (sql, None)


def upsert(table: str, names: Iterable[str], key: str, update: Iterable[str], *, where: str = "") -> str:
    """INSERT … ON CONFLICT DO UPDATE with one placeholder a column.

    Args:
        table: Qualified name.
        names: Columns to insert.
        key: Column whose conflict means update.
        update: Assignments, or bare columns that take the new value.
        where: Condition of the update.
    """
    names = tuple(names)
    changes = ", ".join(name if "=" in name else f"{name} = excluded.{name}" for name in update)
    condition = f" WHERE {where}" if where else ""
    return (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks(len(names))}) "
        f"ON CONFLICT ({key}) DO UPDATE SET {changes}{condition}"
    )


LITERALLY = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})
"""For `str.translate`: a text that a pattern with `ESCAPE '\\'` takes as it is written."""


def rows_of(t: Tables, layout: Layout, rest: str, values: Sequence[Any]) -> Plan[list[dict[str, Any]]]:
    """Rows of a table as its columns hold them; none while the table is not there.

    Args:
        t: The store's tables.
        layout: Which one.
        rest: What follows the table's name in the statement.
        values: For its question marks.
    """
    if layout.kind not in t.present:
        return []
    found = yield f"SELECT {', '.join(layout.names)} FROM {t[layout.kind]}{rest}", values
    return [dict(zip(layout.names, row, strict=True)) for row in found]


def order(sort_by: str | None, sort_order: str | None, known: Iterable[str], default: str = "") -> str:
    """An ORDER BY clause; a column that does not exist sorts nothing.

    `updated_at` falls back to `created_at`, which old rows have only.
    """
    names = frozenset(known)
    if sort_by is None or sort_by not in names:
        return f" ORDER BY {default}" if default and sort_by is None else ""
    column = "COALESCE(updated_at, created_at)" if sort_by == "updated_at" and "created_at" in names else sort_by
    return f" ORDER BY {column} {'ASC' if sort_order == 'asc' else 'DESC'}"


def page_of(limit: int | None, page: int | None) -> tuple[str, list[Any]]:
    """LIMIT and OFFSET with their parameters."""
    if limit is None:
        return "", []
    if page is None:
        return " LIMIT ?", [limit]
    return " LIMIT ? OFFSET ?", [limit, (page - 1) * limit]


class Where:
    """Conditions with their parameters; None is no condition."""

    def __init__(self) -> None:
        self._conditions: list[str] = []
        self.values: list[Any] = []

    def equal(self, **columns: Any) -> Where:
        """Add `column = value` for each value that is not None."""
        for name, value in columns.items():
            if value is not None:
                self._conditions.append(f"{name} = ?")
                self.values.append(value)
        return self

    def exactly(self, **columns: Any) -> Where:
        """Add `column = value` for each value; None is in no row."""
        for name, value in columns.items():
            self.add(f"{name} = ?", value)
        return self

    def add(self, condition: str, *values: Any) -> Where:
        """Add a condition as it is."""
        self._conditions.append(condition)
        self.values.extend(values)
        return self

    def one_of(self, column: str, values: Sequence[Any]) -> Where:
        """Add `column IN (…)`; an empty list matches nothing."""
        return self.add(f"{column} IN ({marks(len(values))})" if values else "1 = 0", *values)

    def __str__(self) -> str:
        return f" WHERE {' AND '.join(self._conditions)}" if self._conditions else ""


def needs(*reads: str, writes: Sequence[str] = ()) -> Callable[[Callable[P, Plan[T]]], Callable[P, Plan[T]]]:
    """Declare the tables of a plan: those it reads need not exist, those it writes are created."""

    def mark(plan: Callable[P, Plan[T]]) -> Callable[P, Plan[T]]:
        tagged: Any = plan
        tagged.reads, tagged.writes = frozenset(reads), frozenset(writes)
        return plan

    return mark


def blocking(plan: Callable[Concatenate[Tables, P], Plan[T]]) -> Callable[Concatenate[Any, P], T]:
    """A method of a store that runs a plan in the caller's thread."""

    def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.run_plan(plan, *args, **kwargs)  # type: ignore[no-any-return]

    return _named(method, plan)


def suspending(
    plan: Callable[Concatenate[Tables, P], Plan[T]],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """A coroutine method of a store that runs a plan."""

    async def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.arun_plan(plan, *args, **kwargs)  # type: ignore[no-any-return]

    return _named(method, plan)


def _named(method: M, plan: Any) -> M:
    """Give a method its plan's name, documentation and signature; `t` stands where a method has `self`."""
    update_wrapper(method, plan)
    return method


def drive(plan: Plan[T], execute: Callable[[str, Sequence[Any]], Any]) -> T:
    """Run a plan to its end with a blocking executor."""
    try:
        statement = next(plan)
        while True:
            statement = plan.send(execute(*statement))
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]


async def adrive(plan: Plan[T], execute: Callable[[str, Sequence[Any]], Awaitable[Any]]) -> T:
    """Run a plan to its end with an async executor."""
    try:
        statement = next(plan)
        while True:
            result = await execute(*statement)
            statement = plan.send(result)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
