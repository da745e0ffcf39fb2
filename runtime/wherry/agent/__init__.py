"""`agno.agent`: the agent, its output and its events."""

from wherry.core.afterwards import FollowupConfig
from wherry.core.agent import Agent
from wherry.core.fallback import FallbackConfig
from wherry.core.function import Function
from wherry.core.matrix import module_getattr
from wherry.core.messages import Message
from wherry.core.outputs import RunOutput
from wherry.core.session import AgentSession
from wherry.core.toolkit import Toolkit
from wherry.run.agent import (
    FollowupsCompletedEvent,
    FollowupsStartedEvent,
    MemoryUpdateCompletedEvent,
    MemoryUpdateStartedEvent,
    ReasoningCompletedEvent,
    ReasoningStartedEvent,
    ReasoningStepEvent,
    RunCancelledEvent,
    RunCompletedEvent,
    RunContentEvent,
    RunContinuedEvent,
    RunErrorEvent,
    RunEvent,
    RunOutputEvent,
    RunPausedEvent,
    RunStartedEvent,
    ToolCallCompletedEvent,
    ToolCallStartedEvent,
)

__all__ = [
    "Agent",
    "AgentSession",
    "FallbackConfig",
    "FollowupConfig",
    "FollowupsCompletedEvent",
    "FollowupsStartedEvent",
    "Function",
    "MemoryUpdateCompletedEvent",
    "MemoryUpdateStartedEvent",
    "Message",
    "ReasoningCompletedEvent",
    "ReasoningStartedEvent",
    "ReasoningStepEvent",
    "RunCancelledEvent",
    "RunCompletedEvent",
    "RunContentEvent",
    "RunContinuedEvent",
    "RunErrorEvent",
    "RunEvent",
    "RunOutput",
    "RunOutputEvent",
    "RunPausedEvent",
    "RunStartedEvent",
    "ToolCallCompletedEvent",
    "ToolCallStartedEvent",
    "Toolkit",
]

_missing = module_getattr(__name__, "agno.agent")


def __getattr__(name: str) -> object:
    if name == "Followups":
        from wherry.core.followups_schema import Followups

        return Followups
    return _missing(name)
