"""OpenAI's models; public path of `agno.models.openai`."""

from __future__ import annotations

from wherry.models.openai.chat import OpenAIChat
from wherry.models.openai.like import OpenAILike
from wherry.models.openai.open_responses import OpenResponses
from wherry.models.openai.responses import OpenAIResponses
from wherry.models.openai.types import ReasoningEffort, ReasoningSummary, ServiceTier, Verbosity

__all__ = [
    "OpenAIChat",
    "OpenAILike",
    "OpenAIResponses",
    "OpenResponses",
    "ReasoningEffort",
    "ReasoningSummary",
    "ServiceTier",
    "Verbosity",
]
