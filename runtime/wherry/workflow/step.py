"""`agno.workflow.step`."""

from wherry.core.errors import UnresolvableCallableError
from wherry.core.events.step_io import StepInput, StepOutput
from wherry.core.matrix import module_getattr
from wherry.core.workflow.step import Step

__all__ = ["Step", "StepInput", "StepOutput", "UnresolvableCallableError"]

__getattr__ = module_getattr(__name__, "agno.workflow.step")
