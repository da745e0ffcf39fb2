"""The reply schema of session summaries; apart from `summary` because it needs pydantic."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class SessionSummaryResponse(BaseModel):
    """A conversation summed up: what the model of a summary is to answer with."""

    summary: str = Field(..., description="What was said that will matter later, as short as possible.")
    topics: list[str] | None = Field(None, description="What the conversation was about.")

    def to_dict(self) -> dict[str, Any]:
        """The fields that have a value."""
        return self.model_dump(exclude_none=True)

    def to_json(self) -> str:
        """`to_dict` as indented JSON."""
        return self.model_dump_json(exclude_none=True, indent=2)
