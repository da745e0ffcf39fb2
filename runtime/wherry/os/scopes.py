"""`agno.os.scopes`: what tokens may hold, and what routes need."""

from wherry.api.jwt_scopes import (
    AgentOSScope,
    get_accessible_resource_ids,
    get_all_scopes,
    get_default_scope_mappings,
    get_required_scopes_for_route,
    get_resource_context_from_path,
    get_scope_value,
    has_required_scopes,
)
from wherry.core.matrix import module_getattr

__all__ = [
    "AgentOSScope",
    "get_accessible_resource_ids",
    "get_all_scopes",
    "get_default_scope_mappings",
    "get_required_scopes_for_route",
    "get_resource_context_from_path",
    "get_scope_value",
    "has_required_scopes",
]

__getattr__ = module_getattr(__name__, "agno.os.scopes")
