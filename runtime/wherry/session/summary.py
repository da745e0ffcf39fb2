"""`agno.session.summary`: summaries of sessions."""

from wherry.core.events.session_summary import SessionSummary
from wherry.core.matrix import module_getattr
from wherry.core.sessions.summary import SessionSummaryManager

__all__ = ["SessionSummary", "SessionSummaryManager"]

_missing = module_getattr(__name__, "agno.session.summary")


def __getattr__(name: str) -> object:
    if name == "SessionSummaryResponse":  # needs pydantic
        from wherry.core.sessions.summary_schema import SessionSummaryResponse

        return SessionSummaryResponse
    return _missing(name)
