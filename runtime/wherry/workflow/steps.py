"""`agno.workflow.steps`."""

from wherry.core.matrix import module_getattr
from wherry.core.step_groups import Steps
from wherry.core.step_io import StepInput, StepOutput

__all__ = ["StepInput", "StepOutput", "Steps"]

__getattr__ = module_getattr(__name__, "agno.workflow.steps")
