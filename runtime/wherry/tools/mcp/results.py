"""What an MCP server answers, as a ToolResult. Called by `MCPTools`."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as Base64Error
from typing import Any

from wherry.core.ids import new_id
from wherry.core.media import Audio, Image
from wherry.core.tools.function import ToolResult

_AUDIO_FORMATS = {"mpeg": "mp3", "x-wav": "wav"}


def tool_result(name: str, answer: Any) -> ToolResult:
    """The answer to a call; pictures and sounds become media.

    Args:
        name: Name of the tool on the server.
        answer: The SDK's `CallToolResult`.
    """
    metadata = {
        key: value
        for key, value in (("meta", answer.meta), ("structured_content", answer.structured_content))
        if value is not None
    }
    if answer.is_error:
        return ToolResult(content=f"MCP tool {name!r} failed: {_plain(answer.content)}", metadata=metadata or None)
    images: list[Any] = []
    audios: list[Any] = []
    lines = [_line(part, images, audios) for part in answer.content]
    text = "\n".join(lines).strip()
    if not text and answer.structured_content is not None:
        text = json.dumps(answer.structured_content, ensure_ascii=False, sort_keys=True, default=str)
    return ToolResult(content=text, metadata=metadata or None, images=images or None, audios=audios or None)


def _plain(content: Any) -> str:
    return "\n".join(str(getattr(part, "text", part)) for part in content)


def _line(part: Any, images: list[Any], audios: list[Any]) -> str:
    """What one part says; media go into the lists."""
    if part.type == "text":
        picture = _picture_in_text(part.text)
        return str(part.text) if picture is None else _kept(picture, images, "picture")
    if part.type == "image":
        content = _decoded(part.data)
        picture = Image(id=new_id(), content=content, mime_type=part.mime_type) if content else None
        return _kept(picture, images, "picture")
    if part.type == "audio":
        content = _decoded(part.data)
        kind = (part.mime_type or "").partition("/")[2].partition(";")[0].lower()
        fields = {"mime_type": part.mime_type, "format": _AUDIO_FORMATS.get(kind, kind) or None}
        return _kept(Audio(id=new_id(), content=content, **fields) if content else None, audios, "sound")
    if part.type == "resource":
        return f"[Embedded resource: {part.resource.model_dump_json(by_alias=True)}]"
    return f"[Content of type {part.type!r} is not supported]"


def _kept(medium: Any, media: list[Any], what: str) -> str:
    if medium is None:
        return f"[A {what} could not be decoded]"
    media.append(medium)
    return f"A {what} was made and is attached."


def _decoded(data: Any) -> bytes | None:
    try:
        return b64decode(data) or None
    except (Base64Error, TypeError, ValueError):
        return None


def _picture_in_text(text: str) -> Image | None:
    """A picture sent as JSON text, `{"type": "image", "data": …}`, as some servers do."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        read = json.loads(text)
    except ValueError:
        return None
    if not isinstance(read, dict) or read.get("type") != "image" or not isinstance(read.get("data"), str):
        return None
    content = _decoded(read["data"])
    return Image(id=new_id(), content=content, mime_type=read.get("mimeType", "image/png")) if content else None
