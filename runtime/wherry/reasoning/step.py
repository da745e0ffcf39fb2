"""Public path of `wherry.core.reasoning_step`; mirrors `agno.reasoning.step`."""

from wherry.core.matrix import module_getattr
from wherry.core.reasoning_step import NextAction, ReasoningStep, ReasoningSteps

__all__ = ["NextAction", "ReasoningStep", "ReasoningSteps"]

__getattr__ = module_getattr(__name__, "agno.reasoning.step")
