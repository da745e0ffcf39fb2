"""Shortening tool results that fill the context. Mirrors `agno.compression.manager`.

The loop asks before each request; a model of the manager's choice rewrites results that have piled up.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wherry.core.asking.exchange import plain_request
from wherry.core.log import log_error, log_warning
from wherry.core.messages import Message
from wherry.core.waits import BLOCKING, LOOPING, finish

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wherry.core.run import Event, Run

COMPRESSION_PROMPT = (
    "Shorten the result of a tool call so that it takes less room and loses nothing that may be needed.\n"
    "Keep: numbers, amounts, dates and times, names of people, companies, products and places, addresses, ids, "
    "versions, and quotations with their source.\n"
    "Shorten: descriptions to their key points, explanations to their core, long lists to what matters.\n"
    "Leave out: introductions, hedging, formatting, repetition and advertising.\n"
    "Answer with the shortened result only."
)


@dataclass
class CompressionManager:
    """When and how tool results are shortened.

    Attributes:
        model: Which model shortens; the agent's own by default.
        compress_tool_results: Whether anything is done.
        compress_tool_results_limit: So many unshortened results start it (default 3 without a token limit).
        compress_token_limit: So many tokens of messages, tools and schema start it; see `estimated_tokens`.
        compress_tool_call_instructions: Replaces the prompt.
        stats: `tool_results_compressed`, `original_size`, `compressed_size` (characters).
    """

    model: Any = None
    compress_tool_results: bool = True
    compress_tool_results_limit: int | None = None
    compress_token_limit: int | None = None
    compress_tool_call_instructions: str | None = None
    stats: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.compress_tool_results_limit is None and self.compress_token_limit is None:
            self.compress_tool_results_limit = 3

    def should_compress(
        self, messages: list[Message], tools: Any = None, model: Any = None, response_format: Any = None
    ) -> bool:
        """Whether results have piled up."""
        if not self.compress_tool_results:
            return False
        most = self.compress_token_limit
        if most is not None and model is not None and estimated_tokens(messages, tools, response_format) >= most:
            return True
        limit = self.compress_tool_results_limit
        return limit is not None and len(unshortened(messages)) >= limit

    async def ashould_compress(
        self, messages: list[Message], tools: Any = None, model: Any = None, response_format: Any = None
    ) -> bool:
        """`should_compress` for async code."""
        return self.should_compress(messages, tools, model, response_format)

    def compress(self, messages: list[Message], run_metrics: Any = None) -> None:
        """Give results that have not been shortened their `compressed_content`, by the manager's own model.

        Without a model a warning is logged and nothing happens. Override it to shorten in another way: runs call it.

        Args:
            messages: Messages of a run; those with the role `tool` are looked at.
            run_metrics: Where the tokens are counted.
        """
        finish(self._shorten(BLOCKING, messages, run_metrics))

    async def acompress(self, messages: list[Message], run_metrics: Any = None) -> None:
        """`compress` for async code; the results are shortened side by side."""
        await self._shorten(LOOPING, messages, run_metrics)

    async def _shorten(self, waits: Any, messages: list[Message], metrics: Any) -> None:
        from wherry.models.names import get_model

        self.model = get_model(self.model)
        if self.model is None:
            log_warning("Tool results are not shortened: the CompressionManager has no model.")
        elif self.compress_tool_results:
            await shorten_all(self, self.model, waits, messages, metrics)


def unshortened(messages: list[Message]) -> list[Message]:
    """Tool results that have not been shortened yet."""
    return [m for m in messages if m.role == "tool" and m.compressed_content is None]


def estimated_tokens(messages: list[Message], tools: Any = None, schema: Any = None) -> int:
    """Four characters a token, as Agno counts where no tokenizer is installed; media count nothing.

    Args:
        messages: What is sent; of shortened results the short form counts.
        tools: Tools as the model is sent them.
        schema: What the answer has to fit: a pydantic class or a dict.
    """
    told = sum(len(" ".join(_texts(message))) // 4 for message in messages)
    wanted = schema.model_json_schema() if hasattr(schema, "model_json_schema") else schema
    more = [tools, wanted if isinstance(wanted, dict) else None]
    return told + sum(len(json.dumps(part, default=str)) // 4 for part in more if part)


def _texts(message: Message) -> list[str]:
    """Everything in a message that is sent as text."""
    content = message.get_content(use_compressed_content=True)
    found = [content if isinstance(content, str) else json.dumps(content, default=str)] if content else []
    found += [str((call.get("function") or {}).get("arguments", "")) for call in message.tool_calls or ()]
    more = (message.tool_call_id, message.reasoning_content, message.redacted_reasoning_content, message.name)
    return [*found, *(text for text in more if text)]


async def compress_results(run: Run, manager: CompressionManager) -> AsyncIterator[Event]:
    """Shorten the results that have piled up, between two events."""
    asked = (run.messages, run.tools.wire() if run.tools else None, run.model, run.response_format)
    if not await run.waits.wire(manager.should_compress, manager.ashould_compress, *asked):
        return
    if run.watched:
        yield run.remember(run.event("CompressionStartedEvent"))
    if not await own_way(run, manager):
        await shorten_all(manager, manager.model or run.model, run.waits, run.messages, run.output.metrics)
    if run.watched:
        stats = manager.stats
        names = ("tool_results_compressed", "original_size", "compressed_size")
        yield run.remember(run.event("CompressionCompletedEvent", **{name: stats.get(name) for name in names}))


async def own_way(run: Run, manager: CompressionManager) -> bool:
    """Whether a subclass shortened the results itself."""
    name = "compress" if run.waits.blocking else "acompress"
    if getattr(type(manager), name) is getattr(CompressionManager, name):
        return False
    await run.waits.call(getattr(manager, name), run.messages, run_metrics=run.output.metrics)
    return True


async def shorten_all(
    manager: CompressionManager, model: Any, waits: Any, messages: list[Message], metrics: Any
) -> None:
    """Shorten the results that have piled up, side by side; one that fails stays as it is."""
    results = unshortened(messages)
    jobs = [shorten(manager, model, waits, message, metrics) for message in results]
    for message, short in zip(results, await waits.together(jobs), strict=True):
        if isinstance(short, str) and short:
            count(manager, message, short)
            message.compressed_content = short
        elif isinstance(short, BaseException):
            log_error(f"A tool result could not be shortened: {short}")


async def shorten(manager: CompressionManager, model: Any, waits: Any, message: Message, metrics: Any) -> str | None:
    """One result, shortened."""
    prompt = manager.compress_tool_call_instructions or COMPRESSION_PROMPT
    asked = f"Tool result to shorten:\nTool: {message.tool_name or 'unknown'}\n{message.content}"
    messages = [Message(role="system", content=prompt), Message(role="user", content=asked)]
    reply = await plain_request(model, waits, messages, metrics, "compression_model")
    return reply.content  # type: ignore[no-any-return]


def count(manager: CompressionManager, message: Message, short: str) -> None:
    """Add one result to the statistics."""
    stats = manager.stats
    stats["tool_results_compressed"] = stats.get("tool_results_compressed", 0) + 1
    stats["original_size"] = stats.get("original_size", 0) + len(str(message.content))
    stats["compressed_size"] = stats.get("compressed_size", 0) + len(short)
