"""Anthropic's messages format, incoming: replies and stream events.

Pure functions over plain dictionaries. Called by `models.anthropic` and its relatives; requests are in
`wires.anthropic_input`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.citations import Citations, DocumentCitation, UrlCitation
from wherry.core.events.model_response import ModelResponse
from wherry.core.exact_json import loads_exact
from wherry.core.log import log_warning
from wherry.core.metrics import MessageMetrics
from wherry.wires.schemas import is_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Block = dict[str, Any]

_REDACTED = frozenset({"redacted_thinking", "redacted_reasoning_content"})
_OWN_FIELDS = frozenset({"text", "thinking", "tool_use"}) | _REDACTED


def decode(reply: Mapping[str, Any], *, context_management: bool = False, schema: Any = None) -> ModelResponse:
    """A whole reply.

    Args:
        reply: The message object.
        context_management: Keep what the service says about it.
        schema: A pydantic model that the text is to be parsed into.
    """
    blocks: list[Block] = reply.get("content") or []
    response = ModelResponse(role=reply.get("role") or "assistant")
    texts = [block.get("text") or "" for block in blocks if block.get("type") == "text"]
    if texts:
        response.content = "".join(texts)
        response.parsed = parsed(response.content, schema)
    if any(block.get("type") == "text" and block.get("citations") is not None for block in blocks):
        response.citations = citations(blocks)
    for block in blocks:
        if block.get("type") == "thinking":
            response.reasoning_content = block.get("thinking")
        elif block.get("type") in _REDACTED:
            response.redacted_reasoning_content = block.get("data")
    if reply.get("stop_reason") == "tool_use":
        response.tool_calls = [tool_call(block) for block in blocks if block.get("type") == "tool_use"]
        if response.tool_calls:
            response.extra = {}
    response.provider_data = provider_data(reply, blocks, context_management=context_management) or None
    if usage := reply.get("usage"):
        response.response_usage = decode_usage(usage)
    return response


def tool_call(block: Mapping[str, Any], arguments: str | None = None) -> dict[str, Any]:
    """A tool call in the shape that messages keep; the arguments are JSON text."""
    text = arguments if arguments is not None else _python_json(block.get("input") or {})
    return {"id": block.get("id"), "type": "function", "function": {"name": block.get("name"), "arguments": text}}


def arguments(text: str) -> Any:
    """The arguments of a streamed call; of some that were cut off, what there is of them, as Anthropic's library does.

    Raises:
        ValueError: They are no beginning of JSON.
    """
    try:
        return loads_exact(text)
    except ValueError:
        from pydantic_core import from_json

        return from_json(text, allow_partial=True)


def _python_json(value: Any) -> str:
    """JSON with the blanks of Python's json module, which is how Agno stores arguments."""
    import json

    return json.dumps(value)


def parsed(text: str, schema: Any) -> Any:
    """The text as the schema's object; None when there is no schema or the text does not fit."""
    if not is_model(schema) or not text:
        return None
    try:
        return schema.model_validate_json(text)
    except ValueError as error:
        log_warning(f"The reply does not fit {schema.__name__}: {error}")
        return None


def citations(blocks: Sequence[Block]) -> Citations:
    """Everything the text blocks cite."""
    found = Citations(raw=[], urls=[], documents=[])
    for block in blocks:
        for cited in block.get("citations") or ():
            found.raw.append(cited)
            if cited.get("type") == "web_search_result_location" and found.urls is not None:
                found.urls.append(UrlCitation(url=cited.get("url"), title=cited.get("cited_text")))
            elif cited.get("type") == "page_location" and found.documents is not None:
                title, text = cited.get("document_title"), cited.get("cited_text")
                found.documents.append(DocumentCitation(document_title=title, cited_text=text))
    return found


def provider_data(reply: Mapping[str, Any], blocks: Sequence[Block], *, context_management: bool) -> dict[str, Any]:
    """What must go back with the next request, and what the service says beside the reply."""
    data: dict[str, Any] = {}
    for block in blocks:
        if block.get("type") == "thinking" and block.get("signature"):
            data["signature"] = block["signature"]
    if server_blocks := [block for block in blocks if block.get("type") not in _OWN_FIELDS]:
        data["server_tool_blocks"] = list(server_blocks)
    if blocks:
        data["content_blocks"] = [_sendable(block) for block in blocks]
    if context_management and reply.get("context_management") is not None:
        data["context_management"] = reply["context_management"]
    if container := reply.get("container"):
        data["container"] = {"id": container.get("id"), "expires_at": str(container.get("expires_at"))}
    if file_ids := made_files(blocks):
        data["file_ids"] = file_ids
    return data


def _sendable(block: Block) -> Block:
    """A block without empty fields; the titles of cited documents may be empty but must be there."""
    kept: Block = _without_none(block)
    if kept.get("type") in _REDACTED:
        kept["type"] = "redacted_thinking"
    for cited in kept.get("citations") or ():
        if cited.get("type") in {"page_location", "char_location", "content_block_location"}:
            cited.setdefault("document_title", None)
    return kept


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_none(item) for item in value]
    return value


def made_files(blocks: Sequence[Block]) -> list[str]:
    """Ids of files that code execution made."""
    found: list[str] = []
    for block in blocks:
        if block.get("type") != "bash_code_execution_tool_result":
            continue
        inner = (block.get("content") or {}).get("content")
        found.extend(item["file_id"] for item in inner or () if isinstance(item, dict) and item.get("file_id"))
    return found


def decode_usage(usage: Mapping[str, Any]) -> MessageMetrics:
    """Token counts."""
    sent, made = usage.get("input_tokens") or 0, usage.get("output_tokens") or 0
    metrics = MessageMetrics(
        input_tokens=sent,
        output_tokens=made,
        total_tokens=sent + made,
        cache_read_tokens=usage.get("cache_read_input_tokens") or 0,
        cache_write_tokens=usage.get("cache_creation_input_tokens") or 0,
    )
    told = {key: usage[key] for key in ("server_tool_use", "service_tier") if usage.get(key)}
    if told:
        metrics.provider_metrics = told
    return metrics


class StreamDecoder:
    """Turns the events of one stream into parts, and adds the message up that they describe.

    Args:
        fail: Makes the exception for an error the service reports inside the stream, from its event.
        context_management: As for `decode`.
    """

    def __init__(self, fail: Any, *, context_management: bool = False) -> None:
        self.fail = fail
        self.context_management = context_management
        self._message: dict[str, Any] = {}
        self._blocks: list[Block] = []
        self._input: dict[int, str] = {}

    def __call__(self, event: Mapping[str, Any]) -> ModelResponse | None:
        """One event; None when it says nothing to show."""
        kind = event.get("type")
        if kind == "content_block_delta":
            return self._delta(event)
        if kind == "content_block_start":
            return self._start(event)
        if kind == "content_block_stop":
            return self._stop(event["index"])
        if kind == "message_stop":
            return self._end()
        if kind == "message_start":
            self._message = dict(event.get("message") or {})
            self._message["usage"] = dict(self._message.get("usage") or {})
        elif kind == "message_delta":
            self._change(event)
        elif kind == "error":
            raise self.fail(event)
        return None

    def _start(self, event: Mapping[str, Any]) -> ModelResponse | None:
        block = dict(event.get("content_block") or {})
        self._blocks.append(block)
        if block.get("type") in _REDACTED:
            return ModelResponse(redacted_reasoning_content=block.get("data"))
        return None

    def _delta(self, event: Mapping[str, Any]) -> ModelResponse | None:
        delta, index = event.get("delta") or {}, event["index"]
        block = self._blocks[index]
        kind = delta.get("type")
        if kind == "text_delta":
            block["text"] = (block.get("text") or "") + delta["text"]
            return ModelResponse(content=delta["text"])
        if kind == "thinking_delta":
            block["thinking"] = (block.get("thinking") or "") + delta["thinking"]
            return ModelResponse(reasoning_content=delta["thinking"])
        if kind == "signature_delta":
            block["signature"] = delta["signature"]
            return ModelResponse(provider_data={"signature": delta["signature"]})
        if kind == "input_json_delta":
            self._input[index] = self._input.get(index, "") + delta["partial_json"]
        elif kind == "citations_delta":
            block["citations"] = [*(block.get("citations") or ()), delta["citation"]]
        return None

    def _stop(self, index: int) -> ModelResponse | None:
        block = self._blocks[index]
        if text := self._input.pop(index, ""):
            block["input"] = arguments(text)
        if block.get("type") != "tool_use":
            return None
        return ModelResponse(tool_calls=[tool_call(block)], extra={})

    def _change(self, event: Mapping[str, Any]) -> None:
        delta = event.get("delta") or {}
        for key in ("container", "context_management"):
            found = delta.get(key) or event.get(key)
            if found is not None:
                self._message[key] = found
        counted = {key: value for key, value in (event.get("usage") or {}).items() if value is not None}
        self._message.setdefault("usage", {}).update(counted)

    def _end(self) -> ModelResponse:
        data = provider_data(self._message, self._blocks, context_management=self.context_management)
        data.pop("signature", None)
        return ModelResponse(
            content="",
            citations=citations(self._blocks),
            provider_data=data or None,
            response_usage=decode_usage(self._message.get("usage") or {}),
        )
