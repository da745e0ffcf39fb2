"""Models of xAI; public path of `agno.models.xai`."""

from __future__ import annotations

from wherry.models.xai.responses import xAIResponses
from wherry.models.xai.xai import xAI

__all__ = ["xAI", "xAIResponses"]
