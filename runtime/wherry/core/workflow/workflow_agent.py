"""`WorkflowAgent`: decides whether a question needs the workflow's steps or can be answered from earlier runs.

`agent_lifecycle` is the life of a run of a workflow that has one: the agent talks, its one tool runs the steps.
Called by the workflow. Mirrors `agno.workflow.agent.WorkflowAgent`.
"""

from __future__ import annotations

import asyncio
from copy import copy
from typing import TYPE_CHECKING, Any

from wherry.core.agent.agent import Agent
from wherry.core.cancel import cleanup_run, register_run
from wherry.core.events.outputs import RunStatus
from wherry.core.events.step_io import WorkflowMetrics, as_text
from wherry.core.ids import new_id
from wherry.core.run import outcome
from wherry.core.tools.tool_decorator import tool
from wherry.core.waits import BLOCKING, LOOPING, drain
from wherry.core.workflow.workflow_life import begin, guarded, perform
from wherry.core.workflow.workflow_saving import keep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wherry.core.run import Event
    from wherry.core.workflow.workflow_run import WorkflowRun

_INSTRUCTIONS = """You stand in front of a workflow. For each message decide between two ways:
1. Answer yourself, when the earlier runs below hold what is asked: a repeated topic, a comparison of earlier results,
   a question about them.
2. Call the tool run_workflow, once, when the message needs new work. Hand it a short and clear query, and answer with
   its result.

Look at the earlier runs first. Keep answers brief.

{workflow_context}
"""
_CONTEXT = "{workflow_context}"


class WorkflowAgent(Agent):
    """An agent that may run the workflow it belongs to, and nothing else.

    Args:
        model: Who decides.
        instructions: Instead of the built-in ones; the earlier runs replace `{workflow_context}` or follow them.
        add_workflow_history: Show it the earlier runs (default True).
        num_history_runs: How many of them (default 5).
    """

    def __init__(
        self,
        model: Any,
        instructions: str | None = None,
        add_workflow_history: bool = True,
        num_history_runs: int = 5,
    ) -> None:
        text = instructions or _INSTRUCTIONS
        if _CONTEXT not in text:
            text = f"{text}\n\n{_CONTEXT}"
        super().__init__(model=model, instructions=text, resolve_in_context=True, num_history_runs=num_history_runs)
        self.add_workflow_history = add_workflow_history

    def create_workflow_tool(
        self,
        workflow: Any,
        session: Any,
        execution_input: Any,
        run_context: Any,
        stream: bool = False,
    ) -> Any:
        """The function that this agent is offered, for use without it; calling it runs the steps.

        Args:
            workflow: Whose steps.
            session: The workflow's session.
            execution_input: What the run was given; the query takes the place of its input for the steps.
            run_context: Its `run_id` becomes the run's.
            stream: Yield the events of the steps.

        Returns:
            A function of `query` that gives an iterator: the events when it streams, and otherwise the content as text.
        """
        return function_for(fresh_run(workflow, BLOCKING, session, execution_input, run_context, stream=stream))

    def async_create_workflow_tool(
        self,
        workflow: Any,
        session: Any,
        execution_input: Any,
        run_context: Any,
        stream: bool = False,
        websocket_handler: Any = None,
    ) -> Any:
        """`create_workflow_tool` on the event loop: a function that gives an async iterator."""
        return function_for(fresh_run(workflow, LOOPING, session, execution_input, run_context, stream=stream))


def fresh_run(workflow: Any, waits: Any, session: Any, given: Any, context: Any, *, stream: bool) -> WorkflowRun:
    """A run of the steps that nobody has begun."""
    media = {kind: getattr(given, kind) for kind in ("images", "videos", "audio", "files")}
    run: WorkflowRun = workflow.make_run(
        given.input,
        waits,
        {
            "run_id": context.run_id,
            "session_id": session.session_id,
            "user_id": context.user_id,
            "session_state": context.session_state,
            "dependencies": context.dependencies,
            "metadata": context.metadata,
            "additional_data": given.additional_data,
            "stream": stream,
            "stream_events": stream,
            **media,
        },
    )
    run.session = session
    run.extra["begun"] = False
    return run


def context_of(run: WorkflowRun) -> str:
    """What the agent is told about the workflow: its description and earlier runs."""
    workflow, agent = run.workflow, run.workflow.agent
    past = "No workflow history available."
    if getattr(agent, "add_workflow_history", True):
        count = getattr(agent, "num_history_runs", None) or 5
        past = run.session.get_workflow_history_context(num_runs=count) or "No earlier runs in this session."
    return f"Workflow: {workflow.description}\n\n{past}" if workflow.description else str(past)


async def steps_for(run: WorkflowRun, query: str) -> AsyncIterator[Any]:
    """The events of the steps, whose end holds their content; another call runs them anew, and the last one counts.

    A run that waits for a person is not begun again: what it waits for would be lost.
    """
    told = False
    if not run.output.is_paused:
        if run.extra.get("executed"):
            begin_again(run)
        elif not run.extra.get("begun", True):
            await begin(run)
        run.extra["executed"] = True
        run.given.input = query
        yield run.remember(run.event("WorkflowStartedEvent"))
        async for event in guarded(run, perform(run)):
            told = told or event.event == "WorkflowCompleted"
            yield event
    if not told:
        yield as_text(run.output.content) or ""


def begin_again(run: WorkflowRun) -> None:
    """Forget what the steps gave for an earlier query; the session and its state stay, without ids as in Agno."""
    output = run.output
    run.results, run.named, run.media, run.partial = [], {}, {}, ""
    output.content, output.step_results, output.step_executor_runs = None, [], None
    output.status, output.metrics = RunStatus.running, WorkflowMetrics(steps={})
    output.metrics.start_timer()


def tool_for(run: WorkflowRun) -> Any:
    """The tool that runs the steps."""
    return tool(function_for(run))


def function_for(run: WorkflowRun) -> Any:
    """What the tool calls, of the kind that the run can wait for."""
    if run.waits.blocking:

        def run_workflow(query: str) -> Any:
            """Run the workflow for new work.

            Args:
                query: What the workflow is to work on.
            """
            yield from drain(steps_for(run, query))  # type: ignore[arg-type]

        return run_workflow

    in_turn = asyncio.Lock()  # calls in one breath go side by side, and there is one run to fill

    async def run_workflow_async(query: str) -> Any:
        """Run the workflow for new work.

        Args:
            query: What the workflow is to work on.
        """
        async with in_turn:
            async for item in steps_for(run, query):
                yield item

    run_workflow_async.__name__ = "run_workflow"
    return run_workflow_async


def agent_run(run: WorkflowRun) -> Any:
    """The agent's run about this message."""
    agent = copy(run.workflow.agent)
    agent.tools = [tool_for(run)]
    arguments = {
        "run_id": new_id(),
        "session_id": run.output.session_id,
        "user_id": run.context.user_id,
        "session_state": run.context.session_state,
        "dependencies": {**(run.context.dependencies or {}), "workflow_context": context_of(run)},
        "stream": run.stream,
        "stream_events": run.stream,
    }
    child = agent.make_run(run.given.input, run.waits, arguments)
    child.extra["member"] = True
    return child


async def agent_lifecycle(run: WorkflowRun) -> AsyncIterator[Event]:
    """Events of a whole run; afterwards `run.output` is final and stored."""
    register_run(run.output.run_id)
    try:
        await begin(run)
        run.extra["executed"] = False
        yield run.remember(run.event("WorkflowAgentStartedEvent"))
        child = agent_run(run)
        async for event in heard(run, child):
            yield event
        async for event in concluded(run, child.output):
            yield event
    finally:
        cleanup_run(run.output.run_id)


async def heard(run: WorkflowRun, child: Any) -> AsyncIterator[Event]:
    """What the caller hears of the agent: the steps' events, and its own words while no steps have run."""
    if not run.stream:
        await outcome(child, child.owner.events(child))
        return
    async for event in child.owner.events(child):
        own = getattr(event, "run_id", None) == child.output.run_id
        if own and (event.event != "RunContent" or run.extra["executed"]):
            continue
        if own:
            event.workflow_agent = True
        yield event


async def concluded(run: WorkflowRun, answer: Any) -> AsyncIterator[Event]:
    """Keep the agent's run in the workflow's; a direct answer becomes the workflow's content."""
    output, direct = run.output, not run.extra["executed"]
    answer.parent_run_id = output.run_id
    answer.workflow_id = output.workflow_id
    output.workflow_agent_run = answer
    if direct:
        output.content = answer.content
        output.status = RunStatus.error if answer.status == RunStatus.error else RunStatus.completed
        output.metrics.stop_timer()
    said = run.remember(run.event("WorkflowAgentCompletedEvent", content=answer.content))
    done = run.event("WorkflowCompletedEvent", content=output.content, metadata={"agent_direct_response": True})
    if direct:
        run.remember(done)
    await keep(run)
    yield said
    if direct:
        yield done
