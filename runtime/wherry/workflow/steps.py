"""`agno.workflow.steps`."""

from wherry.core.events.step_io import StepInput, StepOutput
from wherry.core.matrix import module_getattr
from wherry.core.workflow.step_groups import Steps

__all__ = ["StepInput", "StepOutput", "Steps"]

__getattr__ = module_getattr(__name__, "agno.workflow.steps")
