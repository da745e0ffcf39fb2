"""Anthropic messages: `POST /v1/messages`, plain and streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from wherry.core.exact_json import loads_exact
from wherry.testing.dialects.frames import halves, named_frame
from wherry.testing.script import Call, Reply, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.testing.request import RecordedRequest


def whole(reply: Reply, request: RecordedRequest, stamp: str) -> dict[str, Any]:
    """The `message` object with its content blocks: thinking, text, tool use."""
    body: dict[str, Any] = {
        "id": reply.id or f"msg_{stamp}",
        "type": "message",
        "role": "assistant",
        "model": reply.model or request.model,
        "content": _blocks(reply),
        "stop_reason": reply.finish or ("tool_use" if reply.tool_calls else "end_turn"),
        "stop_sequence": None,
        "usage": usage_of(reply.usage or Usage(0, 0, 0, 0, 0)),
    }
    body.update(reply.extra)
    return body


def stream(reply: Reply, request: RecordedRequest, stamp: str) -> Iterator[bytes]:
    """The named events from `message_start` to `message_stop`, one block after the other."""

    def event(kind: str, **payload: Any) -> bytes:
        return named_frame(kind, {"type": kind, **payload})

    body = whole(reply, request, stamp)
    usage = body["usage"]
    start = {**body, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 0}}
    yield event("message_start", message=start)
    calls = iter(reply.tool_calls)
    for index, block in enumerate(body["content"]):
        yield from _block_events(event, reply, index, block, calls)
    delta = {"stop_reason": body["stop_reason"], "stop_sequence": None}
    yield event("message_delta", delta=delta, usage={"output_tokens": usage["output_tokens"]})
    yield event("message_stop")


def failure(status: int, message: str) -> dict[str, Any]:
    """The error body of the messages API."""
    kinds = {
        400: "invalid_request_error",
        401: "authentication_error",
        404: "not_found_error",
        429: "rate_limit_error",
        529: "overloaded_error",
    }
    return {"type": "error", "error": {"type": kinds.get(status, "api_error"), "message": message}}


def usage_of(usage: Usage) -> dict[str, Any]:
    """Token counts in the words of the messages API (whose input count leaves out what the cache gave)."""
    return {
        "input_tokens": usage.input_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "output_tokens": usage.output_tokens,
    }


def _blocks(reply: Reply) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if reply.reasoning is not None:
        blocks.append({"type": "thinking", "thinking": reply.reasoning, "signature": "c2lnbmF0dXJl"})
    if reply.content is not None:
        blocks.append({"type": "text", "text": reply.content})
    blocks.extend(
        {"type": "tool_use", "id": call.id, "name": call.name, "input": _input(call)} for call in reply.tool_calls
    )
    return blocks


def _input(call: Call) -> Any:
    try:
        return loads_exact(call.arguments)
    except orjson.JSONDecodeError:
        return {}


def _block_events(
    event: Any, reply: Reply, index: int, block: dict[str, Any], calls: Iterator[Call]
) -> Iterator[bytes]:
    if block["type"] == "thinking":
        yield event(
            "content_block_start", index=index, content_block={"type": "thinking", "thinking": "", "signature": ""}
        )
        yield event("content_block_delta", index=index, delta={"type": "thinking_delta", "thinking": block["thinking"]})
        yield event(
            "content_block_delta", index=index, delta={"type": "signature_delta", "signature": block["signature"]}
        )
    elif block["type"] == "text":
        yield event("content_block_start", index=index, content_block={"type": "text", "text": ""})
        for word in reply.words:
            yield event("content_block_delta", index=index, delta={"type": "text_delta", "text": word})
    else:
        yield event("content_block_start", index=index, content_block={**block, "input": {}})
        for part in halves(next(calls).arguments):
            yield event("content_block_delta", index=index, delta={"type": "input_json_delta", "partial_json": part})
    yield event("content_block_stop", index=index)
