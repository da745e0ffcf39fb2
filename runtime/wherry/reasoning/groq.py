"""Whether a model of Groq thinks by itself; public path of `agno.reasoning.groq`."""

from wherry.core.agent.reasoning_checks import is_groq_reasoning_model
from wherry.core.matrix import module_getattr

__all__ = ["is_groq_reasoning_model"]

__getattr__ = module_getattr(__name__, "agno.reasoning.groq")
