"""`agno.utils.component_scope`: whose components are loaded."""

from wherry.core.agent.catalogue import component_owner_scope, get_component_owner_scope
from wherry.core.matrix import module_getattr

__all__ = ["component_owner_scope", "get_component_owner_scope"]

__getattr__ = module_getattr(__name__, "agno.utils.component_scope")
