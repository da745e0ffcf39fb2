"""Statements that write the versions of components; mirrors Agno's `upsert_config` and `delete_config`."""

from __future__ import annotations

from time import time
from typing import Any

from wherry.core.errors import ConfigurationError
from wherry.stores.component_checks import (
    PUBLISHED,
    check_links,
    check_pins,
    insert,
    locked,
    put_links,
    refuse_dependents,
    stage_of,
    update,
    update_component,
    version_of,
    writable,
)
from wherry.stores.components import (
    DELETED_CONFIG_STAGE,
    ComponentDraftRequiredError,
    ComponentLastConfigError,
    ComponentVersionConflictError,
    archived,
    check_current,
    check_stage,
    check_versions_of,
    project_config_identity,
)
from wherry.stores.plan import BEGIN, Plan, Tables, needs
from wherry.stores.plans_components import KINDS, VISIBLE, Row, get_dependents
from wherry.stores.tables import COMPONENT_CONFIGS


@needs(*KINDS, writes=KINDS)
def upsert_config(
    t: Tables,
    component_id: str,
    config: dict[str, Any] | None = None,
    version: int | None = None,
    label: str | None = None,
    stage: str | None = None,
    notes: str | None = None,
    links: list[dict[str, Any]] | None = None,
    expected_latest_version: int | None = None,
    expected_current_version: int | None = None,
    user_id: str | None = None,
) -> Plan[Row]:
    """Add a version to a component, or change a draft; publishing one makes it the current version.

    Args:
        t: Tables of the store.
        component_id: The component.
        config: The configuration; needed for a new version.
        version: The draft to change; a new version by default. Numbers of deleted versions are not given again.
        label: A name that no other version has.
        stage: ``draft`` (a new version's default) or ``published``.
        notes: What the version is about.
        links: What it is made of, in place of what it was.
        expected_latest_version: Write only if this is the newest version.
        expected_current_version: Publish only if this is the current version; 0: only if there is none.
        user_id: The component must belong to this user.

    Returns:
        The version's row as stored.

    Raises:
        ComponentVersionConflictError: Another version than the expected one is there.
        ConfigurationError: (a ValueError) what else speaks against it.
    """
    check_stage(stage)
    yield BEGIN
    component = yield from writable(t, component_id, user_id)
    yield from _check_latest(t, component_id, expected_latest_version)
    if links:
        yield from check_links(t, component_id, links)
        check_versions_of(links)
    yield from _check_label(t, component_id, label, version)
    given = {"label": label, "stage": stage, "config": config, "notes": notes}
    if version is None:
        number = yield from _append(t, component_id, {**given, "stage": stage or "draft"})
    else:
        number = version
        yield from _change(t, component_id, number, given)
    if links is not None:
        yield from put_links(t, component_id, number, links)
    written = (yield from version_of(t, component_id, number)) or {}
    if written["stage"] == PUBLISHED:
        yield from check_pins(t, component_id, number)
        check_current(component_id, component["current_version"], expected_current_version)
        owned = project_config_identity(written["config"]) if isinstance(written["config"], dict) else {}
        yield update_component(t, {"current_version": number, **owned}, component_id)
    return written


def _check_latest(t: Tables, component_id: str, expected: int | None) -> Plan[None]:
    if expected is None:
        return
    sql = f"SELECT MAX(version) FROM {t['component_configs']} WHERE component_id = ? AND {VISIBLE}"
    rows = yield sql, (component_id,)
    if rows[0][0] != expected:
        raise ComponentVersionConflictError(
            f"Component {component_id!r} has the latest version {rows[0][0]!r}, expected {expected!r}.",
            hint="Read the component again and repeat the change.",
        )


def _check_label(t: Tables, component_id: str, label: str | None, version: int | None) -> Plan[None]:
    if label is None:
        return
    sql = f"SELECT version FROM {t['component_configs']} WHERE component_id = ? AND label = ? AND {VISIBLE}"
    rows = yield sql, (component_id, label)
    if any(number != version for (number,) in rows):
        raise ConfigurationError(f"Label {label!r} already exists for {component_id!r}.", hint="Choose another one.")


def _append(t: Tables, component_id: str, given: Row) -> Plan[int]:
    if given["config"] is None:
        raise ConfigurationError(
            f"config is required when creating a new version of {component_id!r}.",
            hint="Give version= to change a draft that exists.",
        )
    rows = yield f"SELECT MAX(version) FROM {t['component_configs']} WHERE component_id = ?", (component_id,)
    number = (rows[0][0] or 0) + 1
    row = {"component_id": component_id, "version": number, **given, "created_at": int(time())}
    yield insert(t, COMPONENT_CONFIGS, row)
    return number


def _change(t: Tables, component_id: str, number: int, given: Row) -> Plan[None]:
    stage = yield from stage_of(t, component_id, number)
    if stage is None or stage == DELETED_CONFIG_STAGE:
        raise ConfigurationError(f"Config {component_id!r} v{number} not found.", hint="list_configs() shows them.")
    if stage == PUBLISHED:
        raise ConfigurationError(
            f"Cannot update published config {component_id!r} v{number}.", hint="Add a version: leave version= out."
        )
    changes = {name: value for name, value in given.items() if value is not None}
    where = "component_id = ? AND version = ?"
    yield update(t, COMPONENT_CONFIGS, changes, where, component_id, number)


@needs(*KINDS)
def delete_config(t: Tables, component_id: str, version: int, user_id: str | None = None) -> Plan[bool]:
    """Delete a draft; its number stays taken. Whether there was one.

    Raises:
        ConfigurationError: (a ValueError) it is published, the last version, or something holds on to it.
    """
    if not t.present.issuperset(KINDS):
        return False
    yield BEGIN
    component = yield from locked(t, component_id)
    if component is None or (user_id is not None and component["user_id"] != user_id):
        return False
    if component["deleted_at"] is not None:
        raise archived(component_id)
    stage = yield from stage_of(t, component_id, version)
    if stage is None or stage == DELETED_CONFIG_STAGE:
        return False
    if stage == PUBLISHED:
        raise ComponentDraftRequiredError(
            f"Cannot delete published config {component_id!r} v{version}.", hint="Only drafts can be deleted."
        )
    sql = f"SELECT COUNT(*) FROM {t['component_configs']} WHERE component_id = ? AND {VISIBLE}"
    counted = yield sql, (component_id,)
    if counted[0][0] <= 1:
        raise ComponentLastConfigError(
            f"Cannot delete the last version of {component_id!r}.", hint="Delete the component: delete_component()."
        )
    links = yield from get_dependents(t, component_id, version, active_parents_only=True)
    refuse_dependents(f"{component_id!r} v{version}", links)
    where = "component_id = ? AND version = ?"
    buried = {"stage": DELETED_CONFIG_STAGE, "label": None}
    yield update(t, COMPONENT_CONFIGS, buried, where, component_id, version)
    yield from put_links(t, component_id, version, [])
    return True
