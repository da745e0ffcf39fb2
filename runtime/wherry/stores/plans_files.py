"""Text files in a table of a SQL database: Agno's `agno_fs`, which holds files of agents and texts of tool results.

The table is a tool's, not the platform's: it has no name among a store's tables and no version stamp, and on Postgres
a schema of its own, which all schemas of the database share. Called by `wherry.fs.db`. See `plan` for what a plan is.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import time
from typing import TYPE_CHECKING, Any

from wherry.stores.ddl import missing_schema, quote
from wherry.stores.plan import BEGIN, LITERALLY, Plan

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
_KEY = frozenset({"namespace", "user_id", "path"})
_OLD = "namespace, path, content, size_bytes, version, created_at, updated_at"
_LAYOUT = {
    "sqlite": 'SELECT name, "notnull", pk FROM pragma_table_info(?)',
    "postgres": (
        "SELECT attname, attnotnull, EXISTS (SELECT 1 FROM pg_index WHERE indrelid = attrelid AND indisprimary "
        "AND attnum = ANY(indkey)) FROM pg_attribute "
        "WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped"
    ),
}
_OWN = "namespace = ? AND user_id = ?"
_ONE = f"{_OWN} AND path = ?"
_INTO = (
    "(namespace, path, content, size_bytes, version, created_at, updated_at, user_id) VALUES (?, ?, ?, ?, 1, ?, ?, ?)"
)

Layout = dict[str, tuple[bool, bool]]
"""Columns: whether each is never null, and whether it is a part of the key."""


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


@dataclass(frozen=True, slots=True)
class At:
    """A partition of a namespace."""

    namespace: str
    user_id: str = ""

    def values(self, *more: Any) -> list[Any]:
        """What the conditions of a statement are given."""
        return [self.namespace, self.user_id, *more]


def columns(f: Files) -> Plan[Layout]:
    """The columns of the table, none when there is no table."""
    rows = yield _LAYOUT[f.dialect], [f.name if f.dialect == "postgres" else f.table]
    return {name: (bool(filled), bool(key)) for name, filled, key in rows}


def is_current(layout: Layout) -> bool:
    """Whether the table tells the files of users apart."""
    return layout.get("user_id", (False, False))[0] and {name for name, (_, key) in layout.items() if key} == _KEY


def _body(f: Files) -> str:
    return ", \n\t".join((*_COLUMNS, f"CONSTRAINT {quote(f'pk_{f.table}')} PRIMARY KEY (namespace, user_id, path)"))


def create(f: Files) -> Plan[Layout]:
    """Create the table where it is missing; the columns it has then."""
    yield BEGIN
    if f.dialect == "postgres":
        # Two processes that start at once must not both create.
        yield "SELECT pg_advisory_xact_lock(hashtext(?))", (f"wherry:{f.schema}",)
        if f.schema:
            yield from missing_schema(f.schema)
    yield f"CREATE TABLE IF NOT EXISTS {f.name} (\n\t{_body(f)}\n)", ()
    found = yield from columns(f)
    return found


def upgrade(f: Files) -> Plan[bool]:
    """Give a table of an older layout the users' partitions; whether there was something to do.

    Its files become the shared ones.
    """
    yield BEGIN
    layout = yield from columns(f)
    if not layout or is_current(layout):
        return False
    known = "user_id" in layout
    if f.dialect == "sqlite":  # which cannot change a key
        new = quote(f"{f.table}__partitioned")
        yield f"DROP TABLE IF EXISTS {new}", ()
        yield f"CREATE TABLE {new} (\n\t{_body(f)}\n)", ()
        users = "COALESCE(user_id, '')" if known else "''"
        yield f"INSERT INTO {new} ({_OLD}, user_id) SELECT {_OLD}, {users} FROM {f.name}", ()
        yield f"DROP TABLE {f.name}", ()
        yield f"ALTER TABLE {new} RENAME TO {f.name}", ()
        return True
    if known:
        yield f"UPDATE {f.name} SET user_id = '' WHERE user_id IS NULL", ()
        yield f"ALTER TABLE {f.name} ALTER COLUMN user_id SET NOT NULL, ALTER COLUMN user_id SET DEFAULT ''", ()
    else:
        yield f"ALTER TABLE {f.name} ADD COLUMN user_id VARCHAR NOT NULL DEFAULT ''", ()
    old = yield "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(?) AND contype = 'p'", [f.name]
    for (name,) in old:
        yield f"ALTER TABLE {f.name} DROP CONSTRAINT {quote(name)}", ()
    key = f"ADD CONSTRAINT {quote(f'pk_{f.table}')} PRIMARY KEY (namespace, user_id, path)"
    yield f"ALTER TABLE {f.name} {key}", ()
    return True


def read(f: Files, at: At, path: str) -> Plan[Sequence[Any] | None]:
    """A file's text, size, version and time, or None."""
    rows = yield f"SELECT content, size_bytes, version, updated_at FROM {f.name} WHERE {_ONE}", at.values(path)
    return rows[0] if rows else None


def stat(f: Files, at: At, path: str) -> Plan[Sequence[Any] | None]:
    """A file's size, version and time, or None."""
    rows = yield f"SELECT size_bytes, version, updated_at FROM {f.name} WHERE {_ONE}", at.values(path)
    return rows[0] if rows else None


def write(f: Files, at: At, path: str, content: str) -> Plan[tuple[int, int, int]]:
    """Create or replace a file; its size in bytes, its version, and when it was written."""
    now, size = int(time()), len(content.encode())
    rows = yield (
        (
            f"INSERT INTO {f.name} AS own {_INTO} ON CONFLICT (namespace, user_id, path) DO UPDATE SET "
            "content = excluded.content, size_bytes = excluded.size_bytes, version = own.version + 1, "
            "updated_at = excluded.updated_at RETURNING version"
        ),
        (at.namespace, path, content, size, now, now, at.user_id),
    )
    return size, rows[0][0], now


def write_at(f: Files, at: At, path: str, content: str, expected: int) -> Plan[tuple[int, int, int] | None]:
    """Replace a file that has the expected version, or create one where 0 is expected; None where that is not so."""
    now, size = int(time()), len(content.encode())
    if expected == 0:
        sql = f"INSERT INTO {f.name} {_INTO} ON CONFLICT (namespace, user_id, path) DO NOTHING RETURNING version"
        values: list[Any] = [at.namespace, path, content, size, now, now, at.user_id]
    else:
        sql = f"UPDATE {f.name} SET content = ?, size_bytes = ?, version = version + 1, updated_at = ? WHERE {_ONE}"
        sql += " AND version = ? RETURNING version"
        values = [content, size, now, *at.values(path, expected)]
    rows = yield sql, values
    return (size, rows[0][0], now) if rows else None


def append(f: Files, at: At, path: str, chunk: str, most: int | None) -> Plan[tuple[int, int, int] | None]:
    """Add lines to a file in one statement, so that none of two writers' are lost; None where it would be too big."""
    now, size = int(time()), len(chunk.encode())
    last = "right(own.content, 1)" if f.dialect == "postgres" else "substr(own.content, -1)"
    open_line = f"own.content <> '' AND {last} <> '\n'"
    grown = f"own.size_bytes + CASE WHEN {open_line} THEN 1 ELSE 0 END + excluded.size_bytes"
    sql = (
        f"INSERT INTO {f.name} AS own {_INTO} ON CONFLICT (namespace, user_id, path) DO UPDATE SET "
        f"content = own.content || CASE WHEN {open_line} THEN '\n' ELSE '' END || excluded.content, "
        f"size_bytes = {grown}, version = own.version + 1, updated_at = excluded.updated_at"
    )
    values: list[Any] = [at.namespace, path, chunk, size, now, now, at.user_id]
    if most is not None:
        sql, values = f"{sql} WHERE {grown} <= ?", [*values, most]
    rows = yield f"{sql} RETURNING size_bytes, version", values
    return (rows[0][0], rows[0][1], now) if rows else None


def move(f: Files, at: At, src: str, dst: str, overwrite: bool) -> Plan[tuple[int, int, int] | str]:
    """Give a file another path; the one that is missing or in the way, when it cannot be."""
    now = int(time())
    yield BEGIN
    lock = " FOR UPDATE" if f.dialect == "postgres" else ""
    there = yield f"SELECT path FROM {f.name} WHERE {_OWN} AND path IN (?, ?) ORDER BY path{lock}", at.values(src, dst)
    paths = {path for (path,) in there}
    if src not in paths:
        return src
    if src == dst:
        sql = f"UPDATE {f.name} SET version = version + 1, updated_at = ? WHERE {_ONE} RETURNING size_bytes, version"
        rows = yield sql, [now, *at.values(src)]
        return rows[0][0], rows[0][1], now
    # Not an update of the path: another may take it only now, and an insert waits and tells what has become of that.
    taken = "DO NOTHING"
    if overwrite:
        kept = ("content", "size_bytes", "version", "created_at", "updated_at")
        taken = f"DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in kept)}"
    copied = f"SELECT namespace, ?, content, size_bytes, version + 1, created_at, ?, user_id FROM {f.name} WHERE {_ONE}"
    on_conflict = f"ON CONFLICT (namespace, user_id, path) {taken} RETURNING size_bytes, version"
    sql = f"INSERT INTO {f.name} ({_OLD}, user_id) {copied} {on_conflict}"
    rows = yield sql, [dst, now, *at.values(src)]
    if not rows:
        return dst
    yield f"DELETE FROM {f.name} WHERE {_ONE}", at.values(src)
    return rows[0][0], rows[0][1], now


def _within(directory: str) -> tuple[str, list[Any]]:
    """The condition of files in a directory and below."""
    if not directory:
        return "", []
    # Compared, not matched: LIKE tells no upper from lower case in SQLite.
    return " AND (path = ? OR substr(path, 1, ?) = ?)", [directory, len(directory) + 1, f"{directory}/"]


def listed(f: Files, at: At, directory: str) -> Plan[Sequence[Any]]:
    """Path, size, version and time of each file in a directory and below; of a namespace when it is empty."""
    inside, values = _within(directory)
    rows: Sequence[Any] = yield (
        f"SELECT path, size_bytes, version, updated_at FROM {f.name} WHERE {_OWN}{inside}",
        at.values(*values),
    )
    return rows


def having(f: Files, at: At, directory: str, query: str) -> Plan[Sequence[Any]]:
    """Path, size and text of the files that may have a text, upper and lower case alike."""
    inside, values = _within(directory)
    sql = f"SELECT path, size_bytes, content FROM {f.name} WHERE {_OWN}{inside}"
    if f.dialect == "postgres" or query.isascii():  # SQLite takes no other letters for alike
        sql += f" AND content {'ILIKE' if f.dialect == 'postgres' else 'LIKE'} ? ESCAPE '\\'"
        values = [*values, f"%{query.translate(LITERALLY)}%"]
    rows: Sequence[Any] = yield sql, at.values(*values)
    return rows


def with_lines(f: Files, at: At, directory: str, lines: Sequence[str]) -> Plan[Sequence[Any]]:
    """The texts of files that have one of the lines."""
    inside, values = _within(directory)
    find, newline = ("strpos", "chr(10)") if f.dialect == "postgres" else ("instr", "char(10)")
    any_of = " OR ".join([f"{find}({newline} || content || {newline}, ?) > 0"] * len(lines))
    wanted = [f"\n{line}\n" for line in lines]
    rows: Sequence[Any] = yield (
        f"SELECT content FROM {f.name} WHERE {_OWN}{inside} AND ({any_of})",
        at.values(*values, *wanted),
    )
    return rows


def delete(f: Files, at: At, path: str, expected: int | None = None) -> Plan[bool]:
    """Delete a file, where one is expected of that version; whether it was there."""
    sql, values = f"DELETE FROM {f.name} WHERE {_ONE}", at.values(path)
    if expected is not None:
        sql, values = f"{sql} AND version = ?", [*values, expected]
    gone = yield sql, values
    return bool(gone)


def usage(f: Files, at: At) -> Plan[tuple[int, int]]:
    """How many files a partition holds, and their bytes."""
    rows = yield f"SELECT COUNT(*), COALESCE(SUM(size_bytes), 0) FROM {f.name} WHERE {_OWN}", at.values()
    return int(rows[0][0]), int(rows[0][1])


def users(f: Files, namespace: str) -> Plan[list[str]]:
    """The users that have files of their own in a namespace."""
    sql = f"SELECT DISTINCT user_id FROM {f.name} WHERE namespace = ? AND user_id <> ''"
    rows = yield sql, [namespace]
    return [user for (user,) in rows]
