"""The inner agents of providers: how one that answers is made and asked, and those that read and write."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from wherry.context.provider import Answer, ContextProvider, answer_from_run

if TYPE_CHECKING:
    from wherry.agent import Agent
    from wherry.run import RunContext


def part_agent(provider: ContextProvider, part: str, text: str, tools: list[Any]) -> Agent:
    """The agent that does one part of a provider's work, reading or writing, named after both."""
    from wherry.agent import Agent

    named: dict[str, Any] = {"id": f"{provider.id}-{part.lower()}", "name": f"{provider.name} {part}"}
    return Agent(**named, model=provider.model, instructions=text, tools=tools, markdown=True)


class AskedAgent(ContextProvider):
    """A provider whose `query` runs an agent made by `_build_agent`, which subclasses may override."""

    _agent: Agent | None = None

    def query(self, question: str, *, run_context: RunContext | None = None) -> Answer:
        """Let the inner agent answer."""
        return answer_from_run(self._inner().run(question, **self._run_kwargs_for_sub_agent(run_context)))

    async def aquery(self, question: str, *, run_context: RunContext | None = None) -> Answer:
        """`query`, awaited."""
        agent: Any = self._inner()
        return answer_from_run(await agent.arun(question, **self._run_kwargs_for_sub_agent(run_context)))

    async def _aget_query_agent(self, run_context: RunContext | None) -> Agent | None:
        return self._inner()

    def _inner(self) -> Agent:
        self._agent = self._agent or self._build_agent()
        return self._agent

    def _build_agent(self) -> Agent:
        """The inner agent, under the provider's id and name."""
        from wherry.agent import Agent

        told, tools = self._agent_instructions(), self._agent_tools()
        return Agent(model=self.model, id=self.id, name=self.name, instructions=told, tools=tools, markdown=True)

    @abstractmethod
    def _agent_instructions(self) -> str:
        """What the inner agent is told."""

    @abstractmethod
    def _agent_tools(self) -> list[Any]:
        """What the inner agent has."""
