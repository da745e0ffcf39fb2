"""The turns of a leader in tasks mode: plan, delegate, look at the list, until the goal is reached.

Called by the team instead of the plain conversation; the tools are in `task_tools`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry.core.agent.endings import say_what_waits
from wherry.core.agent.lifecycle import taken
from wherry.core.agent.loop import converse
from wherry.core.agent.saving import remembered
from wherry.core.agent.toolcalls import waiting
from wherry.core.events.events_team_tasks import (
    TaskData,
    TaskIterationCompletedEvent,
    TaskIterationStartedEvent,
    TaskStateUpdatedEvent,
)
from wherry.core.log import log_warning
from wherry.core.messages import Message
from wherry.core.team.task_list import TaskList, TaskStatus, load_task_list

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wherry.core.run import Event, Run

_IDLE_TURNS = 2
CONTINUE = (
    "Go on with the tasks: create, carry out or update what is needed. When the goal is reached, write your answer "
    "and call `mark_all_complete`."
)


async def task_talk(run: Run) -> AsyncIterator[Event]:
    """The leader's turns; at most `max_iterations` of them."""
    limit, idle = run.owner.max_iterations, 0
    for number in range(limit):
        if number:
            keep_turn(run)
            run.messages.append(reminder(run))
        calls_before = len(run.output.tools or ())
        if run.lifecycle:
            yield run.remember(TaskIterationStartedEvent(**run.ids, iteration=number + 1, max_iterations=limit))
        async for event in turn(run):
            yield event
        if waiting(run):
            say_what_waits(run)
            return
        tasks = load_task_list(run.context.session_state)
        if run.lifecycle:
            for event in turn_events(run, tasks, number + 1):
                yield event
        idle = idle + 1 if not tasks.tasks and len(run.output.tools or ()) == calls_before else 0
        if reached(tasks) or idle >= _IDLE_TURNS:
            return
    log_warning(f"The team stopped after max_iterations ({limit}) with tasks still open.")


async def turn(run: Run) -> AsyncIterator[Event]:
    """One turn; one that breaks off before a word leaves the content of the turn before."""
    said = run.output.content
    if run.stream and "turn_said" in run.extra:
        run.output.content = None  # a streamed run's content is that of its last turn, as in Agno
    try:
        async for event in converse(run):
            yield event
        run.stop_if_cancelled()
    except BaseException:
        if run.output.content is None:
            run.output.content = said
        raise


def keep_turn(run: Run) -> None:
    """Settle what a turn gave: a later one that breaks off leaves it as it is, as in Agno."""
    run.output.messages = remembered(run)
    run.extra["turn_said"] = (run.output.content, taken(run.output))


def reached(tasks: TaskList) -> bool:
    """Whether the work is done: the leader says so, or every task is completed."""
    if tasks.goal_complete:
        return True
    return tasks.all_terminal() and all(task.status is TaskStatus.completed for task in tasks.tasks)


def reminder(run: Run) -> Message:
    """The list as it stands, for the leader's next turn."""
    shown = load_task_list(run.context.session_state).get_summary_string()
    return Message(role="user", content=f"<current_task_state>\n{shown}\n</current_task_state>\n\n{CONTINUE}")


def turn_events(run: Run, tasks: TaskList, number: int) -> list[Event]:
    """The events that end a turn: the whole list, then the turn."""
    shown = tasks.get_summary_string()
    known = TaskData.__dataclass_fields__
    state = TaskStateUpdatedEvent(
        **run.ids,
        task_summary=shown,
        goal_complete=tasks.goal_complete,
        tasks=[
            TaskData(**{name: value for name, value in task.to_dict().items() if name in known}) for task in tasks.tasks
        ],
        completion_summary=tasks.completion_summary,
    )
    turn = TaskIterationCompletedEvent(
        **run.ids,
        iteration=number,
        max_iterations=run.owner.max_iterations,
        task_summary=shown,
    )
    return [run.remember(state), run.remember(turn)]
