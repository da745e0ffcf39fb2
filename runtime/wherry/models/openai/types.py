"""Types of request parameters; public path of `agno.models.openai.types`. Any other text is accepted too."""

from __future__ import annotations

from typing import Literal

__all__ = ["ReasoningEffort", "ReasoningSummary", "ServiceTier", "Verbosity"]

ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | str
ReasoningSummary = Literal["auto", "concise", "detailed"] | str
ServiceTier = Literal["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"] | str
Verbosity = Literal["low", "medium", "high"] | str
