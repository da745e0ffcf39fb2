"""`agno.workflow.steps`."""

from wherry.core.matrix import module_getattr
from wherry.core.step_groups import Steps

__all__ = ["Steps"]

__getattr__ = module_getattr(__name__, "agno.workflow.steps")
