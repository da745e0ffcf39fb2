"""Finding and creating tables.

A store surveys its tables once, before the first plan that needs them; reading never creates a table, writing creates
the tables it needs, stamped with the version of their layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.errors import MigrationRequiredError
from wherry.stores import ddl
from wherry.stores.plan import BEGIN, Plan, Tables, marks, needs
from wherry.stores.plans_records import stamp
from wherry.stores.tables import LAYOUTS, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

# Of Postgres' catalogue: information_schema hides tables that the role has no right to, as if there were none.
_COLUMNS = {
    "sqlite": (
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c "
        "WHERE m.type = 'table' AND m.name IN ({marks})"
    ),
    "postgres": (
        "SELECT c.relname, a.attname FROM pg_catalog.pg_class c "
        "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
        "WHERE n.nspname = ? AND c.relkind IN ('r', 'p', 'v', 'f') AND c.relname IN ({marks})"
    ),
}


# What every run needs. Other tables of an older layout are refused when somebody uses them.
_OF_RUNS = frozenset(["sessions", "runs", "versions"])


def survey(t: Tables) -> Plan[set[str]]:
    """The table types that exist; refuses a table of runs that lacks columns, and notes others that do.

    Raises:
        MigrationRequiredError: A table has the layout of an older version.
    """
    names = list(t.raw.values())
    sql = _COLUMNS[t.dialect].format(marks=marks(len(names)))
    rows = yield sql, [t.schema, *names] if t.postgres else names
    columns: dict[str, set[str]] = {}
    for table, column in rows:
        columns.setdefault(table, set()).add(column)
    present = {kind for kind, name in t.raw.items() if name in columns}
    t.outdated.clear()
    for kind in sorted(present):
        missing = set(LAYOUTS[kind].names) - columns[t.raw[kind]]
        if missing and kind in _OF_RUNS:
            raise _outdated(t.raw[kind], missing)
        if missing:
            t.outdated[kind] = missing
    present -= t.outdated.keys()
    t.legacy = "runs" in columns.get(t.raw["sessions"], ())
    return present


def refuse_outdated(t: Tables, kinds: Collection[str]) -> None:
    """Refuse the tables among `kinds` that have the layout of an older version.

    Raises:
        MigrationRequiredError: There is one.
    """
    for kind in kinds:
        if kind in t.outdated:
            raise _outdated(t.raw[kind], t.outdated[kind])


def _outdated(table: str, missing: Collection[str]) -> MigrationRequiredError:
    from wherry.core.errors import docs_url

    return MigrationRequiredError(
        table,
        f"Table {table!r} has the layout of an older version: it lacks {', '.join(sorted(missing))}. Migrate it once "
        "with Agno: `asyncio.run(MigrationManager(db).up())`, imported from `agno.db.migrations.manager`; or choose "
        f"another table name. See {docs_url('errors/migration_required/')}",
    )


def create(t: Tables, kinds: Collection[str]) -> Plan[set[str]]:
    """Create tables that are not there, with those they refer to, in one transaction; the table types that exist then.

    The caller remembers them once the transaction is committed: other threads must not rely on them before.
    """
    yield BEGIN
    if t.postgres:
        # Two processes that start at once must not both create: IF NOT EXISTS does not hold against that.
        yield "SELECT pg_advisory_xact_lock(hashtext(?))", (f"wherry:{t.schema}",)
        if t.create_schema:
            yield from ddl.missing_schema(t.schema)
    present = yield from survey(t)
    for kind in _with_parents(kind for kind in kinds if kind not in t.outdated):
        if kind in present:
            continue
        for sql in ddl.statements(LAYOUTS[kind], t.raw[kind], t.dialect, t.__getitem__, t.schema):
            yield sql, ()
        present.add(kind)
        if kind != "versions":
            yield stamp(t, t.raw[kind], SCHEMA_VERSION)
    return present


def _with_parents(wanted: Iterable[str]) -> list[str]:
    """Table types in the order in which they can be created; stamps need the table of versions."""
    kinds = set(wanted)
    order = ["versions"]
    if "sessions" in kinds or "runs" in kinds:
        order.append("sessions")
    if "spans" in kinds:
        order.append("traces")
    order += [kind for kind in LAYOUTS if kind in kinds and kind not in order]
    return order


@needs()
def table_exists(t: Tables, table_name: str) -> Plan[bool]:
    """Whether there is a table of that name; see `BaseDb.table_exists`."""
    sql = {
        "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?",
        "postgres": (
            "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p', 'v', 'f')"
        ),
    }[t.dialect]
    values: list[Any] = [t.schema, table_name] if t.postgres else [table_name]
    rows = yield sql, values
    return bool(rows)
