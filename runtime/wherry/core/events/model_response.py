"""What a model returns, and what became of a tool call.

A model fills a `ModelResponse` (or yields many while streaming); the loop turns its `tool_calls` into
`ToolExecution`s. Mirrors `agno.models.response`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from time import time
from typing import Any, Self

from wherry.core.citations import Citations
from wherry.core.events.own_attributes import OwnAttributes
from wherry.core.events.user_input import UserFeedbackQuestion, UserInputField
from wherry.core.lean import lean
from wherry.core.media import Audio, File, Image, Video, media_list
from wherry.core.metrics import MessageMetrics, ToolCallMetrics


class ModelResponseEvent(str, Enum):
    """What a `ModelResponse` of a stream is about; mirrors `agno.models.response.ModelResponseEvent`."""

    tool_call_paused = "ToolCallPaused"
    tool_call_started = "ToolCallStarted"
    tool_call_completed = "ToolCallCompleted"
    assistant_response = "AssistantResponse"
    compression_started = "CompressionStarted"
    compression_completed = "CompressionCompleted"
    model_request_started = "ModelRequestStarted"
    model_request_completed = "ModelRequestCompleted"
    fallback_model_activated = "FallbackModelActivated"


class FileType(str, Enum):
    """Kinds of files a tool may make; mirrors `agno.models.response.FileType`."""

    MP4 = "mp4"
    GIF = "gif"
    MP3 = "mp3"
    WAV = "wav"
    PNG = "png"
    JPG = "jpg"


def now() -> int:
    """Unix seconds."""
    return int(time())


@dataclass(slots=True)
class ToolExecution(OwnAttributes):
    """A tool call and its result; mirrors `agno.models.response.ToolExecution`.

    The fields from `requires_confirmation` on say what a person must do first and what they answered.
    """

    tool_call_id: str | None = None
    tool_name: str | None = None
    tool_args: dict[str, Any] | None = None
    tool_call_error: bool | None = None
    result: str | None = None
    metrics: ToolCallMetrics | None = None
    child_run_id: str | None = None
    stop_after_tool_call: bool = False
    created_at: int = field(default_factory=now)
    requires_confirmation: bool | None = None
    confirmed: bool | None = None
    confirmation_note: str | None = None
    requires_user_input: bool | None = None
    user_input_schema: list[UserInputField] | None = None
    user_feedback_schema: list[UserFeedbackQuestion] | None = None
    answered: bool | None = None
    external_execution_required: bool | None = None
    external_execution_silent: bool | None = None
    approval_type: str | None = None
    approval_id: str | None = None
    parent_tool_call_id: str | None = None

    @property
    def is_paused(self) -> bool:
        """Whether the call is one that waits for somebody."""
        return bool(self.requires_confirmation or self.requires_user_input or self.external_execution_required)

    def to_dict(self) -> dict[str, Any]:
        """Every field, None included."""
        inputs, questions = self.user_input_schema, self.user_feedback_schema
        return {
            "tool_call_id": self.tool_call_id,
            "tool_name": self.tool_name,
            "tool_args": self.tool_args,
            "tool_call_error": self.tool_call_error,
            "result": self.result,
            "metrics": None if self.metrics is None else self.metrics.to_dict(),
            "child_run_id": self.child_run_id,
            "stop_after_tool_call": self.stop_after_tool_call,
            "created_at": self.created_at,
            "requires_confirmation": self.requires_confirmation,
            "confirmed": self.confirmed,
            "confirmation_note": self.confirmation_note,
            "requires_user_input": self.requires_user_input,
            "user_input_schema": None if inputs is None else [item.to_dict() for item in inputs],
            "user_feedback_schema": None if questions is None else [item.to_dict() for item in questions],
            "answered": self.answered,
            "external_execution_required": self.external_execution_required,
            "external_execution_silent": self.external_execution_silent,
            "approval_type": self.approval_type,
            "approval_id": self.approval_id,
            "parent_tool_call_id": self.parent_tool_call_id,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary; unknown keys are ignored."""
        fields = {name: data[name] for name in _TOOL_FIELDS if name in data}
        fields["metrics"] = _made(ToolCallMetrics, data.get("metrics")) or None
        for name, kind in (("user_input_schema", UserInputField), ("user_feedback_schema", UserFeedbackQuestion)):
            if fields.get(name) is not None:
                fields[name] = [_made(kind, item) for item in fields[name]]
        return cls(**fields)


_TOOL_FIELDS = tuple(ToolExecution.__dataclass_fields__)


def _made(kind: Any, item: Any) -> Any:
    if not isinstance(item, dict) or not item:
        return item or None
    return kind.model_validate(item) if kind is Citations else kind.from_dict(item)


_RESPONSE_PARTS: tuple[tuple[str, Any], ...] = (
    ("audio", Audio),
    ("citations", Citations),
    ("response_usage", MessageMetrics),
)


@lean
@dataclass
class ModelResponse:
    """A model's reply or a piece of it; mirrors `agno.models.response.ModelResponse`.

    Attributes:
        content: Text of the reply, or of this piece of a stream.
        parsed: The reply as the output schema's object, when the provider parsed it.
        tool_calls: Calls the model asks for, each ``{"id", "type", "function": {"name", "arguments"}}``.
        tool_executions: Calls that were made.
        event: A `ModelResponseEvent` value.
        provider_data: What must go back to the provider with the next request.
        response_usage: Tokens the provider counted.
        time_to_first_token: Seconds.
    """

    role: str | None = None
    content: Any = None
    parsed: Any = None
    audio: Audio | None = None
    images: list[Image] | None = None
    videos: list[Video] | None = None
    audios: list[Audio] | None = None
    files: list[File] | None = None
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    tool_executions: list[ToolExecution] | None = field(default_factory=list)
    event: str = ModelResponseEvent.assistant_response.value
    provider_data: dict[str, Any] | None = None
    redacted_reasoning_content: str | None = None
    reasoning_content: str | None = None
    citations: Citations | None = None
    response_usage: MessageMetrics | None = None
    created_at: int = field(default_factory=now)
    extra: dict[str, Any] | None = None
    updated_session_state: dict[str, Any] | None = None
    compression_stats: dict[str, Any] | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    time_to_first_token: float | None = None
    reasoning_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Every field, as the response cache stores it; `response_usage` last."""
        stored = {name: getattr(self, name) for name in _RESPONSE_FIELDS if name != "response_usage"}
        if self.audio is not None:
            stored["audio"] = self.audio.to_dict()
        for name in ("images", "videos", "audios", "files", "tool_executions"):
            if stored[name] is not None:
                stored[name] = [item.to_dict() for item in stored[name]]
        if self.citations is not None:
            stored["citations"] = self.citations.model_dump()
        if self.response_usage is not None:
            stored["response_usage"] = self.response_usage.to_dict()
        return stored

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary; unknown keys are ignored."""
        fields = {name: data[name] for name in _RESPONSE_FIELDS if name in data}
        for name, kind in _RESPONSE_PARTS:
            fields[name] = _made(kind, data.get(name))
        for name, media in (("images", Image), ("videos", Video), ("audios", Audio), ("files", File)):
            fields[name] = media_list(media, data.get(name))
        fields["tool_executions"] = [_made(ToolExecution, item) for item in data.get("tool_executions") or ()]
        return cls(**fields)


_RESPONSE_FIELDS = tuple(ModelResponse.__dataclass_fields__)
