"""The message: what travels between a run and a model, and what a session remembers.

Created and stored many times a run, so creation sets only what was given and `to_dict` is written out by hand. What
a provider's JSON looks like is the wires' business. Mirrors `agno.models.message.Message`.
"""

from __future__ import annotations

import json
from copy import copy
from functools import lru_cache
from time import time
from typing import TYPE_CHECKING, Any, Self

from wherry.core.citations import Citations, DocumentCitation, MessageReferences, UrlCitation
from wherry.core.errors import ConfigurationError
from wherry.core.ids import new_id
from wherry.core.lean import WhenAsked
from wherry.core.media import Audio, File, Image, Video, media_list
from wherry.core.metrics import MessageMetrics
from wherry.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["Citations", "DocumentCitation", "Message", "MessageReferences", "UrlCitation"]

_MEDIA_LISTS: dict[str, Any] = {"images": Image, "audio": Audio, "videos": Video, "files": File}
_MEDIA: dict[str, Any] = {"audio_output": Audio, "image_output": Image, "video_output": Video, "file_output": File}
_NESTED = frozenset({*_MEDIA_LISTS, *_MEDIA, "citations", "references", "metrics"})


class Message(Record):
    """One message of a conversation; mirrors `agno.models.message.Message`.

    Any further keyword becomes an attribute and is kept by `model_dump`, as Agno's `extra="allow"` does.

    Attributes:
        id: UUID as text.
        role: ``system``, ``developer``, ``user``, ``assistant`` or ``tool``.
        content: Text, or a list of content parts.
        tool_calls: What the model wants called, each ``{"id", "type", "function": {"name", "arguments"}}``.
        metrics: Tokens and seconds; made when first asked for.
        from_history: True for a message loaded from an earlier run.
        created_at: Unix seconds.
    """

    id: str
    role: str
    content: list[Any] | str | None = None
    compressed_content: str | None = None
    name: str | None = None
    tool_call_id: str | None = None
    tool_calls: list[dict[str, Any]] | None = None
    audio: Sequence[Audio] | None = None
    images: Sequence[Image] | None = None
    videos: Sequence[Video] | None = None
    files: Sequence[File] | None = None
    audio_output: Audio | None = None
    image_output: Image | None = None
    video_output: Video | None = None
    file_output: File | None = None
    redacted_reasoning_content: str | None = None
    provider_data: dict[str, Any] | None = None
    citations: Citations | None = None
    reasoning_content: str | None = None
    tool_name: str | None = None
    tool_args: Any = None
    tool_call_error: bool | None = None
    stop_after_tool_call: bool = False
    add_to_agent_memory: bool = True
    from_history: bool = False
    metrics: MessageMetrics
    references: MessageReferences | None = None
    created_at: int
    temporary: bool = False
    checkpoint_status: str | None = None
    checkpoint_created_at: int | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            role: str,
            content: Any = None,
            id: str = ...,
            compressed_content: str | None = None,
            name: str | None = None,
            tool_call_id: str | None = None,
            tool_calls: list[dict[str, Any]] | None = None,
            audio: Sequence[Audio] | None = None,
            images: Sequence[Image] | None = None,
            videos: Sequence[Video] | None = None,
            files: Sequence[File] | None = None,
            audio_output: Audio | None = None,
            image_output: Image | None = None,
            video_output: Video | None = None,
            file_output: File | None = None,
            redacted_reasoning_content: str | None = None,
            provider_data: dict[str, Any] | None = None,
            citations: Citations | None = None,
            reasoning_content: str | None = None,
            tool_name: str | None = None,
            tool_args: Any = None,
            tool_call_error: bool | None = None,
            stop_after_tool_call: bool = False,
            add_to_agent_memory: bool = True,
            from_history: bool = False,
            metrics: MessageMetrics = ...,
            references: MessageReferences | None = None,
            created_at: int = ...,
            temporary: bool = False,
            checkpoint_status: str | None = None,
            checkpoint_created_at: int | None = None,
            **extra: Any,
        ) -> None: ...

    else:

        def __init__(self, *, role: Any = None, content: Any = None, **fields: Any) -> None:
            given = self.__dict__
            given["role"] = role
            given["content"] = content
            if fields:
                given.update(fields)
                if not _NESTED.isdisjoint(fields):
                    self._coerce(fields)
            if "id" not in fields:
                given["id"] = new_id()
            if "created_at" not in fields:
                given["created_at"] = int(time())
            if role is None or not (content is None or isinstance(content, (str, list))):
                self._refuse()

        def __copy__(self) -> Message:
            twin = type(self).__new__(type(self))
            twin.__dict__.update(self.__dict__)
            return twin

        def _new_metrics(self) -> MessageMetrics:
            made = self.__dict__["metrics"] = MessageMetrics()
            return made

        metrics = WhenAsked(_new_metrics)

    def _refuse(self) -> None:
        role, content = self.__dict__["role"], self.__dict__["content"]
        if role is None:
            raise ConfigurationError("Message needs a role.", hint="Pass role='system', 'user', 'assistant' or 'tool'.")
        if isinstance(content, tuple):
            self.content = list(content)
            return
        raise ConfigurationError(
            f"Message content must be text or a list, not {type(content).__name__} {content!r}.",
            hint="Turn it into text first, for example with json.dumps.",
        )

    def _coerce(self, fields: dict[str, Any]) -> None:
        """Dictionaries among the nested fields become what they describe."""
        given = self.__dict__
        for name in _NESTED.intersection(fields):
            value = fields[name]
            if name in _MEDIA_LISTS:
                if value and any(isinstance(item, dict) for item in value):
                    given[name] = media_list(_MEDIA_LISTS[name], value)
            elif isinstance(value, dict):
                given[name] = _nested(name, value)
        if given.get("metrics", self) is None:
            del given["metrics"]

    @classmethod
    def _fields(cls) -> tuple[str, ...]:
        return _NAMES

    @classmethod
    def _known(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        return dict(data)

    def _dumped_names(self) -> Collection[str]:
        return (*_NAMES, *self.model_extra)

    @property
    def model_extra(self) -> dict[str, Any]:
        """The attributes that are not fields."""
        return {name: value for name, value in self.__dict__.items() if name not in _NAME_SET}

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        twin: Any = other
        if self.model_extra != twin.model_extra:
            return False
        return all(getattr(self, name) == getattr(twin, name) for name in _NAMES)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._told())})"

    def __str__(self) -> str:
        return " ".join(self._told())

    def _told(self) -> list[str]:
        twin = copy(self)  # a message that is shown stays without the metrics that nobody gave it
        return [f"{name}={getattr(twin, name)!r}" for name in self._dumped_names()]

    def get_content_string(self) -> str:
        """The content as text: the first text part of a list, or the list as JSON."""
        content = self.content
        if isinstance(content, str):
            return content
        if not isinstance(content, list) or not content:
            return ""
        first = content[0]
        if isinstance(first, dict) and "text" in first:
            text: str = first["text"]
            return text
        return json.dumps(content, ensure_ascii=False)

    def get_content(self, use_compressed_content: bool = False) -> list[Any] | str | None:
        """What the model is to see; the compressed text when there is one and it is wanted."""
        if use_compressed_content and self.compressed_content is not None:
            return self.compressed_content
        return self.content

    def content_is_valid(self) -> bool:
        """Whether there is anything in it."""
        return self.content is not None and len(self.content) > 0

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary, which stays as it is."""
        return cls(**data)

    def to_dict(self) -> dict[str, Any]:
        """What a session stores, in the order and with the omissions of Agno's."""
        given = self.__dict__
        names, nested = _laid_out(tuple(given))
        stored: dict[str, Any] = {}
        for name in names:
            value = given.get(name, False)  # one that is not given is a flag
            if value or (value is not None and not isinstance(value, (list, dict))):
                stored[name] = value
        if nested:
            self._store_nested(given, stored)
        stored["created_at"] = given["created_at"]
        return stored

    def _store_nested(self, given: dict[str, Any], stored: dict[str, Any]) -> None:
        for name in _MEDIA_LISTS:
            items = given.get(name)
            if items:
                stored[name] = [item.to_dict() for item in items]
        if given.get("audio_output"):
            stored["audio_output"] = given["audio_output"].to_dict()
        if given.get("references"):
            stored["references"] = given["references"].model_dump()
        if given.get("metrics"):
            metrics = given["metrics"].to_dict()
            if metrics:
                stored["metrics"] = metrics

    def to_function_call_dict(self) -> dict[str, Any]:
        """The part that describes a tool result."""
        return {
            "content": self.content,
            "tool_call_id": self.tool_call_id,
            "tool_name": self.tool_name,
            "tool_args": self.tool_args,
            "tool_call_error": self.tool_call_error,
            "metrics": self.metrics,
            "created_at": self.created_at,
        }

    def log(self, metrics: bool = True, level: str | None = None, use_compressed_content: bool = False) -> None:
        """Write the message to the log, at `level` (default debug)."""
        from wherry.core.message_log import log_message

        log_message(self, metrics=metrics, level=level, use_compressed_content=use_compressed_content)


def _nested(name: str, value: dict[str, Any]) -> Any:
    if name in _MEDIA:
        return _MEDIA[name].from_dict(value)
    if name == "metrics":
        return MessageMetrics.from_dict(value)
    return (Citations if name == "citations" else MessageReferences).model_validate(value)


_NAMES: tuple[str, ...] = tuple(name for name in Message.__annotations__ if not name.startswith("_"))
_NAME_SET = frozenset(_NAMES)
_STORED = (
    "id",
    "content",
    "reasoning_content",
    "from_history",
    "compressed_content",
    "stop_after_tool_call",
    "role",
    "name",
    "tool_call_id",
    "tool_name",
    "tool_args",
    "tool_call_error",
    "tool_calls",
    "redacted_reasoning_content",
    "provider_data",
    "checkpoint_status",
    "checkpoint_created_at",
)
_STORED_FALSE = frozenset({"from_history", "stop_after_tool_call"})


@lru_cache(maxsize=256)
def _laid_out(given: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """Which attributes of a message that was given these are stored, in order, and whether some are nested.

    Messages differ little in what they were given; most have a few of these attributes.
    """
    names = tuple(name for name in _STORED if name in given or name in _STORED_FALSE)
    return names, not _NESTED.isdisjoint(given)
