"""CREATE statements in the words that Agno's tables carry.

`sqlite_master` keeps the text of a statement, so the text itself is part of being the same database. Called once for
each table a store has to create.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wherry.stores.layouts import Column, Layout
    from wherry.stores.plan import Plan

_TYPES = {
    "sqlite": {"string": "VARCHAR", "text": "TEXT", "json": "JSON", "int": "BIGINT", "bool": "BOOLEAN", "date": "DATE"},
    "postgres": {
        "string": "VARCHAR", "text": "TEXT", "json": "JSONB", "int": "BIGINT", "bool": "BOOLEAN", "date": "DATE",
        "integer": "INTEGER",
    },
}  # fmt: skip

# Words that both dialects accept only in quotes and that someone may well choose as the name of a table.
_RESERVED = frozenset(
    [
        "all",
        "and",
        "as",
        "case",
        "check",
        "column",
        "constraint",
        "create",
        "default",
        "delete",
        "desc",
        "distinct",
        "drop",
        "else",
        "end",
        "except",
        "exists",
        "from",
        "group",
        "having",
        "in",
        "index",
        "insert",
        "into",
        "is",
        "join",
        "limit",
        "not",
        "null",
        "offset",
        "on",
        "or",
        "order",
        "primary",
        "references",
        "select",
        "set",
        "table",
        "then",
        "to",
        "transaction",
        "union",
        "unique",
        "update",
        "user",
        "using",
        "values",
        "when",
        "where",
    ]
)
_BARE = re.compile(r"[a-z_][a-z0-9_$]*")


def quote(name: str) -> str:
    """An identifier, in double quotes only where SQL needs them."""
    if _BARE.fullmatch(name) and name not in _RESERVED:
        return name
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def missing_schema(schema: str) -> Plan[None]:
    """Create a schema of Postgres that is not there: for one that is, no right to create schemas is needed."""
    if not (yield "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?", (schema,)):
        yield f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}", ()


def statements(
    layout: Layout, table: str, dialect: str, name_of: Callable[[str], str], schema: str = ""
) -> Iterator[str]:
    """CREATE TABLE and CREATE INDEX statements of one table.

    Args:
        layout: What it looks like.
        table: Its name, unquoted.
        dialect: ``sqlite`` or ``postgres``.
        name_of: Qualified, quoted name of the table of a type; for foreign keys.
        schema: Postgres schema, or empty.
    """
    prefix = f"{quote(schema)}." if schema else ""
    columns = layout.ordered(dialect)
    parts = [_column(column, dialect) for column in columns]
    keys = ", ".join(quote(column.name) for column in columns if column.key)
    parts.append(f"PRIMARY KEY ({keys})")
    for name, members in layout.unique:
        parts.append(f"CONSTRAINT {quote(f'{table}_{name}')} UNIQUE ({', '.join(members)})")
    for column in columns:
        if column.parent:
            kind, target = column.parent.split(".")
            along = " ON DELETE CASCADE" if column.cascades else ""
            parts.append(f"FOREIGN KEY({column.name}) REFERENCES {name_of(kind)} ({target}){along}")
        if column.unique:
            parts.append(f"UNIQUE ({column.name})")
    if dialect == "postgres":
        for names, kind, targets in layout.postgres_parents:
            parts.append(f"FOREIGN KEY({', '.join(names)}) REFERENCES {name_of(kind)} ({', '.join(targets)})")
    body = ", \n\t".join(parts)
    yield f"CREATE TABLE IF NOT EXISTS {prefix}{quote(table)} (\n\t{body}\n)"
    yield from _indexes(layout, table, dialect, prefix)


def _column(column: Column, dialect: str) -> str:
    kind = column.postgres if dialect == "postgres" and column.postgres else column.kind
    required = " NOT NULL" if column.required and dialect not in column.null_on else ""
    return f"{quote(column.name)} {_TYPES[dialect][kind]}{required}"


def _indexes(layout: Layout, table: str, dialect: str, prefix: str) -> Iterator[str]:
    where = f"ON {prefix}{quote(table)}"
    groups = [(column.name,) for column in layout.columns if column.indexed and dialect in column.index_on]
    for group in [*groups, *layout.composite]:
        name = quote(f"idx_{table}_{'_'.join(group)}")
        yield f"CREATE INDEX IF NOT EXISTS {name} {where} ({', '.join(group)})"
    for name, members, condition in layout.partial:
        index = quote(f"{table}_{name}")
        yield f"CREATE UNIQUE INDEX IF NOT EXISTS {index} {where} ({', '.join(members)}) WHERE {condition}"
