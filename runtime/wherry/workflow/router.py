"""`agno.workflow.router`."""

from wherry.core.matrix import module_getattr
from wherry.core.step_groups import Router

__all__ = ["Router"]

__getattr__ = module_getattr(__name__, "agno.workflow.router")
