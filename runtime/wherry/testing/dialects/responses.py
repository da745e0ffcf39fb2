"""OpenAI responses: `POST /v1/responses`, plain and streamed."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from wherry.testing.dialects.frames import CREATED, halves, named_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.testing.request import RecordedRequest
    from wherry.testing.script import Reply, Usage


def whole(reply: Reply, request: RecordedRequest, stamp: str) -> dict[str, Any]:
    """The `response` object with its output items: reasoning, message, function calls."""
    asked = request.body if isinstance(request.body, dict) else {}
    body = {
        "id": reply.id or f"resp_{stamp}",
        "object": "response",
        "created_at": CREATED,
        "status": reply.finish or "completed",
        "model": reply.model or request.model,
        "output": _items(reply, stamp),
        "error": None,
        "incomplete_details": None,
        "instructions": asked.get("instructions"),
        "metadata": {},
        "parallel_tool_calls": True,
        "previous_response_id": asked.get("previous_response_id"),
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": usage_of(reply.usage) if reply.usage is not None else None,
    }
    body.update(reply.extra)
    return body


def stream(reply: Reply, request: RecordedRequest, stamp: str) -> Iterator[bytes]:
    """The typed events from `response.created` to `response.completed`, numbered in sequence."""
    numbers = count()

    def event(kind: str, **payload: Any) -> bytes:
        return named_frame(kind, {"type": kind, "sequence_number": next(numbers), **payload})

    body = whole(reply, request, stamp)
    begun = {**body, "status": "in_progress", "output": [], "usage": None}
    yield event("response.created", response=begun)
    yield event("response.in_progress", response=begun)
    for index, item in enumerate(body["output"]):
        place = {"output_index": index, "item_id": item["id"]}
        if item["type"] == "message":
            yield from _message_events(event, reply, item, place)
        elif item["type"] == "function_call":
            yield event(
                "response.output_item.added",
                output_index=index,
                item={**item, "arguments": "", "status": "in_progress"},
            )
            for part in halves(item["arguments"]):
                yield event("response.function_call_arguments.delta", **place, delta=part)
            yield event(
                "response.function_call_arguments.done", **place, arguments=item["arguments"], name=item["name"]
            )
        else:
            text = item["summary"][0]["text"]
            yield event("response.output_item.added", output_index=index, item={**item, "summary": []})
            yield event(
                "response.reasoning_summary_part.added",
                **place,
                summary_index=0,
                part={"type": "summary_text", "text": ""},
            )
            yield event("response.reasoning_summary_text.delta", **place, summary_index=0, delta=text)
            yield event("response.reasoning_summary_text.done", **place, summary_index=0, text=text)
            yield event("response.reasoning_summary_part.done", **place, summary_index=0, part=item["summary"][0])
        yield event("response.output_item.done", output_index=index, item=item)
    yield event("response.completed", response=body)


def usage_of(usage: Usage) -> dict[str, Any]:
    """Token counts in the words of the responses API."""
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        },
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.total_tokens,
    }


def _items(reply: Reply, stamp: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    if reply.reasoning is not None:
        items.append(
            {"type": "reasoning", "id": f"rs_{stamp}", "summary": [{"type": "summary_text", "text": reply.reasoning}]}
        )
    if reply.content is not None:
        part = {"type": "output_text", "text": reply.content, "annotations": [], "logprobs": []}
        items.append(
            {"type": "message", "id": f"msg_{stamp}", "role": "assistant", "status": "completed", "content": [part]}
        )
    items.extend(
        {
            "type": "function_call",
            "id": f"fc_{call.id}",
            "call_id": call.id,
            "name": call.name,
            "arguments": call.arguments,
            "status": "completed",
        }
        for call in reply.tool_calls
    )
    return items


def _message_events(event: Any, reply: Reply, item: dict[str, Any], place: dict[str, Any]) -> Iterator[bytes]:
    part = item["content"][0]
    yield event(
        "response.output_item.added",
        output_index=place["output_index"],
        item={**item, "content": [], "status": "in_progress"},
    )
    yield event("response.content_part.added", **place, content_index=0, part={**part, "text": ""})
    for word in reply.words:
        yield event("response.output_text.delta", **place, content_index=0, delta=word, logprobs=[])
    yield event("response.output_text.done", **place, content_index=0, text=part["text"], logprobs=[])
    yield event("response.content_part.done", **place, content_index=0, part=part)
