"""Whether a model of Gemini thinks by itself; public path of `agno.reasoning.gemini`."""

from wherry.core.agent.reasoning_checks import is_gemini_reasoning_model
from wherry.core.matrix import module_getattr

__all__ = ["is_gemini_reasoning_model"]

__getattr__ = module_getattr(__name__, "agno.reasoning.gemini")
