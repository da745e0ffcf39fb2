"""Text files in a table of a SQL database: Agno's `agno_fs`, which holds the texts of offloaded results.

The table is a tool's, not the platform's: it has no name among a store's tables and no version stamp, and on Postgres
a schema of its own, which all schemas of the database share. Called by `wherry.fs.db`. See `plan` for what a plan is.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import time
from typing import TYPE_CHECKING, Any

from wherry.stores.ddl import quote
from wherry.stores.plan import BEGIN, Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

_COLUMNS = (
    "namespace VARCHAR NOT NULL",
    "path VARCHAR NOT NULL",
    "content TEXT NOT NULL",
    "size_bytes BIGINT NOT NULL",
    "version BIGINT NOT NULL",
    "created_at BIGINT NOT NULL",
    "updated_at BIGINT",
    "user_id VARCHAR DEFAULT '' NOT NULL",
)
_HAS = {
    "sqlite": "SELECT name FROM pragma_table_info(?)",
    "postgres": "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ?",
}
_OWN = "namespace = ? AND user_id = ''"


@dataclass(frozen=True, slots=True)
class Files:
    """Where the files are.

    Attributes:
        dialect: ``sqlite`` or ``postgres``.
        table: Name of the table.
        schema: Postgres schema, or empty.
    """

    dialect: str
    table: str
    schema: str = ""

    @property
    def name(self) -> str:
        """The qualified, quoted name of the table."""
        return f"{quote(self.schema)}.{quote(self.table)}" if self.schema else quote(self.table)


def columns(f: Files) -> Plan[set[str]]:
    """The columns of the table, none when there is no table."""
    rows = yield _HAS[f.dialect], [f.schema, f.table] if f.dialect == "postgres" else [f.table]
    return {name for (name,) in rows}


def create(f: Files) -> Plan[set[str]]:
    """Create the table where it is missing; the columns it has then."""
    yield BEGIN
    if f.dialect == "postgres":
        # Two processes that start at once must not both create; a schema that is there needs no right to make one.
        yield "SELECT pg_advisory_xact_lock(hashtext(?))", (f"wherry:{f.schema}",)
        there = yield "SELECT 1 FROM pg_namespace WHERE nspname = ?", (f.schema,)
        if not there:
            yield f"CREATE SCHEMA IF NOT EXISTS {quote(f.schema)}", ()
    body = ", \n\t".join((*_COLUMNS, f"CONSTRAINT {quote(f'pk_{f.table}')} PRIMARY KEY (namespace, user_id, path)"))
    yield f"CREATE TABLE IF NOT EXISTS {f.name} (\n\t{body}\n)", ()
    found = yield from columns(f)
    return found


def read(f: Files, namespace: str, path: str) -> Plan[str | None]:
    """A file's text, or None."""
    rows = yield f"SELECT content FROM {f.name} WHERE {_OWN} AND path = ?", (namespace, path)
    return rows[0][0] if rows else None


def write(f: Files, namespace: str, path: str, content: str) -> Plan[tuple[int, int, int]]:
    """Create or replace a file; its size in bytes, its version, and when it was written."""
    now, size = int(time()), len(content.encode())
    rows = yield (
        (
            f"INSERT INTO {f.name} AS own "
            "(namespace, path, content, size_bytes, version, created_at, updated_at, user_id) "
            "VALUES (?, ?, ?, ?, 1, ?, ?, '') ON CONFLICT (namespace, user_id, path) DO UPDATE SET "
            "content = excluded.content, size_bytes = excluded.size_bytes, version = own.version + 1, "
            "updated_at = excluded.updated_at RETURNING version"
        ),
        (namespace, path, content, size, now, now),
    )
    return size, rows[0][0], now


def listed(f: Files, namespace: str, directory: str) -> Plan[Sequence[Any]]:
    """Path, size, version and time of each file in a directory and below; of a namespace when it is empty."""
    sql = f"SELECT path, size_bytes, version, updated_at FROM {f.name} WHERE {_OWN}"
    values: list[Any] = [namespace]
    if directory:  # compared, not matched: LIKE tells no upper from lower case in SQLite
        sql += " AND (path = ? OR substr(path, 1, ?) = ?)"
        values += [directory, len(directory) + 1, f"{directory}/"]
    rows: Sequence[Any] = yield sql, values
    return rows


def size(f: Files, namespace: str, path: str) -> Plan[int | None]:
    """A file's size in bytes, or None."""
    rows = yield f"SELECT size_bytes FROM {f.name} WHERE {_OWN} AND path = ?", (namespace, path)
    return rows[0][0] if rows else None


def delete(f: Files, namespace: str, path: str) -> Plan[bool]:
    """Delete a file; whether it was there."""
    gone = yield f"DELETE FROM {f.name} WHERE {_OWN} AND path = ?", (namespace, path)
    return bool(gone)


def usage(f: Files, namespace: str) -> Plan[tuple[int, int]]:
    """How many files a namespace holds, and their bytes."""
    rows = yield f"SELECT COUNT(*), COALESCE(SUM(size_bytes), 0) FROM {f.name} WHERE {_OWN}", (namespace,)
    return int(rows[0][0]), int(rows[0][1])
