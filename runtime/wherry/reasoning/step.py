"""Public path of `wherry.core.reasoning_step`; mirrors `agno.reasoning.step`."""

from wherry.core.reasoning_step import NextAction, ReasoningStep, ReasoningSteps

__all__ = ["NextAction", "ReasoningStep", "ReasoningSteps"]
