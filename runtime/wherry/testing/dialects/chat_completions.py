"""OpenAI chat completions: `POST /v1/chat/completions`, plain and streamed."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wherry.testing.dialects.frames import CREATED, data_frame, halves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.testing.request import RecordedRequest
    from wherry.testing.script import Reply, Usage


def whole(reply: Reply, request: RecordedRequest, stamp: str) -> dict[str, Any]:
    """The `chat.completion` object."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.content, "refusal": None}
    if reply.reasoning is not None:
        message["reasoning_content"] = reply.reasoning
    if reply.tool_calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in reply.tool_calls
        ]
    message.update(reply.extra)
    body = _base(reply, request, stamp, "chat.completion")
    body["choices"] = [{"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(reply)}]
    if reply.usage is not None:
        body["usage"] = usage_of(reply.usage)
    return body


def stream(reply: Reply, request: RecordedRequest, stamp: str) -> Iterator[bytes]:
    """The `chat.completion.chunk` frames: role, reasoning, words, tool calls, finish, usage if asked for, `[DONE]`."""
    base = _base(reply, request, stamp, "chat.completion.chunk")

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        return data_frame(
            {**base, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]}
        )

    yield chunk({"role": "assistant", "content": "", **reply.extra})
    if reply.reasoning is not None:
        yield chunk({"reasoning_content": reply.reasoning})
    for word in reply.words:
        yield chunk({"content": word})
    for index, call in enumerate(reply.tool_calls):
        head = {"index": index, "id": call.id, "type": "function", "function": {"name": call.name, "arguments": ""}}
        yield chunk({"tool_calls": [head]})
        for part in halves(call.arguments):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": part}}]})
    yield chunk({}, _finish(reply))
    options = request.body.get("stream_options") if isinstance(request.body, dict) else None
    if reply.usage is not None and isinstance(options, dict) and options.get("include_usage"):
        yield data_frame({**base, "choices": [], "usage": usage_of(reply.usage)})
    yield b"data: [DONE]\n\n"


def failure(status: int, message: str) -> dict[str, Any]:
    """The error body of the OpenAI APIs."""
    kind = "invalid_request_error" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}


def usage_of(usage: Usage) -> dict[str, Any]:
    """Token counts in the words of chat completions."""
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens, "audio_tokens": usage.audio_input_tokens},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning_tokens,
            "audio_tokens": usage.audio_output_tokens,
        },
    }


def _base(reply: Reply, request: RecordedRequest, stamp: str, kind: str) -> dict[str, Any]:
    return {
        "id": reply.id or f"chatcmpl-{stamp}",
        "object": kind,
        "created": CREATED,
        "model": reply.model or request.model,
    }


def _finish(reply: Reply) -> str:
    return reply.finish or ("tool_calls" if reply.tool_calls else "stop")
