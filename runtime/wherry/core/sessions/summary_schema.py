"""The reply schema of session summaries; apart from `summary` because it needs pydantic."""

from __future__ import annotations

from pydantic import BaseModel, Field


class SessionSummaryResponse(BaseModel):
    """A conversation summed up."""

    summary: str = Field(..., description="What was said that will matter later, as short as possible.")
    topics: list[str] | None = Field(None, description="What the conversation was about.")
