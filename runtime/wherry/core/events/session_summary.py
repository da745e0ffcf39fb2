"""The summary of a session, as it is stored; the manager that has one written is not here.

Mirrors `agno.session.summary.SessionSummary`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass
class SessionSummary:
    """What a session was about.

    Attributes:
        summary: The text.
        topics: What it touched.
        updated_at: When it was written.
    """

    summary: str
    topics: list[str] | None = None
    updated_at: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """Without empty fields; the time in ISO format."""
        told = {
            "summary": self.summary,
            "topics": self.topics,
            "updated_at": self.updated_at.isoformat() if self.updated_at else None,
        }
        return {name: value for name, value in told.items() if value is not None}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SessionSummary:
        """From a stored dictionary."""
        updated_at = data.get("updated_at")
        if isinstance(updated_at, str):
            updated_at = datetime.fromisoformat(updated_at)
        return cls(**{**data, "updated_at": updated_at or None})


def restore_summary(stored: Any) -> Any:
    """A summary object from a stored dictionary; anything else stays as it is."""
    return SessionSummary.from_dict(stored) if isinstance(stored, dict) else stored
