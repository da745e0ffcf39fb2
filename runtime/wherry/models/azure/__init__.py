"""OpenAI's models on Azure; public path of `agno.models.azure`."""

from __future__ import annotations

from wherry.core.matrix import module_getattr
from wherry.models.azure.openai_chat import AzureOpenAI
from wherry.models.azure.openai_responses import AzureOpenAIResponses

__all__ = ["AzureOpenAI", "AzureOpenAIResponses"]

__getattr__ = module_getattr(__name__, "agno.models.azure")
