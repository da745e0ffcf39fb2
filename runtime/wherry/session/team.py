"""Sessions of teams, under Agno's path."""

from wherry.core.events.session_summary import SessionSummary
from wherry.core.sessions.session import TeamSession

__all__ = ["SessionSummary", "TeamSession"]
