"""Gemini's generateContent format, outgoing: messages and tools.

Pure apart from reading media. Called by `models.google`; replies are in `wires.gemini`. Mirrors what
`agno.models.google.gemini` sends through Google's SDK.
"""

from __future__ import annotations

import json
import mimetypes
import re
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.errors import WherryError
from wherry.wires.exchanges import prepared
from wherry.wires.gemini_schema import simplified
from wherry.wires.parts import all_readable, image_mime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.core.media import File, Image
    from wherry.core.messages import Message

Part = dict[str, Any]

_FORMATS = {
    **{name: f"image/{name}" for name in ("png", "jpeg", "webp", "gif", "heic", "heif")},
    "jpg": "image/jpeg",
    **{name: f"audio/{name}" for name in ("mp3", "wav", "ogg", "flac", "aac")},
    **{name: f"video/{name}" for name in ("mp4", "mov", "avi", "webm")},
    "pdf": "application/pdf",
}
_URL_SAFE = str.maketrans("+/", "-_")  # the base64 alphabet in which Google's SDK sends bytes
_RESULT_MEDIA = frozenset({"application/pdf", "image/jpeg", "image/png", "image/webp", "text/plain"})


def encode_messages(
    messages: Sequence[Message], *, model_id: str, compressed: bool = False
) -> tuple[list[dict[str, Any]], str | None]:
    """The conversation and the system text.

    Args:
        messages: The conversation so far.
        model_id: Decides where the media of tool results go.
        compressed: Send compressed tool results where there are some.
    """
    system: str | None = None
    turns: list[dict[str, Any]] = []
    names: dict[str, str] = {}
    for message in prepared(messages, None):
        if message.role in {"system", "developer"}:
            system = message.get_content_string() or None
            continue
        for call in message.tool_calls or ():
            names[call.get("id", "")] = call["function"]["name"]
        role = "model" if message.role == "assistant" else "user"
        parts = _parts(message, names, model_id=model_id, compressed=compressed)
        if not parts:
            continue
        if turns and turns[-1]["role"] == role:
            turns[-1]["parts"].extend(parts)
        else:
            turns.append({"role": role, "parts": parts})
    return turns, system


def _parts(message: Message, names: dict[str, str], *, model_id: str, compressed: bool) -> list[Part]:
    content = message.get_content(use_compressed_content=compressed)
    if message.role == "tool":
        name = message.tool_name or names.get(message.tool_call_id or "", "")
        return _result(message, name, content, model_id)
    parts: list[Part] = []
    if content is not None and (isinstance(content, str) or message.tool_calls):
        parts.append(_signed({"text": content if isinstance(content, str) else str(content)}, message.provider_data))
    elif isinstance(content, list):
        texts = [item["text"] for item in content if isinstance(item, dict) and isinstance(item.get("text"), str)]
        parts.extend({"text": text} for text in texts)
    for call in message.tool_calls or ():
        function = call["function"]
        parts.append(_signed({"functionCall": {"name": function["name"], "args": _arguments(function)}}, call))
    if message.role != "assistant":
        parts.extend(all_readable(_image, message.images))
        parts[:0] = reversed(all_readable(_video, message.videos))
        parts.extend(all_readable(_audio, message.audio))
        parts.extend(all_readable(_file, message.files))
    return parts


def _signed(part: Part, source: dict[str, Any] | None) -> Part:
    """A part with the signature of the thought it came from."""
    if source and source.get("thought_signature"):
        part["thoughtSignature"] = source["thought_signature"].translate(_URL_SAFE)
    return part


def _arguments(function: dict[str, Any]) -> Any:
    try:
        return json.loads(function.get("arguments") or "{}")
    except (json.JSONDecodeError, TypeError):
        return {}


def _result(message: Message, name: str, content: Any, model_id: str) -> list[Part]:
    response: Part = {"name": name, "response": {"result": content}}
    media = [
        *all_readable(_image, message.images),
        *all_readable(_video, message.videos),
        *all_readable(_audio, message.audio),
        *all_readable(_file, message.files),
    ]
    inside = [part for part in media if _fits_result(part, model_id)]
    if inside:
        response["parts"] = [{"inline_data": part["inlineData"]} for part in inside]
    return [{"functionResponse": response}, *(part for part in media if part not in inside)]


def _fits_result(part: Part, model_id: str) -> bool:
    version = re.search(r"(?:^|/)gemini-(\d+)", model_id)
    inline = part.get("inlineData")
    return bool(inline and inline["mime_type"] in _RESULT_MEDIA and version and int(version[1]) > 2)


def _inline(content: bytes, mime_type: str) -> Part:
    return {"inlineData": {"data": urlsafe_b64encode(content).decode("ascii"), "mime_type": mime_type}}


def _by_address(address: str, mime_type: str) -> Part:
    return {"fileData": {"file_uri": address, "mime_type": mime_type}}


def _mime(medium: Any, default: str) -> str:
    if medium.mime_type:
        return str(medium.mime_type)
    name = (medium.format or "").lower()
    if name:
        return _FORMATS.get(name) or f"{default.split('/', maxsplit=1)[0]}/{name}"
    return _FORMATS.get(Path(str(medium.filepath or "")).suffix.lower().lstrip("."), default)


def _bytes(medium: Any) -> bytes:
    content = medium.get_content_bytes()
    if not content:
        raise WherryError(f"{type(medium).__name__} {medium.id!r} has no bytes.")
    return bytes(content)


def _image(image: Image) -> Part:
    content = _bytes(image)
    return _inline(content, image_mime(image, content))


def _video(video: Any) -> Part:
    mime_type = _mime(video, "video/mp4")
    if video.url and not video.content:
        return _by_address(video.url, mime_type)
    return _inline(_bytes(video), mime_type)


def _audio(audio: Any) -> Part:
    return _inline(_bytes(audio), _mime(audio, "audio/mp3"))


def _file(file: File) -> Part | None:
    external = file.external
    if external is not None:
        address, kind = getattr(external, "uri", None), getattr(external, "mime_type", None)
        return _by_address(address, kind) if address and kind else None
    guessed = file.mime_type or mimetypes.guess_type(str(file.filename or file.filepath or file.url or ""))[0]
    if file.url and not file.content:
        if file.url.startswith("gs://") or (file.url.startswith("https://") and file.mime_type):
            return _by_address(file.url, guessed or "application/pdf")
        fetched = file.file_url_content
        if not fetched:
            raise WherryError(f"File url {file.url!r} could not be read.")
        return _inline(fetched[0], fetched[1] or guessed or "application/pdf")
    return _inline(_bytes(file), guessed or "application/pdf")


def encode_tools(tools: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Functions; a tool of another type goes out as it is."""
    declared = [_declaration(tool["function"]) for tool in tools if tool.get("type") == "function"]
    own = [tool for tool in tools if tool.get("type") != "function"]
    return [*([{"functionDeclarations": declared}] if declared else ()), *own]


def _declaration(function: dict[str, Any]) -> dict[str, Any]:
    told = {"name": function.get("name"), "description": function.get("description") or ""}
    parameters = simplified(function.get("parameters") or {})
    return told if parameters is None else {**told, "parameters": parameters}


def tool_config(choice: Any) -> dict[str, Any] | None:
    """Which functions must or may be called."""
    if choice is None:
        return None
    if isinstance(choice, dict):
        name = (choice.get("function") or {}).get("name") or choice.get("name")
        calling: dict[str, Any] = {"mode": "ANY"}
        if name:
            calling["allowedFunctionNames"] = [name]
        return {"functionCallingConfig": calling}
    mode = "ANY" if choice == "required" else str(choice).upper()
    return {"functionCallingConfig": {"mode": mode}}
