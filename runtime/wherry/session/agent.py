"""Sessions of agents, under Agno's path."""

from wherry.core.session import AgentSession
from wherry.core.session_summary import SessionSummary

__all__ = ["AgentSession", "SessionSummary"]
