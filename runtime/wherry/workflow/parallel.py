"""`agno.workflow.parallel`."""

from wherry.core.events.step_io import StepInput, StepOutput
from wherry.core.matrix import module_getattr
from wherry.core.workflow.step_parallel import Parallel

__all__ = ["Parallel", "StepInput", "StepOutput"]

__getattr__ = module_getattr(__name__, "agno.workflow.parallel")
