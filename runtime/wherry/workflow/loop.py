"""`agno.workflow.loop`."""

from wherry.core.events.step_io import StepInput, StepOutput
from wherry.core.matrix import module_getattr
from wherry.core.workflow.step_loop import Loop

__all__ = ["Loop", "StepInput", "StepOutput"]

__getattr__ = module_getattr(__name__, "agno.workflow.loop")
