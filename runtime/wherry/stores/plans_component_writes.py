"""Statements that write components; mirrors Agno's methods of these names. Their versions are in `plans_configs`.

Each is one transaction. Deleting does not touch schedules, which Wherry does not have.
"""

from __future__ import annotations

from time import time
from typing import Any

from wherry.core.errors import ConfigurationError
from wherry.stores.component_checks import (
    PUBLISHED,
    check_links,
    check_not_archived,
    check_pins,
    check_published,
    insert,
    locked,
    put_links,
    refuse_dependents,
    stage_of,
    update_component,
    version_of,
    writable,
)
from wherry.stores.components import check_current, check_stage, check_versions_of
from wherry.stores.plan import BEGIN, Plan, Tables, needs
from wherry.stores.plans_components import KINDS, Row, get_dependents, kind_text, pinned
from wherry.stores.tables import COMPONENT_CONFIGS, COMPONENTS


@needs(*KINDS, writes=KINDS)
def upsert_component(
    t: Tables,
    component_id: str,
    component_type: Any = None,
    name: str | None = None,
    description: str | None = None,
    current_version: int | None = None,
    metadata: dict[str, Any] | None = None,
    user_id: str | None = None,
) -> Plan[Row]:
    """Create a component or change its row; what is None stays.

    Args:
        t: Tables of the store.
        component_id: The component.
        component_type: Its kind; needed for a new one, and fixed from then on.
        name: Its name; on SQLite the id for a new one without a name.
        description: What it is for.
        current_version: The published version to use.
        metadata: Anything.
        user_id: Owner of a new one; an existing one must belong to this user.

    Returns:
        The row as stored.

    Raises:
        ConfigurationError: (a ValueError) it is archived, belongs to somebody else, or cannot be changed like that.
    """
    yield BEGIN
    stored = yield from locked(t, component_id)
    given = {"name": name, "description": description, "metadata": metadata}
    if stored is None:
        if component_type is None:
            raise ConfigurationError(
                f"component_type is required when creating a new component, and there is no {component_id!r}.",
                hint="Give component_type=ComponentType.AGENT, TEAM or WORKFLOW.",
            )
        yield insert(
            t, COMPONENTS, _new(component_id, component_type, {**given, "name": _shown(t, component_id, name)}, user_id)
        )
    else:
        component = yield from writable(t, component_id, user_id)
        _check_kind(component, component_type)
        if current_version is not None:
            yield from check_published(t, component_id, current_version)
        changes = {**given, "current_version": current_version}
        yield update_component(t, {key: value for key, value in changes.items() if value is not None}, component_id)
    written = yield from locked(t, component_id)
    return written or {}


def _shown(t: Tables, component_id: str, name: str | None) -> str | None:
    """A component's name; Agno's table on SQLite must hold one."""
    return name or (None if t.postgres else component_id)


def _new(component_id: str, component_type: Any, given: Row, user_id: str | None) -> Row:
    row = {"component_id": component_id, "component_type": kind_text(component_type), **given, "user_id": user_id}
    return {**row, "created_at": int(time())}


def _check_kind(component: Row, component_type: Any) -> None:
    kind = kind_text(component_type)
    if kind is not None and kind != component["component_type"]:
        raise ConfigurationError(
            f"Cannot change component {component['component_id']!r} from {component['component_type']} to {kind}; "
            "a component's type is fixed at creation.",
            hint="Create a component of that type under another id.",
        )


@needs(*KINDS, writes=KINDS)
def create_component_with_config(
    t: Tables,
    component_id: str,
    component_type: Any,
    name: str | None,
    config: dict[str, Any],
    description: str | None = None,
    metadata: dict[str, Any] | None = None,
    label: str | None = None,
    stage: str = "draft",
    notes: str | None = None,
    links: list[dict[str, Any]] | None = None,
    user_id: str | None = None,
) -> Plan[tuple[Row, Row]]:
    """Create a component together with the first version of its configuration.

    Args:
        t: Tables of the store.
        component_id: An id that no component has, not even an archived one.
        component_type: Its kind.
        name: Its name.
        config: The configuration.
        description: What it is for.
        metadata: Anything.
        label: A name for the version.
        stage: ``draft``, or ``published``: then it is the current version.
        notes: What the version is about.
        links: What it is made of.
        user_id: Its owner.

    Returns:
        The component's row and the version's.

    Raises:
        ConfigurationError: (a ValueError) the id is taken, or a link cannot be.
    """
    check_stage(stage)
    check_versions_of(links)
    yield BEGIN
    taken = yield from locked(t, component_id)
    if taken is not None:
        raise ConfigurationError(f"Component ID {component_id!r} is not available.", hint="Choose another one.")
    if links:
        yield from check_links(t, component_id, links)
    given = {"name": _shown(t, component_id, name), "description": description, "metadata": metadata}
    yield insert(t, COMPONENTS, _new(component_id, component_type, given, user_id))
    version = {"component_id": component_id, "version": 1, "label": label, "stage": stage, "config": config}
    yield insert(t, COMPONENT_CONFIGS, {**version, "notes": notes, "created_at": int(time())})
    yield from put_links(t, component_id, 1, links or [])
    if stage == PUBLISHED:
        yield from check_pins(t, component_id, 1)
        sql = f"UPDATE {t['components']} SET current_version = 1 WHERE component_id = ?"
        yield sql, (component_id,)
    component = yield from locked(t, component_id)
    stored = yield from version_of(t, component_id, 1)
    return component or {}, stored or {}


@needs(*KINDS)
def set_current_version(
    t: Tables,
    component_id: str,
    version: int,
    expected_current_version: int | None = None,
    user_id: str | None = None,
) -> Plan[bool]:
    """Use another published version of a component.

    Args:
        t: Tables of the store.
        component_id: The component.
        version: The version to use.
        expected_current_version: Only if this is the current version now; 0: only if there is none.
        user_id: The component must belong to this user.

    Returns:
        False when there is no such component or version.

    Raises:
        ConfigurationError: (a ValueError) it is not published, something it is made of is archived, or another
            version than the expected one is current.
    """
    if not t.present.issuperset(KINDS):
        return False
    yield BEGIN
    component = yield from locked(t, component_id)
    if component is None or component["deleted_at"] is not None:
        return False
    stage = yield from stage_of(t, component_id, version)
    if stage is None or (user_id is not None and component["user_id"] != user_id):
        return False
    yield from check_published(t, component_id, version)
    check_current(component_id, component["current_version"], expected_current_version)
    yield from check_not_archived(t, component_id, (yield from pinned(t, component_id, version)))
    yield update_component(t, {"current_version": version}, component_id)
    return True


@needs(*KINDS)
def delete_component(
    t: Tables,
    component_id: str,
    hard_delete: bool = False,
    user_id: str | None = None,
    expected_current_version: int | None = None,
    require_no_dependents: bool = True,
    cascade_stats: dict[str, int] | None = None,
) -> Plan[bool]:
    """Archive a component, or remove it with all its versions. Whether there was one to delete.

    Args:
        t: Tables of the store.
        component_id: The component.
        hard_delete: Remove the rows; otherwise it is archived and can be restored.
        user_id: It must belong to this user.
        expected_current_version: Only if this is the current version; 0: only if there is none.
        require_no_dependents: Refuse while other components are made of it; archived ones count when rows go.
        cascade_stats: Left as it is: there are no schedules to switch off.

    Raises:
        ConfigurationError: (a ValueError) something is made of it, or another version than the expected is current.
    """
    if not t.present.issuperset(KINDS):
        return False
    yield BEGIN
    component = yield from locked(t, component_id)
    if component is None or (user_id is not None and component["user_id"] != user_id):
        return False
    if not hard_delete and component["deleted_at"] is not None:
        return False
    if require_no_dependents:
        links = yield from get_dependents(t, component_id, active_parents_only=not hard_delete, parent_user_id=user_id)
        refuse_dependents(repr(component_id), links)
    check_current(component_id, component["current_version"], expected_current_version)
    if not hard_delete:
        yield update_component(t, {"deleted_at": int(time())}, component_id)
        return True
    either = "parent_component_id = ? OR child_component_id = ?"
    yield f"DELETE FROM {t['component_links']} WHERE {either}", (component_id, component_id)
    for kind in ("component_configs", "components"):
        yield f"DELETE FROM {t[kind]} WHERE component_id = ?", (component_id,)
    return True


@needs(*KINDS)
def restore_component(t: Tables, component_id: str, user_id: str | None = None) -> Plan[bool]:
    """Bring an archived component back with its versions. Whether it was archived.

    Raises:
        ComponentDependencyError: Something that it is made of is archived.
    """
    if not t.present.issuperset(KINDS):
        return False
    yield BEGIN
    component = yield from locked(t, component_id)
    if component is None or (user_id is not None and component["user_id"] != user_id):
        return False
    if component["deleted_at"] is None:
        return False
    if component["current_version"] is not None:
        links = yield from pinned(t, component_id, component["current_version"])
        yield from check_not_archived(t, component_id, links)
    yield update_component(t, {"deleted_at": None}, component_id)
    return True
