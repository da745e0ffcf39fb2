"""Gemini's generateContent format, incoming: replies and stream chunks have one shape.

Pure functions over plain dictionaries. Called by `models.google`; requests are in `wires.gemini_input`.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from wherry.core.citations import Citations, UrlCitation
from wherry.core.events.model_response import ModelResponse
from wherry.core.ids import new_id
from wherry.core.media import Audio, Image
from wherry.core.metrics import MessageMetrics

if TYPE_CHECKING:
    from collections.abc import Mapping

MALFORMED = "MALFORMED_FUNCTION_CALL"
GUIDANCE = (
    "That function call could not be read. Call the function again:\n"
    "- write the call itself as JSON, not as program code\n"
    "- use the function's name exactly as it was declared, without a prefix such as 'default_api.'\n"
    "- give every required parameter, each in its declared type\n"
)


def candidate_of(reply: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The first candidate; None when there is none."""
    candidates = reply.get("candidates")
    return candidates[0] if candidates else None


def decode(reply: Mapping[str, Any], *, part_of_stream: bool = False, usage_at_end: bool = True) -> ModelResponse:
    """A whole reply, or a chunk of one.

    Args:
        reply: The response object.
        part_of_stream: It is a chunk.
        usage_at_end: Count tokens only in the chunk that ends the reply: the service sends running totals.
    """
    candidate = candidate_of(reply)
    response = ModelResponse()
    content: Mapping[str, Any] = (candidate or {}).get("content") or {}
    if candidate is not None or not part_of_stream:
        response.role = "assistant" if content.get("role", "model") == "model" else content["role"]
    for part in content.get("parts") or ():
        _read_part(part, response)
    if candidate is not None:
        response.citations = citations(candidate)
    usage = reply.get("usageMetadata")
    ended = candidate is not None and candidate.get("finishReason") is not None
    if usage and (not part_of_stream or ended or not usage_at_end):
        response.response_usage = decode_usage(usage)
    if not part_of_stream and response.content is None and not response.tool_calls:
        response.content = ""
    return response


def _read_part(part: Mapping[str, Any], response: ModelResponse) -> None:
    signature = part.get("thoughtSignature")
    text = part.get("text")
    if text is not None:
        if part.get("thought"):
            response.reasoning_content = (response.reasoning_content or "") + text
        else:
            response.content = (response.content or "") + text
        if signature:
            response.provider_data = {**(response.provider_data or {}), "thought_signature": signature}
    if (inline := part.get("inlineData")) is not None:
        _read_media(inline, response)
    if (call := part.get("functionCall")) is not None:
        response.tool_calls.append(_call(call, signature))


def _read_media(inline: Mapping[str, Any], response: ModelResponse) -> None:
    mime_type, content = inline.get("mimeType"), b64decode(inline.get("data") or "")
    if mime_type and mime_type.startswith("audio/"):
        response.audio = Audio(id=new_id(), content=content, mime_type=mime_type)
    else:
        response.images = [*(response.images or ()), Image(id=new_id(), content=content, mime_type=mime_type)]


def _call(call: Mapping[str, Any], signature: str | None) -> dict[str, Any]:
    arguments = call.get("args")
    told: dict[str, Any] = {
        "id": call.get("id") or new_id(),
        "type": "function",
        "function": {"name": call.get("name"), "arguments": "" if arguments is None else json.dumps(arguments)},
    }
    if signature:
        told["thought_signature"] = signature
    return told


def citations(candidate: Mapping[str, Any]) -> Citations | None:
    """Pages that a search found or that the model read; None when there are none."""
    found = Citations(raw={}, urls=[])
    grounding, read = candidate.get("groundingMetadata"), candidate.get("urlContextMetadata")
    urls: list[UrlCitation] = []
    if grounding is not None:
        found.raw["grounding_metadata"] = snake(grounding)
        found.search_queries = grounding.get("webSearchQueries") or None
        for chunk in grounding.get("groundingChunks") or ():
            web = (chunk or {}).get("web") or {}
            if web.get("uri"):
                urls.append(UrlCitation(url=web["uri"], title=web.get("title")))
    if read is not None:
        found.raw["url_context_metadata"] = snake(read)
        for page in read.get("urlMetadata") or ():
            url = page.get("retrievedUrl")
            good = page.get("urlRetrievalStatus") == "URL_RETRIEVAL_STATUS_SUCCESS"
            if url and good and url not in [one.url for one in urls]:
                urls.append(UrlCitation(url=url, title=url))
    found.urls = urls or None
    return found if found.raw else None


def snake(value: Any) -> Any:
    """JSON with its keys in snake case, as Google's Python SDK names them."""
    if isinstance(value, dict):
        return {re.sub(r"(?<!^)([A-Z])", r"_\1", key).lower(): snake(item) for key, item in value.items()}
    if isinstance(value, list):
        return [snake(item) for item in value]
    return value


def decode_usage(usage: Mapping[str, Any]) -> MessageMetrics:
    """Token counts."""
    sent, made = usage.get("promptTokenCount") or 0, usage.get("candidatesTokenCount") or 0
    metrics = MessageMetrics(
        input_tokens=sent,
        output_tokens=made,
        total_tokens=sent + made,
        reasoning_tokens=usage.get("thoughtsTokenCount") or 0,
        cache_read_tokens=usage.get("cachedContentTokenCount") or 0,
    )
    if usage.get("trafficType") is not None:
        metrics.provider_metrics = {"traffic_type": usage["trafficType"]}
    return metrics
