"""`agno.workflow.condition`."""

from wherry.core.matrix import module_getattr
from wherry.core.step_groups import Condition
from wherry.core.step_io import StepInput, StepOutput

__all__ = ["Condition", "StepInput", "StepOutput"]

__getattr__ = module_getattr(__name__, "agno.workflow.condition")
