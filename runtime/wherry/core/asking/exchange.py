"""Asking a model: the main request of a run, and side requests to other models.

Joins the run with `wherry.models` (retries, folding of streams). Called by the loop and by `afterwards`, memory
and summaries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.asking.own_response import has_own_response, own_response
from wherry.core.messages import Message
from wherry.core.metrics import RunMetrics, accumulate_model_metrics
from wherry.models.fold import StreamFold, fill_assistant, start_metrics
from wherry.models.retrying import call_with_retries, stream_with_retries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wherry.core.run import Run


def request_of(run: Run, assistant: Message) -> dict[str, Any]:
    """The keywords of `Model.invoke` for this run."""
    owner, model = run.owner, run.model
    return {
        "messages": run.messages,
        "assistant_message": assistant,
        "response_format": run.response_format,
        "tools": run.tools.wire() if run.tools is not None else [],
        "tool_choice": owner.tool_choice or model._tool_choice,  # noqa: SLF001 - a part of the same object
        "run_response": run.output,
        "compress_tool_results": owner.compress_tool_results,
    }


async def ask(run: Run, assistant: Message) -> Any:
    """One request whose reply comes whole; fills the assistant message and returns the ModelResponse."""
    metrics = start_metrics(assistant)
    model = run.model
    if model.cache_response:
        from wherry.models.cache import cached_call

        response = await cached_call(model, run.waits, request_of(run, assistant))
    elif has_own_response(model, run.waits):
        response = await own_response(model, run.waits, **request_of(run, assistant))
    else:
        response = await call_with_retries(model, run.waits, **request_of(run, assistant))
    metrics.stop_timer()
    fill_assistant(assistant, response)
    forget_hints(run)
    return response


async def ask_stream(run: Run, assistant: Message) -> AsyncIterator[Any]:
    """One request whose reply comes in pieces; the assistant message is filled when the last one has come."""
    model = run.model
    fold = StreamFold(model)
    source: AsyncIterator[Any]
    if model.cache_response:
        from wherry.models.cache import cached_stream

        source = cached_stream(model, run.waits, request_of(run, assistant))
    else:
        source = stream_with_retries(model, run.waits, **request_of(run, assistant))
    async for delta in source:
        fold.add(delta)
        yield delta
    fold.response_usage.stop_timer(set_duration=False)  # as in Agno: only whole replies are timed
    fold.fill(assistant)
    forget_hints(run)


def forget_hints(run: Run) -> None:
    """Take hints that retries added out of the conversation again."""
    for message in run.messages:  # no generator: asked after each reply
        if message.temporary:
            run.messages[:] = [message for message in run.messages if not message.temporary]
            return


async def side_request(run: Run, model: Any, messages: list[Message], kind: str, **options: Any) -> Any:
    """One request to another model; its tokens count for the run under `kind`; the reply joins `messages`."""
    return await plain_request(model, run.waits, messages, run.output.metrics, kind, run_response=run.output, **options)


async def plain_request(
    model: Any, waits: Any, messages: list[Message], metrics: RunMetrics | None, kind: str, **options: Any
) -> Any:
    """One request outside any run's conversation.

    Args:
        model: Who is asked.
        waits: How to wait.
        messages: What is asked; the assistant's reply is appended.
        metrics: Where the tokens are counted, or None.
        kind: Under which model type they are counted, for example `memory_model`.
        **options: Further keywords of `Model.invoke`.
    """
    assistant = Message(role=model.assistant_message_role)
    timer = start_metrics(assistant)
    request = {"response_format": None, "tools": [], "tool_choice": None, "run_response": None, **options}
    response = await call_with_retries(model, waits, messages=messages, assistant_message=assistant, **request)
    timer.stop_timer()
    fill_assistant(assistant, response)
    messages.append(assistant)
    if metrics is not None and response.response_usage is not None:
        accumulate_model_metrics(response, model, kind, metrics)
    return response


async def side_stream(run: Run, model: Any, messages: list[Message], kind: str) -> AsyncIterator[Any]:
    """Like `side_request`, in pieces."""
    assistant = Message(role=model.assistant_message_role)
    fold = StreamFold(model)
    request = {"response_format": None, "tools": [], "tool_choice": None, "run_response": run.output}
    async for delta in stream_with_retries(model, run.waits, messages=messages, assistant_message=assistant, **request):
        fold.add(delta)
        yield delta
    fold.response_usage.stop_timer(set_duration=False)  # as in Agno: only whole replies are timed
    fold.fill(assistant)
    messages.append(assistant)
    if assistant.metrics.total_tokens:
        accumulate_model_metrics(Counted(assistant.metrics), model, kind, run.output.metrics)


class Counted:
    """A usage in the shape that metrics are accumulated from."""

    __slots__ = ("response_usage",)

    def __init__(self, usage: Any) -> None:
        self.response_usage = usage
