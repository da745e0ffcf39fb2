"""Statements that read the catalogue of components; mirrors Agno's methods of these names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.stores.components import DELETED_CONFIG_STAGE, PIN_LINK_KINDS
from wherry.stores.jsontext import loads_column
from wherry.stores.plan import Plan, Tables, Where, needs
from wherry.stores.tables import COMPONENT_CONFIGS, COMPONENT_LINKS, COMPONENTS

if TYPE_CHECKING:
    from collections.abc import Collection

    from wherry.stores.layouts import Layout

Row = dict[str, Any]
KINDS = ("components", "component_configs", "component_links")
# Others see a component that nobody owns, and one that is published and not archived.
SEEN = "(user_id = ? OR user_id IS NULL OR (current_version IS NOT NULL AND deleted_at IS NULL))"
VISIBLE = f"stage <> '{DELETED_CONFIG_STAGE}'"


def names_of(t: Tables, layout: Layout) -> list[str]:
    """Column names of a table, in the order of the dialect."""
    return [column.name for column in layout.ordered(t.dialect)]


def select(t: Tables, layout: Layout, rest: str, values: list[Any]) -> Plan[list[Row]]:
    """Rows of one of the three tables."""
    names = names_of(t, layout)
    rows = yield f"SELECT {', '.join(names)} FROM {t[layout.kind]}{rest}", values
    found = [dict(zip(names, row, strict=True)) for row in rows]
    for row in found:
        for name in layout.json_names & row.keys():
            row[name] = loads_column(row[name])
    return found


def kind_text(component_type: Any) -> Any:
    """A kind of component as its column holds it."""
    return getattr(component_type, "value", component_type)


@needs("components")
def get_component(
    t: Tables,
    component_id: str,
    component_type: Any = None,
    user_id: str | None = None,
    include_deleted: bool = False,
) -> Plan[Row | None]:
    """A component's row, or None.

    Args:
        t: Tables of the store.
        component_id: The component.
        component_type: Only if it is of this kind.
        user_id: Only if this user may see it: owns it, nobody owns it, or it is published.
        include_deleted: Also if it is archived.
    """
    if "components" not in t.present:
        return None
    where = Where().exactly(component_id=component_id).equal(component_type=kind_text(component_type))
    if not include_deleted:
        where.add("deleted_at IS NULL")
    if user_id is not None:
        where.add(SEEN, user_id)
    rows = yield from select(t, COMPONENTS, str(where), where.values)
    return rows[0] if rows else None


@needs("components")
def list_components(
    t: Tables,
    component_type: Any = None,
    include_deleted: bool = False,
    limit: int = 20,
    offset: int = 0,
    exclude_component_ids: Collection[str] | None = None,
    user_id: str | None = None,
    name: str | None = None,
) -> Plan[tuple[list[Row], int]]:
    """A part of the components that fit, the newest first, and how many fit.

    Args:
        t: Tables of the store.
        component_type: Of this kind.
        include_deleted: Archived ones, too.
        limit: At most so many.
        offset: How many to pass over.
        exclude_component_ids: Not these.
        user_id: Those that this user may see.
        name: With this name.
    """
    if "components" not in t.present:
        return [], 0
    where = Where().equal(component_type=kind_text(component_type), name=name)
    if user_id is not None:
        where.add(SEEN, user_id)
    if not include_deleted:
        where.add("deleted_at IS NULL")
    for component_id in sorted(exclude_component_ids or ()):
        where.add("component_id <> ?", component_id)
    counted = yield f"SELECT COUNT(*) FROM {t['components']}{where}", where.values
    rest = f"{where} ORDER BY created_at DESC, component_id LIMIT ? OFFSET ?"
    rows = yield from select(t, COMPONENTS, rest, [*where.values, limit, offset])
    return rows, int(counted[0][0])


@needs(*KINDS)
def get_config(
    t: Tables,
    component_id: str,
    version: int | None = None,
    label: str | None = None,
    include_deleted: bool = False,
) -> Plan[Row | None]:
    """One version of a component's configuration: by number, by label, the current one, or the newest draft.

    Args:
        t: Tables of the store.
        component_id: The component; an archived one has no versions to read.
        version: Its number.
        label: Its label, when no number is given.
        include_deleted: Also a deleted version, when it is asked for by number.
    """
    component = yield from get_component(t, component_id)
    if component is None or "component_configs" not in t.present:
        return None
    where = Where().equal(component_id=component_id)
    if version is not None:
        where.equal(version=version)
    elif label is not None:
        where.equal(label=label)
    else:
        where.equal(version=component["current_version"])
    if not (include_deleted and version is not None):
        where.add(VISIBLE)
    rows = yield from select(t, COMPONENT_CONFIGS, f"{where} ORDER BY version DESC LIMIT 1", where.values)
    return rows[0] if rows else None


@needs(*KINDS)
def get_current_config(t: Tables, component_id: str) -> Plan[Row | None]:
    """The published configuration in use, or None when there is none."""
    component = yield from get_component(t, component_id)
    if component is None or component["current_version"] is None:
        return None
    found = yield from get_config(t, component_id, version=component["current_version"])
    return found


@needs(*KINDS)
def get_latest_config(t: Tables, component_id: str) -> Plan[Row | None]:
    """The newest version, draft or published, or None."""
    component = yield from get_component(t, component_id)
    if component is None or "component_configs" not in t.present:
        return None
    rest = f" WHERE component_id = ? AND {VISIBLE} ORDER BY version DESC LIMIT 1"
    rows = yield from select(t, COMPONENT_CONFIGS, rest, [component_id])
    return rows[0] if rows else None


@needs(*KINDS)
def get_latest_configs(t: Tables, component_ids: Collection[str]) -> Plan[dict[str, Row | None]]:
    """The newest version of each of several components."""
    found: dict[str, Row | None] = {}
    for component_id in component_ids:
        found[component_id] = yield from get_latest_config(t, component_id)
    return found


@needs(*KINDS)
def list_configs(
    t: Tables, component_id: str, include_config: bool = False, include_deleted: bool = False
) -> Plan[list[Row]]:
    """A component's versions, the newest first, without their configuration unless it is asked for."""
    component = yield from get_component(t, component_id)
    if component is None or "component_configs" not in t.present:
        return []
    condition = "" if include_deleted else f" AND {VISIBLE}"
    rest = f" WHERE component_id = ?{condition} ORDER BY version DESC"
    rows = yield from select(t, COMPONENT_CONFIGS, rest, [component_id])
    if not include_config:
        for row in rows:
            row.pop("config")
            row.pop("deleted_at", None)
    return rows


@needs("component_links")
def get_links(t: Tables, component_id: str, version: int, link_kind: str | None = None) -> Plan[list[Row]]:
    """What a version of a component is made of, in order."""
    if "component_links" not in t.present:
        return []
    where = Where().exactly(parent_component_id=component_id, parent_version=version).equal(link_kind=link_kind)
    found = yield from select(t, COMPONENT_LINKS, f"{where} ORDER BY position", where.values)
    return found


@needs(*KINDS)
def get_dependents(
    t: Tables,
    component_id: str,
    version: int | None = None,
    active_parents_only: bool = False,
    parent_user_id: str | None = None,
) -> Plan[list[Row]]:
    """The links that lead to a component.

    Args:
        t: Tables of the store.
        component_id: The component.
        version: Links to this version.
        active_parents_only: Not those of archived components and of deleted versions.
        parent_user_id: Those of this user's components and of components that nobody owns.
    """
    if "component_links" not in t.present:
        return []
    where = Where().equal(child_component_id=component_id, child_version=version)
    of_parent = f"SELECT 1 FROM {t['components']} c WHERE c.component_id = parent_component_id"
    if active_parents_only:
        where.add(f"EXISTS ({of_parent} AND c.deleted_at IS NULL)")
        where.add(
            f"EXISTS (SELECT 1 FROM {t['component_configs']} v WHERE v.component_id = parent_component_id "
            f"AND v.version = parent_version AND v.{VISIBLE})"
        )
    if parent_user_id is not None:
        where.add(f"EXISTS ({of_parent} AND (c.user_id = ? OR c.user_id IS NULL))", parent_user_id)
    found = yield from select(t, COMPONENT_LINKS, str(where), where.values)
    return found


@needs("components")
def resolve_version(t: Tables, component_id: str, version: int | None) -> Plan[int | None]:
    """The version to use: the given one, otherwise the current one."""
    if version is not None or "components" not in t.present:
        return version
    rows = yield f"SELECT current_version FROM {t['components']} WHERE component_id = ?", (component_id,)
    return rows[0][0] if rows else None


@needs(*KINDS)
def load_component_graph(
    t: Tables, component_id: str, version: int | None = None, label: str | None = None
) -> Plan[Row | None]:
    """A component with its configuration and, in the same form, all that it is made of; None when it has no version.

    Args:
        t: Tables of the store.
        component_id: The component.
        version: Of this version; the current one by default.
        label: Not looked at, as in Agno.

    Returns:
        ``component``, ``config``, ``children`` (each with its ``link`` and ``graph``) and ``resolved_versions``; a
        component that comes again below itself is a stub with ``cycle_detected``.
    """
    found = yield from _graph(t, component_id, version, frozenset())
    return found


def _graph(t: Tables, component_id: str, version: int | None, above: frozenset[str]) -> Plan[Row | None]:
    if component_id in above:
        stub: Row = {
            "component": {"component_id": component_id},
            "config": None,
            "children": [],
            "resolved_versions": {},
        }
        return {**stub, "cycle_detected": True}
    component = yield from get_component(t, component_id)
    resolved = yield from resolve_version(t, component_id, version)
    if component is None or resolved is None:
        return None
    config = yield from get_config(t, component_id, version=resolved)
    if config is None:
        return None
    children: list[Row] = []
    versions: dict[str, int | None] = {component_id: resolved}
    links = yield from get_links(t, component_id, resolved)
    for link in links:
        child = link["child_component_id"]
        versions[child] = yield from resolve_version(t, child, link["child_version"])
        graph = yield from _graph(t, child, versions[child], above | {component_id})
        versions.update((graph or {}).get("resolved_versions", {}))
        children.append({"link": link, "graph": graph})
    return {"component": component, "config": config, "children": children, "resolved_versions": versions}


def pinned(t: Tables, component_id: str, version: int) -> Plan[list[Row]]:
    """The links of a version that hold on to a version of another component."""
    links = yield from get_links(t, component_id, version)
    return [link for link in links if link["link_kind"] in PIN_LINK_KINDS]
