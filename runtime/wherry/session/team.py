"""Sessions of teams, under Agno's path."""

from wherry.core.session import TeamSession
from wherry.core.session_summary import SessionSummary

__all__ = ["SessionSummary", "TeamSession"]
