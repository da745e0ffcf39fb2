"""`agno.registry`: what stored components can only name."""

from wherry.core.matrix import module_getattr
from wherry.core.tools.registry import Registry

__all__ = ["Registry"]

__getattr__ = module_getattr(__name__, "agno.registry")
