"""The reply schema of follow-up suggestions; apart from `afterwards` because it needs pydantic."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Followups(BaseModel):
    """Suggestions for what to ask next."""

    suggestions: list[str] = Field(..., description="Prompts of 5 to 10 words each")
