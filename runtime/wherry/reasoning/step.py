"""Public path of `wherry.core.events.reasoning_step`; mirrors `agno.reasoning.step`."""

from wherry.core.events.reasoning_step import NextAction, ReasoningStep, ReasoningSteps
from wherry.core.matrix import module_getattr

__all__ = ["NextAction", "ReasoningStep", "ReasoningSteps"]

__getattr__ = module_getattr(__name__, "agno.reasoning.step")
