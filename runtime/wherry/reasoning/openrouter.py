"""Whether a model of OpenRouter thinks by itself; public path of `agno.reasoning.openrouter`."""

from wherry.core.agent.reasoning_checks import is_openrouter_reasoning_model
from wherry.core.matrix import module_getattr

__all__ = ["is_openrouter_reasoning_model"]

__getattr__ = module_getattr(__name__, "agno.reasoning.openrouter")
