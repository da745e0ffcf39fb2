"""`agno.session.summary`: summaries of sessions."""

from wherry.core.events.session_summary import SessionSummary
from wherry.core.matrix import module_getattr
from wherry.core.sessions.summary import SessionSummaryManager

__all__ = ["SessionSummary", "SessionSummaryManager"]

__getattr__ = module_getattr(__name__, "agno.session.summary")
