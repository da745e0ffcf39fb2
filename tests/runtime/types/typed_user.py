"""A user's code as a type checker sees it: checked by mypy in `test_typed_user`, never run."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, assert_type

from wherry.agent import Agent, RunEvent, RunOutput, RunOutputEvent
from wherry.models.openai import OpenAIChat
from wherry.run.agent import ToolCallStartedEvent
from wherry.run.team import TeamRunOutput, TeamRunOutputEvent
from wherry.run.workflow import WorkflowRunOutput, WorkflowRunOutputEvent
from wherry.team import Team
from wherry.workflow import Step, Workflow

agent = Agent(name="Pilot", model=OpenAIChat(id="gpt-5-mini"))
team = Team(members=[agent])
flow = Workflow(name="Trip", steps=[Step(name="ask", agent=agent)])
said: list[object] = []
whole = agent.run("Hello", session_id="s")

assert_type(whole, RunOutput)
assert_type(agent.run("Hello", stream=False), RunOutput)
assert_type(agent.run("Hello", stream=True), Iterator[RunOutputEvent])
assert_type(agent.run("Hello", stream=True, yield_run_output=True), Iterator[RunOutputEvent | RunOutput])
waiting = assert_type(agent.arun("Hello"), Coroutine[Any, Any, RunOutput])
assert_type(agent.arun("Hello", stream=True), AsyncIterator[RunOutputEvent])
assert_type(agent.continue_run(whole), RunOutput)
assert_type(agent.continue_run(run_id="r", session_id="s", stream=True), Iterator[RunOutputEvent | RunOutput])
assert_type(team.run("Hello"), TeamRunOutput)
assert_type(team.run("Hello", stream=True), Iterator[TeamRunOutputEvent | RunOutputEvent])
assert_type(flow.run("Hello"), WorkflowRunOutput)
assert_type(flow.run("Hello", {"tide": "low"}, "jo"), WorkflowRunOutput)
assert_type(flow.run("Hello", stream=True), Iterator[WorkflowRunOutputEvent])
assert_type(flow.arun("Hello", stream=True), AsyncIterator[WorkflowRunOutputEvent])

for event in agent.run("Hello", stream=True, stream_events=True):
    if event.event == RunEvent.run_content:
        said.append(event.content)
    elif isinstance(event, ToolCallStartedEvent) and event.tool is not None:
        said.append(event.tool.tool_name)

agent.print_response("Hello", stream=True, markdown=True, show_message=False)
team.print_response("Hello", show_member_responses=True, console=None)
agent.run("Hello", sesion_id="s")  # type: ignore[call-overload]  # a slip is found


class Named(Agent):
    """A subclass that only hands on."""

    def ask(self, question: str) -> str:
        """What it answers."""
        return str(self.run(question).content)


async def both() -> list[str]:
    """Two at once, and a stream."""
    async for event in agent.arun("Hello", stream=True):
        assert_type(event, RunOutputEvent)
    return [str(output.content) for output in await asyncio.gather(agent.arun("a"), agent.arun("b"))]
