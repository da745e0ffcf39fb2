"""Sessions of workflows, under Agno's path."""

from wherry.core.sessions.session_workflow import WorkflowChatInteraction, WorkflowSession

__all__ = ["WorkflowChatInteraction", "WorkflowSession"]
