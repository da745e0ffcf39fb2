"""LiteLLM's proxy; public path of `agno.models.litellm`. The LiteLLM library itself is not used."""

from __future__ import annotations

from wherry.core.matrix import module_getattr
from wherry.models.litellm.litellm_openai import LiteLLMOpenAI

__all__ = ["LiteLLMOpenAI"]

__getattr__ = module_getattr(__name__, "agno.models.litellm")
