"""`agno.workflow.condition`."""

from wherry.core.matrix import module_getattr
from wherry.core.step_groups import Condition

__all__ = ["Condition"]

__getattr__ = module_getattr(__name__, "agno.workflow.condition")
