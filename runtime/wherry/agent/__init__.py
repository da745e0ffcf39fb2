"""`agno.agent`: the agent, its output and its events."""

from wherry.core.agent.afterwards import FollowupConfig
from wherry.core.agent.agent import Agent
from wherry.core.asking.fallback import FallbackConfig
from wherry.core.events.outputs import RunOutput
from wherry.core.matrix import module_getattr
from wherry.core.messages import Message
from wherry.core.sessions.session import AgentSession
from wherry.core.tools.function import Function
from wherry.core.tools.toolkit import Toolkit
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
    if name in {"get_agent_by_id", "get_agents"}:
        from wherry.core.agent import stored_agents

        return getattr(stored_agents, name)
    if name == "RemoteAgent":
        from wherry.agent.remote import RemoteAgent

        return RemoteAgent
    if name == "Followups":
        from wherry.core.agent.followups_schema import Followups

        return Followups
    return _missing(name)
