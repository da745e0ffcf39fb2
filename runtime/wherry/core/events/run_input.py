"""What a run was given, kept apart from the messages made of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from wherry.core.events.own_attributes import OwnAttributes
from wherry.core.events.storing import is_model
from wherry.core.media import Audio, File, Image, Video, media_dicts, media_list
from wherry.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEDIA: tuple[tuple[str, Any], ...] = (("images", Image), ("videos", Video), ("audios", Audio), ("files", File))


@dataclass(slots=True)
class RunInput(OwnAttributes):
    """Input of an agent's run; mirrors `agno.run.agent.RunInput`.

    Attributes:
        input_content: Text, a dictionary, a list, a message, messages, or an instance of a pydantic model.
    """

    input_content: Any
    images: Sequence[Image] | None = None
    videos: Sequence[Video] | None = None
    audios: Sequence[Audio] | None = None
    files: Sequence[File] | None = None

    def input_content_string(self) -> str:
        """The content as text; models, messages and lists as JSON."""
        content = self.input_content
        if isinstance(content, str):
            return content
        if is_model(content):
            text: str = content.model_dump_json(exclude_none=True)
            return text
        if isinstance(content, list):
            try:
                return json.dumps([_item(item) for item in content], ensure_ascii=False)
            except (TypeError, ValueError):
                return str(content)
        return str(content)

    def to_dict(self) -> dict[str, Any]:
        """As stored; without what is empty."""
        stored: dict[str, Any] = {}
        content = self.input_content
        if content is not None:
            if is_model(content):
                content = content.model_dump(exclude_none=True)
            elif isinstance(content, list):
                content = [_item(item) for item in content]
            stored["input_content"] = content
        for name, _ in _MEDIA:
            items = getattr(self, name)
            if items:
                stored[name] = media_dicts(items)
        return stored

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary; the content stays JSON."""
        return cls(data.get("input_content", ""), **{name: media_list(kind, data.get(name)) for name, kind in _MEDIA})


@dataclass(slots=True)
class TeamRunInput(RunInput):
    """Input of a team's run; mirrors `agno.run.team.TeamRunInput`."""


def _item(item: Any) -> Any:
    if isinstance(item, Message):
        return item.to_dict()
    if is_model(item):
        return item.model_dump(exclude_none=True)
    if isinstance(item, dict):
        return {**item, **{name: media_dicts(item[name]) for name, _ in _MEDIA if item.get(name)}}
    return item
