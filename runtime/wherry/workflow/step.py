"""`agno.workflow.step`."""

from wherry.core.matrix import module_getattr
from wherry.core.step import Step

__all__ = ["Step"]

__getattr__ = module_getattr(__name__, "agno.workflow.step")
