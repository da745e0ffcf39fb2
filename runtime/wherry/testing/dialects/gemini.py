"""Gemini: `POST /v1beta/models/<model>:generateContent` and `:streamGenerateContent`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.exact_json import loads_exact
from wherry.testing.dialects.frames import data_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.testing.request import RecordedRequest
    from wherry.testing.script import Reply, Usage


def whole(reply: Reply, request: RecordedRequest, stamp: str) -> dict[str, Any]:
    """The `GenerateContentResponse` object."""
    return _response(
        reply,
        request,
        stamp,
        [*_thoughts(reply), *([{"text": reply.content}] if reply.content is not None else []), *_calls(reply)],
        True,
    )


def stream(reply: Reply, request: RecordedRequest, stamp: str) -> Iterator[bytes]:
    """One frame for the thoughts, one a word, one for the calls; the last carries the finish reason and the usage."""
    pieces: list[list[dict[str, Any]]] = [[part] for part in _thoughts(reply)]
    pieces += [[{"text": word}] for word in reply.words]
    if reply.tool_calls:
        pieces.append(_calls(reply))
    pieces = pieces or [[{"text": ""}]]
    for k, parts in enumerate(pieces):
        yield data_frame(_response(reply, request, stamp, parts, k == len(pieces) - 1))


def failure(status: int, message: str) -> dict[str, Any]:
    """The error body of the Gemini API."""
    names = {
        400: "INVALID_ARGUMENT",
        401: "UNAUTHENTICATED",
        403: "PERMISSION_DENIED",
        404: "NOT_FOUND",
        429: "RESOURCE_EXHAUSTED",
        503: "UNAVAILABLE",
    }
    return {"error": {"code": status, "message": message, "status": names.get(status, "INTERNAL")}}


def usage_of(usage: Usage) -> dict[str, Any]:
    """Token counts in the words of the Gemini API."""
    return {
        "promptTokenCount": usage.input_tokens,
        "candidatesTokenCount": usage.output_tokens,
        "totalTokenCount": usage.total_tokens,
        "cachedContentTokenCount": usage.cache_read_tokens,
        "thoughtsTokenCount": usage.reasoning_tokens,
    }


def _response(
    reply: Reply, request: RecordedRequest, stamp: str, parts: list[dict[str, Any]], last: bool
) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if last:
        candidate["finishReason"] = reply.finish or "STOP"
    candidate.update(reply.extra)
    body: dict[str, Any] = {
        "candidates": [candidate],
        "modelVersion": reply.model or request.model,
        "responseId": reply.id or f"gemini-{stamp}",
    }
    if last and reply.usage is not None:
        body["usageMetadata"] = usage_of(reply.usage)
    return body


def _thoughts(reply: Reply) -> list[dict[str, Any]]:
    return [] if reply.reasoning is None else [{"text": reply.reasoning, "thought": True}]


def _calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {"functionCall": {"id": call.id, "name": call.name, "args": loads_exact(call.arguments)}}
        for call in reply.tool_calls
    ]
