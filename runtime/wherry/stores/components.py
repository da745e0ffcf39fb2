"""What the catalogue of components is: kinds, stages, its errors and the rules that need no database.

A component is an agent, team or workflow kept as rows: one of identity, one for each version of its configuration, and
links to the components it is made of. The statements are in `plans_components` and `plans_component_writes`.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from wherry.core.errors import ConfigurationError


class ComponentType(str, Enum):
    """Kinds of components; mirrors `agno.db.base.ComponentType`."""

    AGENT = "agent"
    TEAM = "team"
    WORKFLOW = "workflow"


DELETED_CONFIG_STAGE = "_deleted"
"""Stage of a version that was deleted: its number stays taken."""
PIN_LINK_KINDS = ("member", "step_agent", "step_team", "step_workflow")
"""Links that hold on to one version of a component; those of other kinds are not looked after."""
NO_LIVE_VERSION = 0
"""As an expected current version: that there is none."""


class ComponentVersionConflictError(ConfigurationError):
    """Somebody else has changed the versions since they were read."""


class ComponentArchivedError(ConfigurationError):
    """The component is archived: its id is taken and nothing of it may change until it is restored."""


class ComponentDependencyError(ConfigurationError):
    """Another component holds on to what should go, or what is needed is not published."""


class ComponentCycleError(ConfigurationError):
    """The links would lead back to the component itself."""


class ComponentDraftRequiredError(ConfigurationError):
    """The version is published, and only drafts can be deleted."""


class ComponentLastConfigError(ConfigurationError):
    """A component keeps at least one version."""


def expects_no_live_version(expected: Any) -> bool:
    """Whether an expected current version says that there should be none; False is no number."""
    return not isinstance(expected, bool) and expected == NO_LIVE_VERSION


def current_version_matches(current: int | None, expected: int) -> bool:
    """Whether the current version is the expected one."""
    return current is None if expects_no_live_version(expected) else current == expected


def project_config_identity(config: dict[str, Any]) -> dict[str, Any]:
    """The columns of a component that a published configuration decides; the others keep what they hold.

    A name that is given, a description that is there, even an empty one, and metadata that are a dictionary. Metadata
    that hold nothing but Agno's own mark (``studio``) count only with ``metadata_authored``.
    """
    owned: dict[str, Any] = {}
    if config.get("name") is not None:
        owned["name"] = config["name"]
    if "description" in config:
        owned["description"] = config["description"] or ""
    metadata = config.get("metadata")
    if isinstance(metadata, dict):
        only_marked = set(metadata) == {"studio"}
        if config.get("metadata_authored") or not only_marked:
            owned["metadata"] = metadata
    return owned


def check_stage(stage: str | None) -> None:
    """Refuse a stage that is neither draft nor published."""
    if stage not in {None, "draft", "published"}:
        raise ConfigurationError(f"Invalid stage: {stage!r}", hint="It is 'draft' or 'published'.")


def check_versions_of(links: list[dict[str, Any]] | None) -> None:
    """Refuse links that do not say which version they lead to."""
    for link in links or ():
        if link.get("child_version") is None:
            raise ConfigurationError(
                f"child_version is required for link to {link['child_component_id']!r}",
                hint="A link leads to one version of a component.",
            )


def check_current(component_id: str, current: int | None, expected: int | None) -> None:
    """Refuse to go on when the current version is not the expected one."""
    if expected is not None and not current_version_matches(current, expected):
        raise ComponentVersionConflictError(
            f"Component {component_id!r} has the current version {current!r}, expected {expected!r}.",
            hint="Read the component again and repeat the change.",
        )


def archived(component_id: str) -> ComponentArchivedError:
    """The error of a write to an archived component."""
    return ComponentArchivedError(
        f"Component {component_id!r} is archived.", hint="Call restore_component() before you write to it."
    )


def not_found(component_id: str) -> ConfigurationError:
    """The error of a write to a component that does not exist, or not for this user."""
    return ConfigurationError(f"Component {component_id!r} not found.", hint="list_components() shows what there is.")
