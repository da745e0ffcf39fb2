"""What a layout of a table is made of. The layouts themselves are in `tables` and `tables_context`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: Its name.
        kind: Dialect-neutral type.
        required: NOT NULL.
        key: Part of the primary key.
        indexed: Has an index of its own on SQLite and Postgres.
        unique: Holds no value twice.
        postgres: Kind on Postgres where it differs.
        parent: ``table type.column`` of a foreign key.
        cascades: The row is deleted along with the one its foreign key names.
        index_on: Dialects in which the index exists.
        null_on: Dialects in which it may be empty although it is required.
    """

    name: str
    kind: str = "string"
    required: bool = False
    key: bool = False
    indexed: bool = False
    unique: bool = False
    postgres: str | None = None
    parent: str | None = None
    cascades: bool = True
    index_on: tuple[str, ...] = ("sqlite", "postgres")
    null_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """One table.

    Attributes:
        kind: Table type, for example ``sessions``.
        columns: In SQLite's order.
        postgres_order: Names in Postgres' order where it differs.
        composite: Column groups with an index.
        unique: Named unique constraints.
        partial: Named unique indexes with a condition.
        postgres_extra: Columns that only Postgres has, at the end.
        postgres_parents: Columns, table type and its columns of Postgres' foreign keys.
    """

    kind: str
    columns: tuple[Column, ...]
    postgres_order: tuple[str, ...] = ()
    composite: tuple[tuple[str, ...], ...] = ()
    unique: tuple[tuple[str, tuple[str, ...]], ...] = ()
    partial: tuple[tuple[str, tuple[str, ...], str], ...] = ()
    postgres_extra: tuple[Column, ...] = ()
    postgres_parents: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = ()

    def ordered(self, dialect: str) -> tuple[Column, ...]:
        """Columns in the order of a dialect."""
        if dialect != "postgres" or not self.postgres_order:
            return (*self.columns, *self.postgres_extra) if dialect == "postgres" else self.columns
        by_name = {column.name: column for column in self.columns}
        return tuple(by_name[name] for name in self.postgres_order)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Column names in SQLite's order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def json_names(self) -> frozenset[str]:
        """Columns that hold JSON."""
        return frozenset(column.name for column in self.columns if column.kind == "json")


def many(names: str, kind: str = "string", *, indexed: bool = False, required: bool = False) -> tuple[Column, ...]:
    """Columns that are alike, by their names."""
    return tuple(Column(name, kind, required=required, indexed=indexed) for name in names.split())
