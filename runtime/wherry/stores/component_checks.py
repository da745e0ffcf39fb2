"""Pieces of the plans that write the catalogue of components: locked rows, statements, and what is refused.

Each plan locks the component's row first, so that what it has checked stays true until it has written.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.stores.components import (
    DELETED_CONFIG_STAGE,
    ComponentArchivedError,
    ComponentCycleError,
    ComponentDependencyError,
    archived,
    not_found,
)
from wherry.stores.plan import Plan, Tables, marks
from wherry.stores.plans_components import Row, pinned, select
from wherry.stores.tables import COMPONENT_CONFIGS, COMPONENT_LINKS, COMPONENTS

if TYPE_CHECKING:
    from wherry.stores.layouts import Layout

PUBLISHED = "published"


def locked(t: Tables, component_id: str) -> Plan[Row | None]:
    """A component's row, which nobody else changes until the transaction ends; None when there is none."""
    lock = " FOR UPDATE" if t.postgres else ""
    rows = yield from select(t, COMPONENTS, f" WHERE component_id = ?{lock}", [component_id])
    return rows[0] if rows else None


def writable(t: Tables, component_id: str, user_id: str | None) -> Plan[Row]:
    """The locked row of a component that may be written.

    Raises:
        ConfigurationError: There is none for this user, or it is archived.
    """
    component = yield from locked(t, component_id)
    if component is None or (user_id is not None and component["user_id"] != user_id):
        raise not_found(component_id)
    if component["deleted_at"] is not None:
        raise archived(component_id)
    return component


def insert(t: Tables, layout: Layout, row: Row) -> tuple[str, list[Any]]:
    """The statement that stores a new row."""
    values = [t.json(value) if name in layout.json_names else value for name, value in row.items()]
    return f"INSERT INTO {t[layout.kind]} ({', '.join(row)}) VALUES ({marks(len(row))})", values


def update(t: Tables, layout: Layout, changes: Row, where: str, *values: Any) -> tuple[str, list[Any]]:
    """The statement that changes rows and their time of change."""
    given = {**changes, "updated_at": int(time())}
    cells = [t.json(value) if name in layout.json_names else value for name, value in given.items()]
    assigned = ", ".join(f"{name} = ?" for name in given)
    return f"UPDATE {t[layout.kind]} SET {assigned} WHERE {where}", [*cells, *values]


def update_component(t: Tables, changes: Row, component_id: str) -> tuple[str, list[Any]]:
    """The statement that changes a component's row."""
    return update(t, COMPONENTS, changes, "component_id = ?", component_id)


def version_of(t: Tables, component_id: str, version: int) -> Plan[Row | None]:
    """One version, also a deleted one."""
    rest = " WHERE component_id = ? AND version = ?"
    rows = yield from select(t, COMPONENT_CONFIGS, rest, [component_id, version])
    return rows[0] if rows else None


def stage_of(t: Tables, component_id: str, version: int | None) -> Plan[str | None]:
    """The stage of a version, or None when there is none."""
    sql = f"SELECT stage FROM {t['component_configs']} WHERE component_id = ? AND version = ?"
    rows = yield sql, (component_id, version)
    return rows[0][0] if rows else None


def archived_among(t: Tables, component_ids: set[str]) -> Plan[list[str]]:
    """Those that are archived; all of them stay as they are until the transaction ends."""
    if not component_ids:
        return []
    lock = " FOR UPDATE" if t.postgres else ""
    ids = sorted(component_ids)
    sql = f"SELECT component_id, deleted_at FROM {t['components']} WHERE component_id IN ({marks(len(ids))})"
    rows = yield f"{sql} ORDER BY component_id{lock}", ids
    return [component_id for component_id, deleted_at in rows if deleted_at is not None]


def check_links(t: Tables, component_id: str, links: list[Row]) -> Plan[None]:
    """Refuse links to archived components and links that lead back."""
    children = {link["child_component_id"] for link in links}
    if component_id in children:
        raise ComponentCycleError(f"Component {component_id!r} cannot be made of itself.", hint="Take the link out.")
    gone = yield from archived_among(t, children)
    if gone:
        raise ComponentArchivedError(
            f"{component_id!r} cannot be linked to the archived component {gone[0]!r}.",
            hint="Call restore_component() on it first.",
        )
    seen, ahead = set(), sorted(children)
    while ahead:
        current = ahead.pop()
        seen.add(current)
        sql = f"SELECT child_component_id FROM {t['component_links']} WHERE parent_component_id = ?"
        rows = yield sql, (current,)
        for (child,) in rows:
            if child == component_id:
                raise ComponentCycleError(
                    f"A link from {component_id!r} leads back to it by way of {current!r}.",
                    hint="load_component_graph() shows what a component is made of.",
                )
            if child not in seen:
                ahead.append(child)


def put_links(t: Tables, component_id: str, version: int, links: list[Row]) -> Plan[None]:
    """Store what a version is made of, in place of what it was."""
    sql = f"DELETE FROM {t['component_links']} WHERE parent_component_id = ? AND parent_version = ?"
    yield sql, (component_id, version)
    for link in links:
        given = ("link_kind", "link_key", "child_component_id", "child_version", "position")
        row = {"parent_component_id": component_id, "parent_version": version, **{name: link[name] for name in given}}
        yield insert(t, COMPONENT_LINKS, {**row, "meta": link.get("meta"), "created_at": int(time())})


def check_pins(t: Tables, component_id: str, version: int) -> Plan[None]:
    """Refuse to publish what is made of drafts or of archived components."""
    links = yield from pinned(t, component_id, version)
    for link in links:
        child = link["child_component_id"]
        stage = yield from stage_of(t, child, link["child_version"])
        if stage != PUBLISHED:
            raise ComponentDependencyError(
                f"{component_id!r} v{version} cannot be published: its {link['link_kind']} {child!r} "
                f"v{link['child_version']} is {stage or 'missing'}.",
                hint="Publish that version first.",
            )
    yield from check_not_archived(t, component_id, links)


def check_not_archived(t: Tables, component_id: str, links: list[Row]) -> Plan[None]:
    """Refuse links of which one leads to an archived component."""
    gone = yield from archived_among(t, {link["child_component_id"] for link in links})
    if gone:
        raise ComponentDependencyError(
            f"{component_id!r} is made of components that are archived: {', '.join(gone)}.",
            hint="Call restore_component() on them first.",
        )


def check_published(t: Tables, component_id: str, version: int) -> Plan[None]:
    """Refuse a version that is not published."""
    stage = yield from stage_of(t, component_id, version)
    if stage != PUBLISHED:
        what = {None: "missing", DELETED_CONFIG_STAGE: "deleted"}.get(stage, stage)
        raise ConfigurationError(
            f"Cannot set {what} config {component_id!r} v{version} as current. Only published configs can be current.",
            hint="Publish it: upsert_config(component_id, version=…, stage='published').",
        )


def refuse_dependents(what: str, links: list[Row]) -> None:
    """Refuse to delete what these links lead to."""
    if links:
        parents = ", ".join(sorted({link["parent_component_id"] for link in links}))
        raise ComponentDependencyError(
            f"Cannot delete {what}: {parents} is made of it.", hint="Change or delete what uses it first."
        )
