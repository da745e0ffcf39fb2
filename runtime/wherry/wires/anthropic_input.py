"""Anthropic's messages format, outgoing: messages, system text and tools.

Pure apart from reading media. Called by `models.anthropic` and its relatives; replies are in `wires.anthropic`. Mirrors
`agno.utils.models.claude`.
"""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wherry.core.errors import WherryError
from wherry.core.log import log_warning
from wherry.wires.exchanges import prepared
from wherry.wires.parts import all_readable, base64_text, image_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.core.media import File, Image
    from wherry.core.messages import Message

Block = dict[str, Any]

_IMAGES = {"jpeg": "image/jpeg", "jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}
_AS_TEXT = frozenset({"application/json", "application/x-javascript", "application/x-python"})
_TEXT_TYPES = frozenset(
    f"text/{kind}" for kind in ("plain", "csv", "html", "css", "markdown", "xml", "rtf", "javascript", "x-python")
)
_TITLED = frozenset({"page_location", "char_location", "content_block_location"})
_THINKING = frozenset({"thinking", "redacted_thinking"})


def encode_messages(
    messages: Sequence[Message], *, compressed: bool = False, citations: bool = True, closing: str | None = None
) -> tuple[list[dict[str, Any]], str]:
    """The conversation and the system text.

    Args:
        messages: The conversation so far.
        compressed: Send compressed tool results where there are some.
        citations: Whether documents may ask for citations.
        closing: Text of a user message to append when the conversation ends with the assistant's.
    """
    system: list[str] = []
    turns: list[dict[str, Any]] = []
    for message in prepared(messages, None):
        if message.role in {"system", "developer"}:
            system.append(str(message.content or ""))
            continue
        if message.role == "assistant":
            content = assistant_blocks(message)
            if not content:
                continue
        elif message.role == "tool":
            content = [_result(message, compressed=compressed)]
        else:
            content = user_blocks(message, citations=citations)
        role = "assistant" if message.role == "assistant" else "user"
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] = [*_kept(turns[-1]["content"], role), *content]
        else:
            turns.append({"role": role, "content": content})
    if closing is not None and turns and turns[-1]["role"] == "assistant":
        turns.append({"role": "user", "content": [{"type": "text", "text": closing}]})
    return turns, " ".join(system)


def _kept(blocks: list[Block], role: str) -> list[Block]:
    """What stays of a turn when another of the same role is joined to it; signed thinking stands only alone."""
    return [block for block in blocks if block.get("type") not in _THINKING] if role == "assistant" else blocks


def user_blocks(message: Message, *, citations: bool = True) -> list[Block]:
    """A user's turn."""
    content = message.content or ""
    blocks: list[Block] = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    blocks.extend(all_readable(_image, message.images))
    blocks.extend(all_readable(lambda file: document(file, citations=citations), message.files))
    if message.audio or message.videos:
        log_warning("Sounds and videos are not sent: Claude takes none.")
    return blocks


def _result(message: Message, *, compressed: bool) -> Block:
    result = message.get_content(use_compressed_content=compressed)
    told: Any = str(result)
    if isinstance(result, list):
        told = [as_block(item) or {"type": "text", "text": str(item)} for item in result]
    return {"type": "tool_result", "tool_use_id": message.tool_call_id, "content": told}


def assistant_blocks(message: Message) -> list[Block]:
    """An assistant's turn: as the service wrote it when that was kept, else put together from the message."""
    data = message.provider_data or {}
    stored = data.get("content_blocks")
    if isinstance(stored, list) and stored:
        asked = {call.get("id") for call in message.tool_calls or ()}
        return [b for b in stored_blocks(stored) if b["type"] != "tool_use" or b.get("id") in asked]
    blocks: list[Block] = []
    signature = data.get("signature")
    if message.reasoning_content is not None and isinstance(signature, str) and signature:
        blocks.append({"type": "thinking", "thinking": message.reasoning_content, "signature": signature})
    if message.redacted_reasoning_content is not None:
        blocks.append({"type": "redacted_thinking", "data": message.redacted_reasoning_content})
    listed = _listed(message)
    known = {_identity(block) for block in listed} - {None}
    blocks.extend(block for block in data.get("server_tool_blocks") or () if _identity(block) not in known)
    blocks.extend(listed)
    if not listed and isinstance(message.content, str) and message.content.strip():
        blocks.append({"type": "text", "text": message.content})
    for call in message.tool_calls or ():
        function = call["function"]
        arguments = json.loads(function["arguments"] or "{}") if "arguments" in function else {}
        blocks.append({"type": "tool_use", "id": call["id"], "input": arguments, "name": function["name"]})
    return blocks


def _listed(message: Message) -> list[Block]:
    if not isinstance(message.content, list):
        return []
    blocks = [block for item in message.content if (block := as_block(item)) is not None]
    return [block for block in blocks if block["type"] != "tool_use" or not message.tool_calls]


def stored_blocks(blocks: Sequence[Any]) -> list[Block]:
    """The blocks of a reply as plain dictionaries that may be sent back."""
    return [block for item in blocks if (block := as_block(item)) is not None]


def as_block(item: Any) -> Block | None:
    """One content block, or None when the item is none; the item itself stays as it is."""
    if not isinstance(item, dict):
        dump = getattr(item, "model_dump", None)
        item = dump(exclude_none=True) if callable(dump) else None
    if not isinstance(item, dict) or not item.get("type"):
        return None
    if item["type"] == "redacted_reasoning_content":
        return {**item, "type": "redacted_thinking"}
    if item["type"] != "text" or not isinstance(item.get("citations"), list):
        return dict(item)
    cited = [
        {"document_title": None, **c} if isinstance(c, dict) and c.get("type") in _TITLED else c
        for c in item["citations"]
    ]
    return {**item, "citations": cited}


def _identity(block: Any) -> tuple[str, str] | None:
    """What makes a server tool's block the same as another."""
    if not isinstance(block, dict):
        return None
    name = block.get("id") or block.get("tool_use_id")
    return (str(block.get("type")), name) if isinstance(name, str) else None


def _image(image: Image) -> Block:
    content = image.get_content_bytes()
    if not content:
        raise WherryError(f"Image {image.id!r} has no bytes.")
    suffix = Path(urlsplit(image.url).path if image.url else str(image.filepath or "")).suffix.lstrip(".").lower()
    kind = suffix or image_type(content)
    if kind not in _IMAGES:
        raise WherryError(f"Image {image.id!r} is of type {kind!r}; Claude takes {', '.join(_IMAGES)}.")
    source = {"type": "base64", "media_type": _IMAGES[kind], "data": base64_text(content)}
    return {"type": "image", "source": source}


def document(file: File, *, citations: bool = True) -> Block | None:
    """A document; None when there is nothing to send.

    Args:
        file: The document; an `external` object with an `id` is one that was uploaded before.
        citations: Whether citations may be asked for; `file.citations` decides within that.
    """
    if file.external is not None and hasattr(file.external, "id"):
        return {"type": "document", "source": {"type": "file", "file_id": file.external.id}}
    source = _source(file)
    if source is None:
        return None
    block: Block = {"type": "document", "source": source}
    if file.citations and not citations:
        log_warning(f"File {file.filename or file.id!r} gets no citations: Claude takes none beside structured output.")
    if citations and file.citations is not False:
        block["citations"] = {"enabled": True}
    return block


def _source(file: File) -> Block | None:
    if file.url is not None and file.mime_type in {None, "application/pdf"}:
        return {"type": "url", "url": file.url}
    content = file.get_content_bytes()
    if content is None:
        return None
    mime_type = file.mime_type
    if mime_type is None:
        mime_type = (mimetypes.guess_type(str(file.filepath))[0] if file.filepath else None) or "application/pdf"
    if mime_type in _TEXT_TYPES or mime_type in _AS_TEXT:
        return {"type": "text", "media_type": "text/plain", "data": content.decode(errors="replace")}
    return {"type": "base64", "media_type": mime_type, "data": base64_text(content)}


def encode_tools(tools: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tools; those built into the service stay as they are."""
    return [encode_tool(tool) if tool.get("type") == "function" else tool for tool in tools]


def encode_tool(tool: dict[str, Any]) -> dict[str, Any]:
    """A function: every parameter has a description and every object is closed."""
    function = tool.get("function", {})
    parameters = function.get("parameters") or {}
    properties = {
        name: {**closed(schema), "description": schema.get("description", "")}
        for name, schema in (parameters.get("properties") or {}).items()
    }
    schema: dict[str, Any] = {
        "type": parameters.get("type", "object"),
        "properties": properties,
        "required": parameters.get("required", []),
        "additionalProperties": False,
    }
    schema.update({key: parameters[key] for key in ("$defs", "definitions") if key in parameters})
    encoded = {
        "name": function.get("name") or "",
        "description": function.get("description") or "",
        "input_schema": schema,
    }
    if function.get("strict") is True or tool.get("strict") is True:
        encoded["strict"] = True
    return encoded


def closed(schema: Any) -> Any:
    """A schema in which no object takes properties beyond those it names."""
    if not isinstance(schema, dict):
        return schema
    result = dict(schema)
    if "properties" in result:
        result["additionalProperties"] = False
        if isinstance(result["properties"], dict):
            result["properties"] = {name: closed(value) for name, value in result["properties"].items()}
    if isinstance(result.get("items"), dict):
        result["items"] = closed(result["items"])
    for key in ("anyOf", "allOf", "oneOf"):
        if isinstance(result.get(key), list):
            result[key] = [closed(value) for value in result[key]]
    return result
