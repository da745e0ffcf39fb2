"""OpenAI's models; public path of `agno.models.openai`."""

from __future__ import annotations

from wherry.models.openai.chat import OpenAIChat
from wherry.models.openai.like import OpenAILike

__all__ = ["OpenAIChat", "OpenAILike"]
