"""From replies to the assistant message: one whole reply, or the fold over the parts of a stream.

Called by the agents' loop and by `models.rounds`. Nothing is sent here. Mirrors `Model._populate_assistant_message`,
`_populate_stream_data` and `_populate_assistant_message_from_stream_data`.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from wherry.core.events.model_response import ModelResponse
from wherry.core.ids import new_id
from wherry.core.media import Audio
from wherry.core.metrics import MessageMetrics

if TYPE_CHECKING:
    from wherry.core.messages import Message
    from wherry.models.base import Model

_LAST_OF = {"images": "image_output", "videos": "video_output", "files": "file_output", "audios": "audio_output"}
_media_of = attrgetter(*_LAST_OF)
_beside_content = attrgetter("role", "reasoning_content", "redacted_reasoning_content", "provider_data", "citations")

_TEXT = frozenset({"content", "provider_data", "tool_calls", "tool_executions", "created_at"})


def with_ids(tool_calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same calls, each with an id; some services (Ollama) send none."""
    for call in tool_calls:
        if not call.get("id"):
            call["id"] = new_id()
    return tool_calls


def start_metrics(message: Message) -> MessageMetrics:
    """The metrics of an assistant message that is being waited for, with a running timer."""
    metrics = message.metrics
    if metrics.timer is None or metrics.timer.start_time is None:
        metrics.start_timer()
    return metrics


def fill_assistant(message: Message, response: ModelResponse) -> Message:
    """Put a whole reply into the assistant message.

    Args:
        message: The assistant message; changed in place.
        response: The reply of `Model.invoke`.

    Returns:
        The same message.
    """
    content = response.content
    if content is not None:
        message.content = content
        message.metrics.set_time_to_first_token()
    _take_beside_content(message, response)
    if response.tool_calls:
        message.tool_calls = with_ids(response.tool_calls)
    if response.audio is not None:
        message.audio_output = response.audio
    if any(media := _media_of(response)):
        _take_media(message, media)
    if response.response_usage is not None:
        metrics = start_metrics(message)
        metrics.add(response.response_usage)
        if content is not None:
            metrics.set_time_to_first_token()
    return message


def _take_beside_content(message: Message, response: ModelResponse) -> None:
    role, thought, redacted, data, citations = _beside_content(response)  # one by one: every reply comes this way
    if role is not None:
        message.role = role
    if thought is not None:
        message.reasoning_content = thought
    if redacted is not None:
        message.redacted_reasoning_content = redacted
    if data is not None:
        message.provider_data = data
    if citations is not None:
        message.citations = citations


def _take_media(message: Message, media: tuple[Any, ...]) -> None:
    for target, made in zip(_LAST_OF.values(), media, strict=True):
        if made:
            setattr(message, target, made[-1])


class StreamFold:
    """Adds up the parts of a stream and fills the assistant message at its end.

    Attributes:
        extra: What the parts carried for the tool-result messages.
        response_usage: Tokens and seconds of the message so far.
    """

    __slots__ = (
        "_audio", "_citations", "_content", "_media", "_provider_data", "_reasoning", "_redacted", "_role",
        "_tool_calls", "extra", "model", "response_usage",
    )  # fmt: skip

    def __init__(self, model: Model) -> None:
        self.model = model
        self.extra: dict[str, Any] | None = None
        self.response_usage = MessageMetrics()
        self.response_usage.start_timer()
        self._role: str | None = None
        self._content: list[Any] = []
        self._reasoning: list[str] = []
        self._redacted: list[str] = []
        self._tool_calls: list[dict[str, Any]] = []
        self._citations: Any = None
        self._audio: Audio | None = None
        self._media: dict[str, Any] = {}
        self._provider_data: dict[str, Any] = {}

    @property
    def content(self) -> str | None:
        """The text so far; None when there was none."""
        return "".join(self._content) or None

    def add(self, part: ModelResponse) -> None:
        """Take the next part."""
        # Nearly every part is text and no more, which is seen at one look: it holds only what it was given.
        text_only = not part.tool_calls and type(part) is ModelResponse and _TEXT.issuperset(part.__dict__)
        if part.content is not None:
            if not self._content:
                self.response_usage.set_time_to_first_token()
            self._content.append(part.content)
        if part.provider_data:
            _merge(self._provider_data, part.provider_data)
        if not text_only:
            self._add_more(part)

    def _add_more(self, part: ModelResponse) -> None:
        if part.tool_calls:
            self._tool_calls.extend(part.tool_calls)
        if part.reasoning_content is not None:
            self._reasoning.append(part.reasoning_content)
        if part.redacted_reasoning_content is not None:
            self._redacted.append(part.redacted_reasoning_content)
        if part.response_usage is not None:
            self.response_usage.add(part.response_usage)
        self._add_rare(part)

    def _add_rare(self, part: ModelResponse) -> None:
        if part.role is not None:
            self._role = part.role
        if part.citations is not None:
            self._citations = part.citations
        if part.extra is not None:
            if self.extra is None:
                self.extra = {}
            _merge(self.extra, part.extra)
        if isinstance(part.audio, Audio):
            self._audio = _longer(self._audio, part.audio)
        if part.images:
            self._media.setdefault("image_output", part.images[-1])
        if part.videos:
            self._media.setdefault("video_output", part.videos[-1])

    def fill(self, message: Message) -> Message:
        """Put everything into the assistant message; call it once, after the last part."""
        message.metrics = self.response_usage
        if self._role is not None:
            message.role = self._role
        for name, value in (
            ("content", self.content),
            ("reasoning_content", "".join(self._reasoning)),
            ("redacted_reasoning_content", "".join(self._redacted)),
            ("provider_data", self._provider_data),
            ("citations", self._citations),
            ("audio_output", self._audio),
            *self._media.items(),
        ):
            if value:
                setattr(message, name, value)
        if self._tool_calls:
            message.tool_calls = with_ids(self.model.parse_tool_calls(self._tool_calls))
        return message


def _merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    """Lists grow, everything else is replaced."""
    for key, value in more.items():
        known = into.get(key)
        if isinstance(value, list):
            into[key] = [*known, *value] if isinstance(known, list) else list(value)
        else:
            into[key] = value


def _longer(so_far: Audio | None, part: Audio) -> Audio:
    if so_far is None:
        so_far = Audio(id=part.id, content=b"", transcript="")
    so_far.id = part.id or so_far.id
    so_far.content = (so_far.content or b"") + (part.content or b"")
    so_far.transcript = (so_far.transcript or "") + (part.transcript or "")
    for name in ("expires_at", "mime_type"):
        if (value := getattr(part, name)) is not None:
            setattr(so_far, name, value)
    so_far.sample_rate, so_far.channels = part.sample_rate, part.channels
    return so_far
