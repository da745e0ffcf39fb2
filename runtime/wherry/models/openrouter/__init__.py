"""Models of OpenRouter; public path of `agno.models.openrouter`."""

from __future__ import annotations

from wherry.models.openrouter.openrouter import OpenRouter
from wherry.models.openrouter.responses import OpenRouterResponses

__all__ = ["OpenRouter", "OpenRouterResponses"]
