"""Sessions, under Agno's path."""

from typing import TypeAlias

from wherry.core.session import AgentSession, TeamSession
from wherry.core.session_summary import SessionSummary
from wherry.core.session_workflow import WorkflowSession
from wherry.core.summary import SessionSummaryManager

Session: TypeAlias = AgentSession | TeamSession | WorkflowSession

__all__ = ["AgentSession", "Session", "SessionSummary", "SessionSummaryManager", "TeamSession", "WorkflowSession"]
