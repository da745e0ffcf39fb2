"""Whether a model of OpenAI thinks by itself; public path of `agno.reasoning.openai`."""

from wherry.core.agent.reasoning_checks import is_openai_reasoning_model
from wherry.core.matrix import module_getattr

__all__ = ["is_openai_reasoning_model"]

__getattr__ = module_getattr(__name__, "agno.reasoning.openai")
