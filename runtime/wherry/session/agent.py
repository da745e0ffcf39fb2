"""Sessions of agents, under Agno's path."""

from wherry.core.events.session_summary import SessionSummary
from wherry.core.sessions.session import AgentSession

__all__ = ["AgentSession", "SessionSummary"]
