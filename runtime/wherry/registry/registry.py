"""`agno.registry.registry`: the registry."""

from wherry.core.matrix import module_getattr
from wherry.core.tools.registry import Registry
from wherry.core.tools.tool_sources import ToolSource

__all__ = ["Registry", "ToolSource"]

__getattr__ = module_getattr(__name__, "agno.registry.registry")
