"""Events of a team's run: one slotted dataclass for each name of `TeamRunEvent`.

Each class mirrors the one of the same name in `agno.run.team`. What they have in common is in `events`, the tables
and unions in `event_registry`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wherry.core.events.event_names import TeamRunEvent
from wherry.core.events.events import BaseTeamRunEvent, OpenEvent

if TYPE_CHECKING:
    from wherry.core.citations import Citations, MessageReferences
    from wherry.core.events.model_response import ToolExecution
    from wherry.core.events.outputs import RunOutput, TeamRunOutput
    from wherry.core.events.pause import RunRequirement
    from wherry.core.events.reasoning_step import ReasoningStep
    from wherry.core.events.run_input import TeamRunInput
    from wherry.core.media import Audio, File, Image, Video
    from wherry.core.messages import Message
    from wherry.core.metrics import RunMetrics


@dataclass(slots=True, eq=False, repr=False)
class RunStartedEvent(BaseTeamRunEvent):
    """The run begins."""

    event: str = TeamRunEvent.run_started.value
    model: str = ""
    model_provider: str = ""


@dataclass(slots=True, eq=False, repr=False)
class RunContentEvent(BaseTeamRunEvent):
    """A piece of the answer, or of its reasoning, as it arrives."""

    event: str = TeamRunEvent.run_content.value
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
class IntermediateRunContentEvent(BaseTeamRunEvent):
    """A piece of an answer that a later model will rewrite."""

    event: str = TeamRunEvent.run_intermediate_content.value
    content_type: str = "str"


@dataclass(slots=True, eq=False, repr=False)
class RunContentCompletedEvent(BaseTeamRunEvent):
    """The last piece of the answer has arrived."""

    event: str = TeamRunEvent.run_content_completed.value


@dataclass(slots=True, eq=False, repr=False)
class RunCompletedEvent(BaseTeamRunEvent):
    """The run ended well; carries what the output holds."""

    event: str = TeamRunEvent.run_completed.value
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
    member_responses: list[TeamRunOutput | RunOutput] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    metrics: RunMetrics | None = None
    session_state: dict[str, Any] | None = None


@dataclass(slots=True, eq=False, repr=False)
class RunErrorEvent(BaseTeamRunEvent):
    """The run failed."""

    event: str = TeamRunEvent.run_error.value
    content: str | None = None
    error_type: str | None = None
    error_id: str | None = None
    additional_data: dict[str, Any] | None = None


@dataclass(slots=True, eq=False, repr=False)
class RunCancelledEvent(BaseTeamRunEvent):
    """The run was cancelled."""

    event: str = TeamRunEvent.run_cancelled.value
    reason: str | None = None

    @property
    def is_cancelled(self) -> bool:
        """True."""
        return True


@dataclass(slots=True, eq=False, repr=False)
class RunPausedEvent(BaseTeamRunEvent):
    """The run waits for a person; `requirements` say for what."""

    event: str = TeamRunEvent.run_paused.value
    tools: list[ToolExecution] | None = None
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
class RunContinuedEvent(BaseTeamRunEvent):
    """A paused run goes on."""

    event: str = TeamRunEvent.run_continued.value


@dataclass(slots=True, eq=False, repr=False)
class PreHookStartedEvent(BaseTeamRunEvent):
    """A hook before the run begins."""

    event: str = TeamRunEvent.pre_hook_started.value
    pre_hook_name: str | None = None
    run_input: TeamRunInput | None = None


@dataclass(slots=True, eq=False, repr=False)
class PreHookCompletedEvent(BaseTeamRunEvent):
    """A hook before the run ended."""

    event: str = TeamRunEvent.pre_hook_completed.value
    pre_hook_name: str | None = None
    run_input: TeamRunInput | None = None


@dataclass(slots=True, eq=False, repr=False)
class PostHookStartedEvent(BaseTeamRunEvent):
    """A hook after the run begins."""

    event: str = TeamRunEvent.post_hook_started.value
    post_hook_name: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class PostHookCompletedEvent(BaseTeamRunEvent):
    """A hook after the run ended."""

    event: str = TeamRunEvent.post_hook_completed.value
    post_hook_name: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class ReasoningStartedEvent(BaseTeamRunEvent):
    """Thinking begins."""

    event: str = TeamRunEvent.reasoning_started.value


@dataclass(slots=True, eq=False, repr=False)
class ReasoningStepEvent(BaseTeamRunEvent):
    """A step of the line of thought."""

    event: str = TeamRunEvent.reasoning_step.value
    content_type: str = "str"
    reasoning_content: str = ""


@dataclass(slots=True, eq=False, repr=False)
class ReasoningContentDeltaEvent(BaseTeamRunEvent):
    """A piece of the line of thought as it arrives."""

    event: str = TeamRunEvent.reasoning_content_delta.value
    reasoning_content: str = ""


@dataclass(slots=True, eq=False, repr=False)
class ReasoningCompletedEvent(BaseTeamRunEvent):
    """Thinking ended."""

    event: str = TeamRunEvent.reasoning_completed.value
    content_type: str = "str"


@dataclass(slots=True, eq=False, repr=False)
class MemoryUpdateStartedEvent(BaseTeamRunEvent):
    """Memories are being written."""

    event: str = TeamRunEvent.memory_update_started.value


@dataclass(slots=True, eq=False, repr=False)
class MemoryUpdateCompletedEvent(BaseTeamRunEvent):
    """Memories were written."""

    event: str = TeamRunEvent.memory_update_completed.value
    memories: list[Any] | None = None


@dataclass(slots=True, eq=False, repr=False)
class SessionSummaryStartedEvent(BaseTeamRunEvent):
    """The session is being summed up."""

    event: str = TeamRunEvent.session_summary_started.value


@dataclass(slots=True, eq=False, repr=False)
class SessionSummaryCompletedEvent(BaseTeamRunEvent):
    """The session was summed up."""

    event: str = TeamRunEvent.session_summary_completed.value
    session_summary: Any = None


@dataclass(slots=True, eq=False, repr=False)
class ToolCallStartedEvent(BaseTeamRunEvent):
    """A tool call begins."""

    event: str = TeamRunEvent.tool_call_started.value
    tool: ToolExecution | None = None


@dataclass(slots=True, eq=False, repr=False)
class ToolCallCompletedEvent(BaseTeamRunEvent):
    """A tool call returned."""

    event: str = TeamRunEvent.tool_call_completed.value
    tool: ToolExecution | None = None
    images: list[Image] | None = None
    videos: list[Video] | None = None
    audio: list[Audio] | None = None
    files: list[File] | None = None


@dataclass(slots=True, eq=False, repr=False)
class ToolCallErrorEvent(BaseTeamRunEvent):
    """A tool call failed."""

    event: str = TeamRunEvent.tool_call_error.value
    tool: ToolExecution | None = None
    error: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class ParserModelResponseStartedEvent(BaseTeamRunEvent):
    """The model that brings the answer into its schema begins."""

    event: str = TeamRunEvent.parser_model_response_started.value


@dataclass(slots=True, eq=False, repr=False)
class ParserModelResponseCompletedEvent(BaseTeamRunEvent):
    """The model that brings the answer into its schema ended."""

    event: str = TeamRunEvent.parser_model_response_completed.value


@dataclass(slots=True, eq=False, repr=False)
class OutputModelResponseStartedEvent(BaseTeamRunEvent):
    """The model that writes the final answer begins."""

    event: str = TeamRunEvent.output_model_response_started.value


@dataclass(slots=True, eq=False, repr=False)
class OutputModelResponseCompletedEvent(BaseTeamRunEvent):
    """The model that writes the final answer ended."""

    event: str = TeamRunEvent.output_model_response_completed.value


@dataclass(slots=True, eq=False, repr=False)
class ModelRequestStartedEvent(BaseTeamRunEvent):
    """A request to a model is about to be sent."""

    event: str = TeamRunEvent.model_request_started.value
    model: str | None = None
    model_provider: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class ModelRequestCompletedEvent(BaseTeamRunEvent):
    """A request to a model was answered; tokens and seconds of that request."""

    event: str = TeamRunEvent.model_request_completed.value
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
class CompressionStartedEvent(BaseTeamRunEvent):
    """Tool results are being shortened."""

    event: str = TeamRunEvent.compression_started.value


@dataclass(slots=True, eq=False, repr=False)
class CompressionCompletedEvent(BaseTeamRunEvent):
    """Tool results were shortened; sizes in characters."""

    event: str = TeamRunEvent.compression_completed.value
    tool_results_compressed: int | None = None
    original_size: int | None = None
    compressed_size: int | None = None


@dataclass(slots=True, eq=False, repr=False)
class FollowupsStartedEvent(BaseTeamRunEvent):
    """Questions to ask next are being made."""

    event: str = TeamRunEvent.followups_started.value


@dataclass(slots=True, eq=False, repr=False)
class FollowupsCompletedEvent(BaseTeamRunEvent):
    """Questions to ask next."""

    event: str = TeamRunEvent.followups_completed.value
    followups: list[str] | None = None


@dataclass(init=False)
class CustomEvent(OpenEvent, BaseTeamRunEvent):
    """An event of the user's own: any keywords, or a dataclass subclass. Not slotted, so that both work."""

    event: str = TeamRunEvent.custom_event.value

    def __init__(self, **fields: Any) -> None:
        self._take(fields)
