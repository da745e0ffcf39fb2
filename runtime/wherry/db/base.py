"""Base classes of databases, under Agno's path."""

from wherry.core.matrix import module_getattr
from wherry.stores.base import AsyncBaseDb, BaseDb
from wherry.stores.components import (
    DELETED_CONFIG_STAGE,
    NO_LIVE_VERSION,
    PIN_LINK_KINDS,
    ComponentArchivedError,
    ComponentCycleError,
    ComponentDependencyError,
    ComponentDraftRequiredError,
    ComponentLastConfigError,
    ComponentType,
    ComponentVersionConflictError,
    current_version_matches,
    expects_no_live_version,
    project_config_identity,
)
from wherry.stores.records import UserMemory
from wherry.stores.rows import SessionType

__all__ = [
    "DELETED_CONFIG_STAGE",
    "NO_LIVE_VERSION",
    "PIN_LINK_KINDS",
    "AsyncBaseDb",
    "BaseDb",
    "ComponentArchivedError",
    "ComponentCycleError",
    "ComponentDependencyError",
    "ComponentDraftRequiredError",
    "ComponentLastConfigError",
    "ComponentType",
    "ComponentVersionConflictError",
    "SessionType",
    "UserMemory",
    "current_version_matches",
    "expects_no_live_version",
    "project_config_identity",
]

__getattr__ = module_getattr(__name__, "agno.db.base")
