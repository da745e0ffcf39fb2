"""`agno.workflow.step`."""

from wherry.core.matrix import module_getattr
from wherry.core.step import Step
from wherry.core.step_io import StepInput, StepOutput

__all__ = ["Step", "StepInput", "StepOutput"]

__getattr__ = module_getattr(__name__, "agno.workflow.step")
