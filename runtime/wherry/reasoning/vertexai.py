"""Whether a model of Vertex AI thinks by itself; public path of `agno.reasoning.vertexai`."""

from wherry.core.agent.reasoning_checks import is_vertexai_reasoning_model
from wherry.core.matrix import module_getattr

__all__ = ["is_vertexai_reasoning_model"]

__getattr__ = module_getattr(__name__, "agno.reasoning.vertexai")
