"""`agno.workflow.decorators`."""

from wherry.core.matrix import module_getattr
from wherry.core.review import pause

__all__ = ["pause"]

__getattr__ = module_getattr(__name__, "agno.workflow.decorators")
