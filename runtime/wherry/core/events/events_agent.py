"""Events of an agent's run: one slotted dataclass for each name of `RunEvent`.

Each class mirrors the one of the same name in `agno.run.agent`. What they have in common is in `events`, the tables
and unions in `event_registry`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wherry.core.events.event_names import RunEvent
from wherry.core.events.events import BaseAgentRunEvent, OpenEvent

if TYPE_CHECKING:
    from wherry.core.citations import Citations, MessageReferences
    from wherry.core.events.model_response import ToolExecution
    from wherry.core.events.pause import RunRequirement
    from wherry.core.events.reasoning_step import ReasoningStep
    from wherry.core.events.run_input import RunInput
    from wherry.core.events.session_summary import SessionSummary
    from wherry.core.media import Audio, File, Image, Video
    from wherry.core.messages import Message
    from wherry.core.metrics import RunMetrics


@dataclass(slots=True, eq=False, repr=False)
class RunStartedEvent(BaseAgentRunEvent):
    """The run begins."""

    event: str = RunEvent.run_started.value
    model: str = ""
    model_provider: str = ""


@dataclass(slots=True, eq=False, repr=False)
class RunContentEvent(BaseAgentRunEvent):
    """A piece of the answer, or of its reasoning, as it arrives."""

    event: str = RunEvent.run_content.value
    workflow_agent: bool = False
    content_type: str = "str"
    reasoning_content: str | None = None
    model_provider_data: dict[str, Any] | None = None
    citations: Citations | None = None
    response_audio: Audio | None = None
    image: Image | None = None
    references: list[MessageReferences] | None = None
    additional_input: list[Message] | None = None
    reasoning_steps: list[ReasoningStep] | None = None
    reasoning_messages: list[Message] | None = None


@dataclass(slots=True, eq=False, repr=False)
class RunContentCompletedEvent(BaseAgentRunEvent):
    """The last piece of the answer has arrived."""

    event: str = RunEvent.run_content_completed.value


@dataclass(slots=True, eq=False, repr=False)
class IntermediateRunContentEvent(BaseAgentRunEvent):
    """A piece of an answer that a later model will rewrite."""

    event: str = RunEvent.run_intermediate_content.value
    content_type: str = "str"


@dataclass(slots=True, eq=False, repr=False)
class RunCompletedEvent(BaseAgentRunEvent):
    """The run ended well; carries what the output holds."""

    event: str = RunEvent.run_completed.value
    content_type: str = "str"
    reasoning_content: str | None = None
    citations: Citations | None = None
    model_provider_data: dict[str, Any] | None = None
    images: list[Image] | None = None
    videos: list[Video] | None = None
    audio: list[Audio] | None = None
    files: list[File] | None = None
    response_audio: Audio | None = None
    references: list[MessageReferences] | None = None
    additional_input: list[Message] | None = None
    reasoning_steps: list[ReasoningStep] | None = None
    reasoning_messages: list[Message] | None = None
    metadata: dict[str, Any] | None = None
    metrics: RunMetrics | None = None
    session_state: dict[str, Any] | None = None


@dataclass(slots=True, eq=False, repr=False)
class RunErrorEvent(BaseAgentRunEvent):
    """The run failed."""

    event: str = RunEvent.run_error.value
    content: str | None = None
    error_type: str | None = None
    error_id: str | None = None
    additional_data: dict[str, Any] | None = None


@dataclass(slots=True, eq=False, repr=False)
class RunCancelledEvent(BaseAgentRunEvent):
    """The run was cancelled."""

    event: str = RunEvent.run_cancelled.value
    reason: str | None = None

    @property
    def is_cancelled(self) -> bool:
        """True."""
        return True


@dataclass(slots=True, eq=False, repr=False)
class RunPausedEvent(BaseAgentRunEvent):
    """The run waits for a person; `requirements` say for what."""

    event: str = RunEvent.run_paused.value
    requirements: list[RunRequirement] | None = None

    @property
    def is_paused(self) -> bool:
        """True."""
        return True

    @property
    def active_requirements(self) -> list[RunRequirement]:
        """Those that wait for an answer still."""
        return [item for item in self.requirements or () if not item.is_resolved()]

    @property
    def tools_awaiting_external_execution(self) -> list[ToolExecution]:
        """The calls whose result somebody else has to give."""
        return [tool for tool in self.tools or () if tool.external_execution_required]


@dataclass(slots=True, eq=False, repr=False)
class RunContinuedEvent(BaseAgentRunEvent):
    """A paused run goes on."""

    event: str = RunEvent.run_continued.value


@dataclass(slots=True, eq=False, repr=False)
class PreHookStartedEvent(BaseAgentRunEvent):
    """A hook before the run begins."""

    event: str = RunEvent.pre_hook_started.value
    pre_hook_name: str | None = None
    run_input: RunInput | None = None


@dataclass(slots=True, eq=False, repr=False)
class PreHookCompletedEvent(BaseAgentRunEvent):
    """A hook before the run ended."""

    event: str = RunEvent.pre_hook_completed.value
    pre_hook_name: str | None = None
    run_input: RunInput | None = None


@dataclass(slots=True, eq=False, repr=False)
class PostHookStartedEvent(BaseAgentRunEvent):
    """A hook after the run begins."""

    event: str = RunEvent.post_hook_started.value
    post_hook_name: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class PostHookCompletedEvent(BaseAgentRunEvent):
    """A hook after the run ended."""

    event: str = RunEvent.post_hook_completed.value
    post_hook_name: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class ReasoningStartedEvent(BaseAgentRunEvent):
    """Thinking begins."""

    event: str = RunEvent.reasoning_started.value


@dataclass(slots=True, eq=False, repr=False)
class ReasoningStepEvent(BaseAgentRunEvent):
    """A step of the line of thought."""

    event: str = RunEvent.reasoning_step.value
    content_type: str = "str"
    reasoning_content: str = ""


@dataclass(slots=True, eq=False, repr=False)
class ReasoningContentDeltaEvent(BaseAgentRunEvent):
    """A piece of the line of thought as it arrives."""

    event: str = RunEvent.reasoning_content_delta.value
    reasoning_content: str = ""


@dataclass(slots=True, eq=False, repr=False)
class ReasoningCompletedEvent(BaseAgentRunEvent):
    """Thinking ended."""

    event: str = RunEvent.reasoning_completed.value
    content_type: str = "str"


@dataclass(slots=True, eq=False, repr=False)
class MemoryUpdateStartedEvent(BaseAgentRunEvent):
    """Memories are being written."""

    event: str = RunEvent.memory_update_started.value


@dataclass(slots=True, eq=False, repr=False)
class MemoryUpdateCompletedEvent(BaseAgentRunEvent):
    """Memories were written."""

    event: str = RunEvent.memory_update_completed.value
    memories: list[Any] | None = None


@dataclass(slots=True, eq=False, repr=False)
class SessionSummaryStartedEvent(BaseAgentRunEvent):
    """The session is being summed up."""

    event: str = RunEvent.session_summary_started.value


@dataclass(slots=True, eq=False, repr=False)
class SessionSummaryCompletedEvent(BaseAgentRunEvent):
    """The session was summed up."""

    event: str = RunEvent.session_summary_completed.value
    session_summary: SessionSummary | None = None


@dataclass(slots=True, eq=False, repr=False)
class ToolCallStartedEvent(BaseAgentRunEvent):
    """A tool call begins."""

    event: str = RunEvent.tool_call_started.value
    tool: ToolExecution | None = None


@dataclass(slots=True, eq=False, repr=False)
class ToolCallCompletedEvent(BaseAgentRunEvent):
    """A tool call returned."""

    event: str = RunEvent.tool_call_completed.value
    tool: ToolExecution | None = None
    images: list[Image] | None = None
    videos: list[Video] | None = None
    audio: list[Audio] | None = None
    files: list[File] | None = None


@dataclass(slots=True, eq=False, repr=False)
class ToolCallErrorEvent(BaseAgentRunEvent):
    """A tool call failed."""

    event: str = RunEvent.tool_call_error.value
    tool: ToolExecution | None = None
    error: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class ParserModelResponseStartedEvent(BaseAgentRunEvent):
    """The model that brings the answer into its schema begins."""

    event: str = RunEvent.parser_model_response_started.value


@dataclass(slots=True, eq=False, repr=False)
class ParserModelResponseCompletedEvent(BaseAgentRunEvent):
    """The model that brings the answer into its schema ended."""

    event: str = RunEvent.parser_model_response_completed.value


@dataclass(slots=True, eq=False, repr=False)
class OutputModelResponseStartedEvent(BaseAgentRunEvent):
    """The model that writes the final answer begins."""

    event: str = RunEvent.output_model_response_started.value


@dataclass(slots=True, eq=False, repr=False)
class OutputModelResponseCompletedEvent(BaseAgentRunEvent):
    """The model that writes the final answer ended."""

    event: str = RunEvent.output_model_response_completed.value


@dataclass(slots=True, eq=False, repr=False)
class ModelRequestStartedEvent(BaseAgentRunEvent):
    """A request to a model is about to be sent."""

    event: str = RunEvent.model_request_started.value
    model: str | None = None
    model_provider: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class ModelRequestCompletedEvent(BaseAgentRunEvent):
    """A request to a model was answered; tokens and seconds of that request."""

    event: str = RunEvent.model_request_completed.value
    model: str | None = None
    model_provider: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    time_to_first_token: float | None = None
    reasoning_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None


@dataclass(slots=True, eq=False, repr=False)
class CompressionStartedEvent(BaseAgentRunEvent):
    """Tool results are being shortened."""

    event: str = RunEvent.compression_started.value


@dataclass(slots=True, eq=False, repr=False)
class CompressionCompletedEvent(BaseAgentRunEvent):
    """Tool results were shortened; sizes in characters."""

    event: str = RunEvent.compression_completed.value
    tool_results_compressed: int | None = None
    original_size: int | None = None
    compressed_size: int | None = None


@dataclass(slots=True, eq=False, repr=False)
class CompactionStartedEvent(BaseAgentRunEvent):
    """The conversation is being condensed."""

    event: str = RunEvent.compaction_started.value


@dataclass(slots=True, eq=False, repr=False)
class CompactionCompletedEvent(BaseAgentRunEvent):
    """The conversation was condensed."""

    event: str = RunEvent.compaction_completed.value
    messages_compacted: int | None = None
    tokens_before: int | None = None
    tokens_after: int | None = None
    archived: bool | None = None


@dataclass(slots=True, eq=False, repr=False)
class FollowupsStartedEvent(BaseAgentRunEvent):
    """Questions to ask next are being made."""

    event: str = RunEvent.followups_started.value


@dataclass(slots=True, eq=False, repr=False)
class FollowupsCompletedEvent(BaseAgentRunEvent):
    """Questions to ask next."""

    event: str = RunEvent.followups_completed.value
    followups: list[str] | None = None


@dataclass(init=False)
class CustomEvent(OpenEvent, BaseAgentRunEvent):
    """An event of the user's own: any keywords, or a dataclass subclass. Not slotted, so that both work."""

    event: str = RunEvent.custom_event.value
    tool_call_id: str | None = None

    def __init__(self, **fields: Any) -> None:
        self._take(fields)
