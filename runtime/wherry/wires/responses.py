"""The responses format: messages to input items, replies and stream events to ModelResponses.

Pure functions over plain dictionaries. Called by `models.openai.responses` and what inherits from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.citations import Citations, UrlCitation
from wherry.core.events.model_response import ModelResponse
from wherry.core.log import log_warning
from wherry.core.metrics import MessageMetrics
from wherry.wires.parts import all_readable, responses_file, responses_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from wherry.core.errors_services import ModelProviderError
    from wherry.core.media import File
    from wherry.core.messages import Message

Item = dict[str, Any]


def last_response(messages: Sequence[Message]) -> tuple[str, int] | None:
    """Id of the last response that the service keeps, and the place of the message behind it."""
    for place in range(len(messages) - 1, -1, -1):
        message = messages[place]
        data = message.provider_data
        if message.role == "assistant" and data and data.get("response_id") is not None:
            return data["response_id"], place + 1
    return None


class Encoder:
    """Turns messages into input items.

    Args:
        roles: Name of each role on the wire; others go out unchanged.
        call_ids: Second id of each tool call by its first.
        compressed: Send compressed tool results where there are some.
        with_item_ids: Send the items' own ids with tool calls even when no reasoning goes along.
        embed_file: Makes a document a part of the input; None: they are left out, as a file search reads them.
        replay_reasoning: Send kept reasoning items; False when the service still holds them.
    """

    def __init__(
        self,
        roles: Mapping[str, str],
        call_ids: Mapping[str, str],
        *,
        compressed: bool = False,
        with_item_ids: bool = True,
        embed_file: Callable[[File], Item | None] | None = responses_file,
        replay_reasoning: bool = True,
    ) -> None:
        self.roles = roles
        self.call_ids = call_ids
        self.compressed = compressed
        self.with_item_ids = with_item_ids
        self.embed_file = embed_file
        self.replay_reasoning = replay_reasoning

    def items(self, messages: Iterable[Message]) -> list[Item]:
        """All items of these messages."""
        return [item for message in messages for item in self._of(message)]

    def _of(self, message: Message) -> list[Item]:
        if message.role == "tool":
            return self._result(message)
        if message.role == "assistant":
            return self._turn(message)
        return [self._input(message)]

    def _result(self, message: Message) -> list[Item]:
        output = message.get_content(use_compressed_content=self.compressed)
        if not message.tool_call_id or output is None:
            return []
        call_id = self.call_ids.get(message.tool_call_id, message.tool_call_id)
        return [{"type": "function_call_output", "call_id": call_id, "output": output}]

    def _turn(self, message: Message) -> list[Item]:
        items: list[Item] = []
        reasoning = (message.provider_data or {}).get("reasoning_output") if self.replay_reasoning else None
        if reasoning is not None:
            items.append(reasoning)
        if not message.tool_calls:
            content = "" if message.content is None else message.content
            return [*items, {"role": self.roles.get("assistant", "assistant"), "content": content}]
        for call in message.tool_calls:
            item: Item = {
                "type": "function_call",
                "call_id": call.get("call_id", call.get("id")),
                "name": call["function"]["name"],
                "arguments": call["function"]["arguments"],
                "status": "completed",
            }
            if self.with_item_ids or reasoning is not None:
                item["id"] = call.get("id")
            items.append(item)
        return items

    def _input(self, message: Message) -> Item:
        content: Any = message.get_content(use_compressed_content=self.compressed)
        item: Item = {"role": self.roles.get(message.role, message.role)}
        if message.audio or message.videos:
            log_warning("Sounds and videos are not sent: responses takes none.")
        if message.images and isinstance(message.content, str):
            content = [
                {"type": "input_text", "text": message.content},
                *all_readable(responses_image, message.images),
            ]
        if message.files and self.embed_file is not None:
            if not isinstance(content, list):
                content = [{"type": "input_text", "text": content or ""}]
            content = [*content, *all_readable(self.embed_file, message.files)]
        if content is not None:
            item["content"] = content
        return item


def call_ids(messages: Iterable[Message]) -> dict[str, str]:
    """The second id (`call_…`) of each tool call by its first (`fc_…`)."""
    found: dict[str, str] = {}
    for message in messages:
        for call in message.tool_calls or ():
            first = call.get("id")
            second = call.get("call_id") or first
            if isinstance(first, str) and isinstance(second, str):
                found[first] = second
    return found


def encode_tool(tool: Mapping[str, Any]) -> Item:
    """A tool in the flat form; tools built into the service stay as they are."""
    if tool.get("type") != "function":
        return dict(tool)
    flat: Item = {**tool.get("function", {}), "type": "function"}
    properties = (flat.get("parameters") or {}).get("properties") or {}
    if any(isinstance(schema.get("type"), list) for schema in properties.values()):
        single = {
            name: {**schema, "type": schema["type"][0]} if isinstance(schema.get("type"), list) else schema
            for name, schema in properties.items()
        }
        flat["parameters"] = {**flat["parameters"], "properties": single}
    return flat


def decode(reply: Mapping[str, Any], *, keep_reasoning: bool, text_is_reasoning: bool) -> ModelResponse:
    """A whole reply.

    Args:
        reply: The response object.
        keep_reasoning: Keep reasoning items for the next request, because the service does not.
        text_is_reasoning: Report the text as reasoning too when there is no summary of the reasoning.
    """
    response = ModelResponse(role="assistant")
    if reply.get("id"):
        response.provider_data = {"response_id": reply["id"]}
    texts: list[str] = []
    items = reply.get("output") or ()
    for item in items:
        if item.get("type") == "message":
            _read_message(item, response, texts)
        elif item.get("type") == "function_call":
            _add_call(response, tool_call(item, item.get("arguments")))
    thoughts = [item for item in items if item.get("type") == "reasoning"]
    if thoughts and keep_reasoning:
        response.provider_data = {**(response.provider_data or {}), "reasoning_output": reasoning_item(thoughts[-1])}
    summaries = [part["text"] for item in thoughts for part in item.get("summary") or () if part.get("text")]
    if response.content is not None:
        response.content = "".join(texts)
    if summaries:
        response.reasoning_content = "".join(summaries)
    elif text_is_reasoning:
        response.reasoning_content = "".join(texts)
    if usage := reply.get("usage"):
        response.response_usage = decode_usage(usage)
    return response


def _read_message(item: Mapping[str, Any], response: ModelResponse, texts: list[str]) -> None:
    response.content = ""
    for part in item.get("content") or ():
        if part.get("type") != "output_text":
            continue
        texts.append(part.get("text") or "")
        if annotations := part.get("annotations"):
            response.citations = citations(annotations) or response.citations


def _add_call(response: ModelResponse, call: dict[str, Any]) -> None:
    response.tool_calls.append(call)
    if response.extra is None:
        response.extra = {"tool_call_ids": []}
    response.extra["tool_call_ids"].append(call["call_id"])


def tool_call(item: Mapping[str, Any], arguments: Any) -> dict[str, Any]:
    """A function call of a reply in the shape that messages keep."""
    return {
        "id": item.get("id"),
        "call_id": item.get("call_id") or item.get("id"),
        "type": "function",
        "function": {"name": item.get("name"), "arguments": arguments or ""},
    }


def reasoning_item(item: Mapping[str, Any]) -> Item:
    """A reasoning item without its empty fields."""
    return {key: value for key, value in item.items() if value is not None}


def citations(annotations: Sequence[Mapping[str, Any]]) -> Citations | None:
    """Cited pages; None when there are none."""
    urls = [UrlCitation(url=a.get("url"), title=a.get("title")) for a in annotations if a.get("type") == "url_citation"]
    return Citations(raw=list(annotations), urls=urls) if urls else None


def decode_usage(usage: Mapping[str, Any]) -> MessageMetrics:
    """Token counts."""
    sent: Mapping[str, Any] = usage.get("input_tokens_details") or {}
    made: Mapping[str, Any] = usage.get("output_tokens_details") or {}
    return MessageMetrics(
        input_tokens=usage.get("input_tokens") or 0,
        output_tokens=usage.get("output_tokens") or 0,
        total_tokens=usage.get("total_tokens") or 0,
        cache_read_tokens=sent.get("cached_tokens") or 0,
        cache_write_tokens=sent.get("cache_write_tokens") or 0,
        reasoning_tokens=made.get("reasoning_tokens") or 0,
    )


class StreamDecoder:
    """Turns the events of one stream into parts.

    Args:
        fail: Makes the exception for an error the service reports inside the stream.
        keep_reasoning: As for `decode`.
        text_is_reasoning: As for `decode`.
    """

    def __init__(self, fail: Any, *, keep_reasoning: bool, text_is_reasoning: bool) -> None:
        self.fail = fail
        self.keep_reasoning = keep_reasoning
        self.text_is_reasoning = text_is_reasoning
        self._arguments: dict[Any, str] = {}

    def __call__(self, event: Mapping[str, Any]) -> ModelResponse | None:
        """One event; None when it says nothing new."""
        kind = event.get("type")
        if kind == "response.output_text.delta":
            text = event.get("delta")
            return ModelResponse(content=text, reasoning_content=text if self.text_is_reasoning else None)
        if kind == "response.reasoning_summary_text.delta":
            return ModelResponse(reasoning_content=event.get("delta"))
        if kind == "response.function_call_arguments.delta":
            item = event.get("item_id")
            self._arguments[item] = self._arguments.get(item, "") + (event.get("delta") or "")
            return None
        if kind == "response.output_item.done":
            return self._finished(event.get("item") or {})
        if kind == "response.output_text.annotation.added":
            return self._cited(event.get("annotation") or {})
        return self._lifecycle(kind, event)

    def _finished(self, item: Mapping[str, Any]) -> ModelResponse | None:
        if item.get("type") != "function_call":
            return None
        part = ModelResponse()
        _add_call(part, tool_call(item, item.get("arguments") or self._arguments.pop(item.get("id"), "")))
        return part

    @staticmethod
    def _cited(annotation: Mapping[str, Any]) -> ModelResponse:
        return ModelResponse(citations=citations([annotation]) or Citations(raw=[annotation]))

    def _lifecycle(self, kind: str | None, event: Mapping[str, Any]) -> ModelResponse | None:
        whole: Mapping[str, Any] = event.get("response") or {}
        if kind == "response.created" and whole.get("id"):
            return ModelResponse(provider_data={"response_id": whole["id"]})
        if kind in {"response.completed", "response.incomplete"}:
            return self._ended(whole)
        if kind in {"error", "response.failed"}:
            raise self._failure(event, whole)
        return None

    def _failure(self, event: Mapping[str, Any], whole: Mapping[str, Any]) -> ModelProviderError:
        told = (whole.get("error") or {}).get("message") or event.get("message")
        failure: ModelProviderError = self.fail(told or "The service reported an error inside the stream.")
        return failure

    def _ended(self, whole: Mapping[str, Any]) -> ModelResponse:
        part = ModelResponse()
        for item in whole.get("output") or () if self.keep_reasoning else ():
            if item.get("type") == "reasoning":
                part.provider_data = {"reasoning_output": reasoning_item(item)}
        if usage := whole.get("usage"):
            part.response_usage = decode_usage(usage)
        return part
