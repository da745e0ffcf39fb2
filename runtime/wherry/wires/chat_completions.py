"""The chat-completions format: messages out, replies and stream chunks in.

Pure functions over plain dictionaries. Called by `models.openai.chat` and everything that inherits from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.citations import Citations, UrlCitation
from wherry.core.events.model_response import ModelResponse
from wherry.core.log import log_warning
from wherry.core.media import Audio
from wherry.core.messages import Message
from wherry.core.metrics import MessageMetrics
from wherry.wires.parts import all_readable, chat_audio, chat_file, chat_image

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS = frozenset(
    {"id", "choices", "created", "model", "object", "moderation", "service_tier", "system_fingerprint", "usage"}
)
_REPLY_KEYS = _KEYS | {"metadata"}
_CHUNK_KEYS = _KEYS | {"obfuscation"}
_CALL_KEYS = ("id", "function", "type")
# What of a message goes out beside its role and its text, where it has it.
_BESIDE_WORDS = frozenset(
    {"name", "tool_call_id", "tool_calls", "compressed_content", "images", "audio", "files", "videos", "audio_output"}
)


def encode_message(message: Message, roles: Mapping[str, str], *, compressed: bool = False) -> dict[str, Any]:
    """One message as the service takes it.

    Args:
        message: The message.
        roles: Name of each role on the wire; others go out unchanged.
        compressed: Send compressed tool results where there are some.
    """
    if message.__class__ is Message and _BESIDE_WORDS.isdisjoint(message.__dict__):  # as most: a role and a text
        content = message.content
        return {"role": roles.get(message.role, message.role), "content": "" if content is None else content}
    content = message.get_content(use_compressed_content=compressed)
    encoded: dict[str, Any] = {
        "role": roles.get(message.role, message.role),
        "content": "" if content is None or message.content is None else content,
    }
    if message.name is not None:
        encoded["name"] = message.name
    if message.tool_call_id is not None:
        encoded["tool_call_id"] = message.tool_call_id
    if message.tool_calls:
        encoded["tool_calls"] = message.tool_calls
    if message.images or message.audio or message.files or message.videos:
        _add_media(message, encoded)
    if message.audio_output is not None:
        encoded["content"] = ""
        encoded["audio"] = {"id": message.audio_output.id}
    return encoded


def _add_media(message: Message, encoded: dict[str, Any]) -> None:
    if message.videos:
        log_warning("Videos are not sent: chat completions takes none.")
    content = encoded["content"]
    if isinstance(content, str) and (message.images or message.audio or message.files):
        content = [{"type": "text", "text": content}]
        content.extend(all_readable(chat_image, message.images))
        content.extend(all_readable(chat_audio, message.audio))
    if not isinstance(content, str):
        encoded["content"] = [*reversed(all_readable(chat_file, message.files)), *content]


def decode(reply: Mapping[str, Any]) -> ModelResponse:
    """A whole reply.

    Raises:
        LookupError, TypeError: The reply has no choice.
    """
    message: dict[str, Any] = reply["choices"][0]["message"]
    response = ModelResponse(role=message.get("role"), content=message.get("content"))
    text = response.content
    if isinstance(text, str) and "</think>" in text:
        thinking, answer = split_thinking(text)
        if thinking:
            response.reasoning_content, response.content = thinking, answer
    if calls := message.get("tool_calls"):
        response.tool_calls = [_call(call) for call in calls]
    if annotations := message.get("annotations"):
        response.citations = _citations(annotations)
    if audio := message.get("audio"):
        response.audio = Audio(
            id=audio.get("id"),
            content=audio.get("data") or b"",
            expires_at=audio.get("expires_at"),
            transcript=audio.get("transcript"),
        )
        response.content = response.content or audio.get("transcript")
    if "reasoning_content" in message or "reasoning" in message:
        _add_thought(response, message)
    if usage := reply.get("usage"):
        response.response_usage = decode_usage(usage)
    response.provider_data = provider_data(reply, _REPLY_KEYS)
    return response


def decode_chunk(chunk: Mapping[str, Any], *, usage_at_end: bool = False) -> ModelResponse:
    """One chunk of a stream; its tool calls are fragments for `join_calls`.

    Args:
        chunk: The chunk.
        usage_at_end: Count tokens only in the chunk that ends the reply, for services whose counts are running totals.
    """
    response = ModelResponse()
    choices = chunk.get("choices")
    delta: dict[str, Any] = (choices[0].get("delta") or {}) if choices else {}
    if delta:
        content = delta.get("content")
        if content is not None:
            response.content = content
            response.provider_data = provider_data(chunk, _CHUNK_KEYS)
        if not _BESIDE_TEXT.isdisjoint(delta):
            _add_beside_text(response, delta)
    usage = chunk.get("usage")
    if usage and (not usage_at_end or (choices and choices[0].get("finish_reason") is not None)):
        response.response_usage = decode_usage(usage)
    return response


_BESIDE_TEXT = frozenset({"tool_calls", "reasoning_content", "reasoning", "annotations", "audio"})


def _add_thought(response: ModelResponse, said: Mapping[str, Any]) -> None:
    thought = said.get("reasoning_content")
    if thought is None:
        thought = said.get("reasoning")
    if isinstance(thought, str):
        response.reasoning_content = thought


def _add_beside_text(response: ModelResponse, delta: Mapping[str, Any]) -> None:
    """What most chunks do not have."""
    if calls := delta.get("tool_calls"):
        response.tool_calls = calls
    _add_thought(response, delta)
    if annotations := delta.get("annotations"):
        response.citations = _citations(annotations)
    if audio := delta.get("audio"):
        response.audio = _audio_piece(audio)


def provider_data(reply: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """The reply's id, and what the service adds to the format."""
    data: dict[str, Any] = {}
    if reply.get("id"):
        data["id"] = reply["id"]
    if reply.get("system_fingerprint"):
        data["system_fingerprint"] = reply["system_fingerprint"]
    if not reply.keys() <= known:
        data["model_extra"] = {key: value for key, value in reply.items() if key not in known}
    return data


def split_thinking(text: str) -> tuple[str, str]:
    """Text between `<think>` tags (or before a lone closing one), and the text behind it."""
    before, _, behind = text.partition("</think>")
    return before.partition("<think>")[2].strip() if "<think>" in before else before.strip(), behind.strip()


def _call(call: dict[str, Any]) -> dict[str, Any]:
    function = call.get("function")
    if not isinstance(function, dict):
        return call
    whole: dict[str, Any] = {key: call.get(key) for key in _CALL_KEYS}
    whole["function"] = {"arguments": function.get("arguments"), "name": function.get("name"), **function}
    return {**whole, **{key: value for key, value in call.items() if key not in whole}}


def _fragment(part: Any) -> Mapping[str, Any]:
    """A fragment of a call that came as an object of a provider's SDK."""
    function = part.function
    named = {"name": function.name, "arguments": function.arguments} if function else None
    return {"index": part.index, "id": part.id, "type": part.type, "function": named}


def join_calls(fragments: list[Any]) -> list[dict[str, Any]]:
    """The tool calls of a stream from their fragments, which name their call by `index`."""
    calls: list[dict[str, Any]] = []
    for part in fragments:
        fragment = part if isinstance(part, dict) else _fragment(part)
        index = fragment.get("index") or 0
        while len(calls) <= index:
            calls.append({})
        call = calls[index]
        function = fragment.get("function") or {}
        if not call:
            call.update(id=fragment.get("id"), type=fragment.get("type"))
            call["function"] = {"name": function.get("name") or "", "arguments": function.get("arguments") or ""}
            continue
        call["id"] = fragment.get("id") or call["id"]
        call["type"] = fragment.get("type") or call["type"]
        call["function"]["name"] = function.get("name") or call["function"]["name"]
        call["function"]["arguments"] += function.get("arguments") or ""
    return calls


def _citations(annotations: list[dict[str, Any]]) -> Citations | None:
    urls = [
        UrlCitation(url=cited.get("url"), title=cited.get("title"))
        for annotation in annotations
        if annotation.get("type", "url_citation") == "url_citation" and (cited := annotation.get("url_citation"))
    ]
    return Citations(raw=list(annotations), urls=urls) if urls else None


def _audio_piece(audio: Mapping[str, Any]) -> Audio | None:
    data, transcript, name = audio.get("data"), audio.get("transcript"), audio.get("id")
    if data is None and transcript is None and name is None:
        return None
    return Audio(
        id=name,
        content=data if data is not None else b"",
        expires_at=audio.get("expires_at"),
        transcript=transcript,
        sample_rate=24000,
        mime_type="pcm16",
    )


def decode_usage(usage: Mapping[str, Any]) -> MessageMetrics:
    """Token counts."""
    sent: Mapping[str, Any] = usage.get("prompt_tokens_details") or {}
    made: Mapping[str, Any] = usage.get("completion_tokens_details") or {}
    audio_in, audio_out = sent.get("audio_tokens") or 0, made.get("audio_tokens") or 0
    return MessageMetrics(
        input_tokens=usage.get("prompt_tokens") or 0,
        output_tokens=usage.get("completion_tokens") or 0,
        total_tokens=usage.get("total_tokens") or 0,
        audio_input_tokens=audio_in,
        audio_output_tokens=audio_out,
        audio_total_tokens=audio_in + audio_out,
        cache_read_tokens=sent.get("cached_tokens") or 0,
        cache_write_tokens=sent.get("cache_write_tokens") or 0,
        reasoning_tokens=made.get("reasoning_tokens") or 0,
        cost=usage.get("cost"),
    )
