"""Sessions, under Agno's path."""

from typing import TypeAlias

from wherry.core.events.session_summary import SessionSummary
from wherry.core.sessions.session import AgentSession, TeamSession
from wherry.core.sessions.session_workflow import WorkflowSession
from wherry.core.sessions.summary import SessionSummaryManager

Session: TypeAlias = AgentSession | TeamSession | WorkflowSession

__all__ = ["AgentSession", "Session", "SessionSummary", "SessionSummaryManager", "TeamSession", "WorkflowSession"]
