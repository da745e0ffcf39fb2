"""Whether a model of DeepSeek thinks by itself; public path of `agno.reasoning.deepseek`."""

from wherry.core.agent.reasoning_checks import is_deepseek_reasoning_model
from wherry.core.matrix import module_getattr

__all__ = ["is_deepseek_reasoning_model"]

__getattr__ = module_getattr(__name__, "agno.reasoning.deepseek")
