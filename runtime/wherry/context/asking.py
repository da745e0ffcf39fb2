"""The two tools of a provider, and what they yield: an inner agent's events, or one line of JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from wherry.run import RunContext  # noqa: TC001 - the tools' schemas are made of their annotations
from wherry.run.agent import RunOutput
from wherry.tools import tool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from wherry.agent import Agent

_PASSED_ON = ("user_id", "session_id", "metadata", "dependencies")


@dataclass
class Document:
    """One thing that a source holds.

    Attributes:
        id: What the source calls it.
        name: What people call it.
        uri: Where it is.
        source: Which source it is of.
        snippet: A passage of it.
    """

    id: str
    name: str
    uri: str | None = None
    source: str | None = None
    snippet: str | None = None


@dataclass
class Answer:
    """What a question gave: documents, a text, both or nothing."""

    results: list[Document] = field(default_factory=list)
    text: str | None = None


class ProviderTools:
    """The part of `ContextProvider` that its tools are made of; the names that subclasses override are Agno's.

    Attributes:
        name: What people call the source.
        query_timeout: Seconds that a call of the query tool may take; None for ever.
        query_tool_name: Name of the tool that asks.
        update_tool_name: Name of the tool that changes.
        stream_sub_agent_events: Tell the inner agent's events while it works.
    """

    name: str
    query_timeout: float | None
    query_tool_name: str
    update_tool_name: str
    stream_sub_agent_events: bool

    aquery: Callable[..., Awaitable[Answer]]
    aupdate: Callable[..., Awaitable[Answer]]

    async def _aget_query_agent(self, run_context: RunContext | None) -> Agent | None:
        """The inner agent that answers; None where `aquery` does."""
        return None

    async def _aget_update_agent(self, run_context: RunContext | None) -> Agent | None:
        """The inner agent that changes the source; None where `aupdate` does."""
        return None

    def _query_tool(self) -> Any:
        """The tool that asks."""

        async def query(question: str, run_context: RunContext | None = None) -> AsyncIterator[Any]:
            told = self._told(self._aget_query_agent, self.aquery, question, run_context)
            async for piece in told if self.query_timeout is None else self._limited(told, self.query_timeout):
                yield piece

        return tool(name=self.query_tool_name)(query)

    def _update_tool(self) -> Any:
        """The tool that changes the source."""

        async def update(instruction: str, run_context: RunContext | None = None) -> AsyncIterator[Any]:
            refusal = f"{self.name} is read-only"
            async for piece in self._told(self._aget_update_agent, self.aupdate, instruction, run_context, refusal):
                yield piece

        return tool(name=self.update_tool_name)(update)

    async def _told(
        self,
        agent_for: Callable[[RunContext | None], Awaitable[Agent | None]],
        ask: Callable[..., Awaitable[Answer]],
        words: str,
        run_context: RunContext | None,
        refusal: str = "",
    ) -> AsyncGenerator[Any, None]:
        """What a tool yields; a failure is one line that names it, for the asking agent goes on."""
        try:
            try:
                agent = await agent_for(run_context)
                answer = await ask(words, run_context=run_context) if agent is None else None
            except NotImplementedError:
                if not refusal:
                    raise
                yield json.dumps({"error": refusal})
                return
            if agent is not None and self.stream_sub_agent_events:
                async for event in self._arun_sub_agent_stream(agent, words, run_context):
                    yield event
                return
            if agent is not None:
                answer = await self._arun_sub_agent(agent, words, run_context)
            yield json.dumps(serialize_answer(answer or Answer()))
        except Exception as error:  # noqa: BLE001 - whatever a source raises is told to the asking agent
            yield json.dumps({"error": f"{type(error).__name__}: {error}"})

    async def _limited(self, told: AsyncGenerator[Any, None], seconds: float) -> AsyncIterator[Any]:
        """What is told within so many seconds of the first question for it, then an error.

        Each wait has a scope of its own: one held over a `yield` would cancel whoever reads.
        """
        until = asyncio.get_running_loop().time() + seconds
        while True:
            try:
                async with asyncio.timeout_at(until):
                    piece = await anext(told)
            except StopAsyncIteration:
                return
            except TimeoutError:  # of this scope: what is told turns every error into a line, and is over by now
                yield json.dumps({"error": f"{self.name} did not answer within {seconds} s"})
                return
            yield piece

    def _run_kwargs_for_sub_agent(self, run_context: RunContext | None) -> dict[str, Any]:
        """What the inner agent's run takes over of the asking run: whose it is, its metadata and dependencies."""
        if run_context is None:
            return {}
        found = {name: getattr(run_context, name, None) for name in _PASSED_ON}
        return {name: value for name, value in found.items() if value}

    async def _arun_sub_agent(self, agent: Agent, message: str, run_context: RunContext | None) -> Answer:
        """Run the inner agent to its end."""
        run: Any = agent.arun(message, stream=False, **self._run_kwargs_for_sub_agent(run_context))
        return answer_from_run(await run)

    async def _arun_sub_agent_stream(
        self, agent: Agent, message: str, run_context: RunContext | None
    ) -> AsyncIterator[Any]:
        """The inner agent's events, each with the asking run's id as its parent's; not its output, their sum."""
        passed_on = self._run_kwargs_for_sub_agent(run_context)
        events: Any = agent.arun(message, stream=True, stream_events=True, yield_run_output=True, **passed_on)
        async for event in events:
            if isinstance(event, RunOutput):
                continue
            if not getattr(event, "parent_run_id", None):
                event.parent_run_id = run_context.run_id if run_context else None
            yield event


def answer_from_run(output: Any) -> Answer:
    """The answer that a run's output is."""
    told = output.get_content_as_string() if hasattr(output, "get_content_as_string") else str(output.content)
    return Answer(text=told or None)


def serialize_answer(answer: Answer) -> dict[str, Any]:
    """An answer as the asking agent reads it: JSON values, without what is empty."""
    told: dict[str, Any] = {"results": [asdict(one) for one in answer.results]} if answer.results else {}
    return told if answer.text is None else told | {"text": answer.text}
