"""One round with a model outside an agent: retries, the assistant message, no tools. Called by `Model.response`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.messages import Message
from wherry.models.fold import StreamFold, fill_assistant, start_metrics
from wherry.models.retrying import call_with_retries, stream_with_retries

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from wherry.core.events.model_response import ModelResponse
    from wherry.core.waits import Waits
    from wherry.models.base import Model

_REQUEST = ("response_format", "tool_choice", "run_response", "compress_tool_results")


def request_of(model: Model, options: dict[str, Any]) -> dict[str, Any]:
    """The keywords of `Model.invoke` among the options of `Model.response`; tools in wire form, sorted by name."""
    request = {name: options[name] for name in _REQUEST if name in options}
    if request.get("tool_choice") is None:
        request["tool_choice"] = model._tool_choice  # noqa: SLF001 - Agno's name of the field
    request["tools"] = wire_tools(options.get("tools"))
    return request


def wire_tools(tools: list[Any] | None) -> list[dict[str, Any]]:
    """Tools in wire form, in the order of their names: providers cache the beginning of equal requests."""
    formed = [
        tool if isinstance(tool, dict) else {"type": "function", "function": tool.to_dict()} for tool in tools or ()
    ]
    return sorted(formed, key=_name)


def _name(tool: dict[str, Any]) -> str:
    function = tool.get("function")
    return str((function if isinstance(function, dict) else tool).get("name", ""))


async def one_round(model: Model, waits: Waits, messages: list[Message], options: dict[str, Any]) -> ModelResponse:
    """Ask once; the assistant message is appended to `messages`."""
    assistant = Message(role=model.assistant_message_role)
    start_metrics(assistant)
    request = {"messages": messages, "assistant_message": assistant, **request_of(model, options)}
    if model.cache_response:
        from wherry.models.cache import cached_call

        reply = await cached_call(model, waits, request)
    else:
        reply = await call_with_retries(model, waits, **request)
    messages.append(fill_assistant(assistant, reply))
    return reply


async def one_streamed_round(
    model: Model, waits: Waits, messages: list[Message], options: dict[str, Any]
) -> AsyncGenerator[ModelResponse, None]:
    """Ask once, in parts; the assistant message is appended to `messages` after the last one."""
    assistant, fold = Message(role=model.assistant_message_role), StreamFold(model)
    start_metrics(assistant)
    request = {"messages": messages, "assistant_message": assistant, **request_of(model, options)}
    if model.cache_response:
        from wherry.models.cache import cached_stream

        parts = cached_stream(model, waits, request)
    else:
        parts = stream_with_retries(model, waits, **request)
    try:
        async for part in parts:
            fold.add(part)
            yield part
    finally:
        await parts.aclose()
    messages.append(fold.fill(assistant))
