"""`agno.workflow.router`."""

from wherry.core.matrix import module_getattr
from wherry.core.step_groups import Router
from wherry.core.step_io import StepInput, StepOutput

__all__ = ["Router", "StepInput", "StepOutput"]

__getattr__ = module_getattr(__name__, "agno.workflow.router")
