"""Public path of agents' runs: events, input and output; mirrors `agno.run.agent`."""

from wherry.core.events.event_names import (
    RunEvent,
)
from wherry.core.events.event_registry import (
    RUN_EVENT_TYPE_REGISTRY,
    RUN_OUTPUT_EVENT_TYPES,
    RunOutputEvent,
    run_output_event_from_dict,
)
from wherry.core.events.events import (
    BaseAgentRunEvent,
)
from wherry.core.events.events_agent import (
    CompactionCompletedEvent,
    CompactionStartedEvent,
    CompressionCompletedEvent,
    CompressionStartedEvent,
    CustomEvent,
    FollowupsCompletedEvent,
    FollowupsStartedEvent,
    IntermediateRunContentEvent,
    MemoryUpdateCompletedEvent,
    MemoryUpdateStartedEvent,
    ModelRequestCompletedEvent,
    ModelRequestStartedEvent,
    OutputModelResponseCompletedEvent,
    OutputModelResponseStartedEvent,
    ParserModelResponseCompletedEvent,
    ParserModelResponseStartedEvent,
    PostHookCompletedEvent,
    PostHookStartedEvent,
    PreHookCompletedEvent,
    PreHookStartedEvent,
    ReasoningCompletedEvent,
    ReasoningContentDeltaEvent,
    ReasoningStartedEvent,
    ReasoningStepEvent,
    RunCancelledEvent,
    RunCompletedEvent,
    RunContentCompletedEvent,
    RunContentEvent,
    RunContinuedEvent,
    RunErrorEvent,
    RunPausedEvent,
    RunStartedEvent,
    SessionSummaryCompletedEvent,
    SessionSummaryStartedEvent,
    ToolCallCompletedEvent,
    ToolCallErrorEvent,
    ToolCallStartedEvent,
)
from wherry.core.events.outputs import (
    RunInput,
    RunOutput,
    RunStatus,
)
from wherry.core.events.pause import (
    RunRequirement,
)
from wherry.core.matrix import module_getattr
from wherry.core.messages import Message

__all__ = [
    "RUN_EVENT_TYPE_REGISTRY",
    "RUN_OUTPUT_EVENT_TYPES",
    "BaseAgentRunEvent",
    "CompactionCompletedEvent",
    "CompactionStartedEvent",
    "CompressionCompletedEvent",
    "CompressionStartedEvent",
    "CustomEvent",
    "FollowupsCompletedEvent",
    "FollowupsStartedEvent",
    "IntermediateRunContentEvent",
    "MemoryUpdateCompletedEvent",
    "MemoryUpdateStartedEvent",
    "Message",
    "ModelRequestCompletedEvent",
    "ModelRequestStartedEvent",
    "OutputModelResponseCompletedEvent",
    "OutputModelResponseStartedEvent",
    "ParserModelResponseCompletedEvent",
    "ParserModelResponseStartedEvent",
    "PostHookCompletedEvent",
    "PostHookStartedEvent",
    "PreHookCompletedEvent",
    "PreHookStartedEvent",
    "ReasoningCompletedEvent",
    "ReasoningContentDeltaEvent",
    "ReasoningStartedEvent",
    "ReasoningStepEvent",
    "RunCancelledEvent",
    "RunCompletedEvent",
    "RunContentCompletedEvent",
    "RunContentEvent",
    "RunContinuedEvent",
    "RunErrorEvent",
    "RunEvent",
    "RunInput",
    "RunOutput",
    "RunOutputEvent",
    "RunPausedEvent",
    "RunRequirement",
    "RunStartedEvent",
    "RunStatus",
    "SessionSummaryCompletedEvent",
    "SessionSummaryStartedEvent",
    "ToolCallCompletedEvent",
    "ToolCallErrorEvent",
    "ToolCallStartedEvent",
    "run_output_event_from_dict",
]

_missing = module_getattr(__name__, "agno.run.agent")


def __getattr__(name: str) -> object:
    if name == "Followups":
        from wherry.core.agent.followups_schema import Followups

        return Followups
    return _missing(name)
