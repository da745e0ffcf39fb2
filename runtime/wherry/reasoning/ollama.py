"""Whether a model of Ollama thinks by itself; public path of `agno.reasoning.ollama`."""

from wherry.core.agent.reasoning_checks import is_ollama_reasoning_model
from wherry.core.matrix import module_getattr

__all__ = ["is_ollama_reasoning_model"]

__getattr__ = module_getattr(__name__, "agno.reasoning.ollama")
