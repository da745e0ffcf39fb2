"""`agno.workflow.router`."""

from wherry.core.events.step_io import StepInput, StepOutput
from wherry.core.matrix import module_getattr
from wherry.core.workflow.step_groups import Router

__all__ = ["Router", "StepInput", "StepOutput"]

__getattr__ = module_getattr(__name__, "agno.workflow.router")
