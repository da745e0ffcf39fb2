"""`agno.workflow.condition`."""

from wherry.core.events.step_io import StepInput, StepOutput
from wherry.core.matrix import module_getattr
from wherry.core.workflow.step import Step
from wherry.core.workflow.step_groups import Condition

__all__ = ["Condition", "Step", "StepInput", "StepOutput"]

__getattr__ = module_getattr(__name__, "agno.workflow.condition")
