"""Whether a model of Azure AI Foundry thinks by itself; public path of `agno.reasoning.azure_ai_foundry`."""

from wherry.core.agent.reasoning_checks import is_ai_foundry_reasoning_model
from wherry.core.matrix import module_getattr

__all__ = ["is_ai_foundry_reasoning_model"]

__getattr__ = module_getattr(__name__, "agno.reasoning.azure_ai_foundry")
