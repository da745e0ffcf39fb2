"""Whether a model of Claude thinks by itself; public path of `agno.reasoning.anthropic`."""

from wherry.core.agent.reasoning_checks import is_anthropic_reasoning_model
from wherry.core.matrix import module_getattr

__all__ = ["is_anthropic_reasoning_model"]

__getattr__ = module_getattr(__name__, "agno.reasoning.anthropic")
