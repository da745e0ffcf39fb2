"""The tools by which a leader in tasks mode writes the task list and has tasks carried out.

The list lives in the session's state; every change is written back at once. Called by `delegation`; the loop
over the list is in `task_loop`.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from wherry.core.errors import RunCancelledException
from wherry.core.events.events_team_tasks import TaskCreatedEvent, TaskUpdatedEvent
from wherry.core.events.outputs import RunStatus
from wherry.core.sessions.session_state import merge_into
from wherry.core.team.generator_tool import as_entrypoint
from wherry.core.team.member_run import Member
from wherry.core.team.members import find, member_id, roster
from wherry.core.team.task_list import TERMINAL_STATUSES, Task, TaskList, TaskStatus, load_task_list, save_task_list
from wherry.core.tools.function import Function

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from wherry.core.run import Event, Run

_MAY_RUN = (TaskStatus.pending, TaskStatus.in_progress)
_NO_TASKS: list[str] = []
_STATUSES = "pending, in_progress, completed, failed"

# These six are never called: they are the names, schemas and texts that the board's methods go by.


def create_task(title: str, description: str = "", assignee: str = "", depends_on: list[str] = _NO_TASKS) -> str:
    """Add a task to the team's list.

    Args:
        title (str): What is to be done, in a few words; no two tasks share a title.
        description (str): Everything the member needs to know to do it.
        assignee (str): The member_id of the member that is to do it.
        depends_on (list): Ids of the tasks whose results it needs.
    """
    return f"{title} {description} {assignee} {depends_on}"


def update_task_status(task_id: str, status: str, result: str = "") -> str:
    """Change the status of a task, for example of one that you did yourself.

    Args:
        task_id (str): Id of the task.
        status (str): One of pending, in_progress, completed, failed.
        result (str): What came out of it.
    """
    return f"{task_id} {status} {result}"


def execute_task(task_id: str, member_id: str) -> str:
    """Let a member carry out a task and get the result.

    Args:
        task_id (str): Id of the task.
        member_id (str): Id of the member.
    """
    return f"{task_id} {member_id}"


def execute_tasks_parallel(task_ids: list[str]) -> str:
    """Let the assignees of several tasks, none of which needs another, carry them out side by side.

    Args:
        task_ids (list): Ids of the tasks.
    """
    return f"{task_ids}"


class Board:
    """The task list of one run, with the leader's tools as methods.

    Attributes:
        tasks: The list; the loop reads it through the session's state.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.tasks: TaskList = load_task_list(run.context.session_state)

    def save(self) -> None:
        """Write the list back into the session's state."""
        if self.run.context.session_state is None:
            self.run.context.session_state = {}
        save_task_list(self.run.context.session_state, self.tasks)

    def changed(self, task: Task, before: str, *, result: str | None = None) -> list[Event]:
        """The event that tells of a task's new status, when somebody sees events."""
        run = self.run
        if not run.lifecycle:
            return []
        event = TaskUpdatedEvent(
            **run.ids,
            task_id=task.id,
            title=task.title,
            status=task.status.value,
            previous_status=before,
            result=result,
            assignee=task.assignee,
        )
        return [run.remember(event)]

    async def create(
        self, title: str, description: str = "", assignee: str = "", depends_on: list[str] | None = None
    ) -> AsyncGenerator[Any, None]:
        """`create_task`."""
        wanted = title.lower().strip()
        there = next((task for task in self.tasks.tasks if task.title.lower().strip() == wanted), None)
        if there is not None:
            yield f"That task exists already, use it: [{there.id}] {there.title} (status: {there.status.value})"
            return
        task = self.tasks.create_task(title, description, assignee, dependencies=depends_on or [])
        self.save()
        if self.run.lifecycle:
            event = TaskCreatedEvent(
                **self.run.ids,
                task_id=task.id,
                title=task.title,
                description=task.description,
                assignee=task.assignee,
                status=task.status.value,
                dependencies=task.dependencies,
            )
            yield self.run.remember(event)
        yield f"Task created: [{task.id}] {task.title} (status: {task.status.value})"

    async def update(self, task_id: str, status: str, result: str | None = None) -> AsyncGenerator[Any, None]:
        """`update_task_status`."""
        task = self.tasks.get_task(task_id)
        if status not in TaskStatus.__members__:
            yield f"There is no status {status!r}. Use one of: {_STATUSES}."
            return
        if status == TaskStatus.blocked.value:
            yield f"A task is blocked by its dependencies, not by hand. Use one of: {_STATUSES}."
            return
        if task is None:
            yield missing(task_id)
            return
        before = task.status.value
        given = {} if result is None else {"result": result}
        self.tasks.update_task(task_id, status=TaskStatus(status), **given)
        self.save()
        ended = task.status in TERMINAL_STATUSES
        for event in self.changed(task, before, result=task.result if ended else None):
            yield event
        yield f"Task [{task.id}] {task.title!r} is now {task.status.value}."

    def list_tasks(self) -> str:
        """Show all tasks with their status, assignee, dependencies and results."""
        return self.tasks.get_summary_string()

    def add_task_note(self, task_id: str, note: str) -> str:
        """Add a note to a task, for whoever works on it later.

        Args:
            task_id (str): Id of the task.
            note (str): The note.
        """
        task = self.tasks.get_task(task_id)
        if task is None:
            return missing(task_id)
        task.notes.append(note)
        self.save()
        return f"Note added to task [{task.id}]."

    def mark_all_complete(self, summary: str) -> str:
        """Say that the goal is reached, or out of reach; the work ends after this turn.

        Args:
            summary (str): What was done and what came out of it.
        """
        self.tasks.goal_complete = True
        self.tasks.completion_summary = summary
        self.save()
        return f"The goal is marked as complete: {summary}"

    async def execute(self, task_id: str, member_id: str) -> AsyncGenerator[Any, None]:
        """`execute_task`."""
        task = self.tasks.get_task(task_id)
        refusal = not_ready(task, task_id)
        if task is None or refusal:
            yield refusal
            return
        member = find(self.run.extra["members"], member_id)
        if member is None:
            yield f"There is no member with the id {member_id}. Choose one of these members:\n\n{roster(self.run)}"
            return
        before, task.status, task.assignee = task.status.value, TaskStatus.in_progress, member_id
        self.save()
        for event in self.changed(task, before):
            yield event
        work = TaskWork(self.run, member, task)
        async for event in work.events():
            yield event
        for item in self.concluded(work):
            yield item
        if work.output is not None and work.output.is_paused:
            # As in Agno, the member's state comes after the list's: the task shows as begun while a person decides.
            merge_into(self.run.context.session_state, work.state or {})

    def settle(self, member: Any, output: Any) -> None:
        """Write down how the task of a member went that has gone on after a person's answer.

        The task is told from the member's other tasks by the text that the member was given.
        """
        asked = str(output.input.input_content if output.input else "")
        for task in self.tasks.tasks:
            mine = task.status in _MAY_RUN and task.assignee == member_id(member)
            if mine and asked.endswith(task.description or task.title):
                work = TaskWork(self.run, member, task)
                work.output = output
                work.conclude()
                self.tasks.update_task(task.id)
                self.save()
                return

    async def execute_side_by_side(self, task_ids: list[str]) -> AsyncGenerator[Any, None]:
        """`execute_tasks_parallel`."""
        works, refusal = self.ready(task_ids)
        if refusal:
            yield refusal
            return
        for work in works:
            before, work.task.status = work.task.status.value, TaskStatus.in_progress
            for event in self.changed(work.task, before):
                yield event
        self.save()
        failed = [error for error in await self.run.waits.together([work.finish() for work in works]) if error]
        told = [item for work in works for item in self.concluded(work)]
        self.save()
        for error in failed:
            raise error
        for item in told:
            if not isinstance(item, str):
                yield item
        yield "\n".join(item for item in told if isinstance(item, str))

    def ready(self, task_ids: list[str]) -> tuple[list[TaskWork], str]:
        """The work on these tasks, or why they cannot be carried out."""
        works: list[TaskWork] = []
        for task_id in task_ids:
            task = self.tasks.get_task(task_id)
            refusal = not_ready(task, task_id)
            if task is None or refusal:
                return [], refusal
            if not task.assignee:
                return [], f"Task [{task_id}] has no assignee: create it with the member_id of a member."
            member = find(self.run.extra["members"], task.assignee)
            if member is None:
                return [], f"There is no member {task.assignee!r}, the assignee of task [{task_id}]."
            works.append(TaskWork(self.run, member, task))
        return works, "" if works else "No task was named."

    def concluded(self, work: TaskWork) -> list[Any]:
        """Write down how a task went: its event, if events are seen, and the text for the leader."""
        task, output = work.task, work.output
        told = work.conclude()
        self.tasks.update_task(task.id)  # What depends on it is settled again.
        self.save()
        quiet = output is not None and output.is_paused
        return [*([] if quiet else self.changed(task, "in_progress", result=task.result)), told]


class TaskWork(Member):
    """One member at work on one task of the list."""

    tool = "execute_task"

    def __init__(self, run: Run, member: Any, task: Task) -> None:
        super().__init__(run, member, own_task=True)
        self.task = task
        self.error: Exception | None = None

    async def events(self) -> AsyncGenerator[Any, None]:
        """The member's events; a failure is kept for `conclude`, a cancel goes on up."""
        try:
            async for item in self.work(self.task.description or self.task.title):
                if not isinstance(item, str):
                    yield item
        except RunCancelledException:
            if self.output is not None and self.output.content:
                self.task.result = str(self.output.content)
            raise
        except Exception as error:  # noqa: BLE001 - a member's failure is the task's failure, not the team's
            self.error = error

    async def finish(self) -> BaseException | None:
        """Run the member without showing its events; a cancel is returned."""
        self.tool = "execute_tasks_parallel"
        self.parent = copy(self.parent)
        self.parent.stream = False
        try:
            async for _ in self.events():
                pass
        except RunCancelledException as error:
            return error
        return None

    def conclude(self) -> str:
        """Settle the task by what the member did; the text for the leader."""
        task, output = self.task, self.output
        if self.error is not None:
            task.status, task.result = TaskStatus.failed, f"Member execution error: {self.error}"
            return f"Task [{task.id}] failed, the member could not run: {self.error}"
        if output.is_paused:
            task.status = TaskStatus.pending
            return f"Member '{self.member.name}' requires human input before continuing. Task [{task.id}] waits."
        if output.status == RunStatus.error:
            task.status, task.result = TaskStatus.failed, str(output.content or "Task failed")
            return f"Task [{task.id}] failed: {task.result}"
        task.status = TaskStatus.completed
        task.result = str(output.content) if output.content else "No content returned"
        return f"Task [{task.id}] completed. Result: {task.result}"

    def reply(self) -> None:
        """The leader is told by `conclude`; a pause still goes up."""
        if self.output.is_paused:
            self.pass_pause_up()


def missing(task_id: str) -> str:
    """What the leader is told about an id of no task."""
    return f"There is no task with the id {task_id!r}."


def not_ready(task: Task | None, task_id: str) -> str:
    """Why a task cannot be carried out, or nothing."""
    if task is None:
        return missing(task_id)
    if task.status not in _MAY_RUN:
        return f"Task [{task_id}] is {task.status.value} and cannot be carried out now."
    return ""


def task_tools(run: Run) -> list[Function]:
    """The leader's tools, bound to a run's task list."""
    board = run.extra["board"] = Board(run)
    bound = (
        (board.create, create_task),
        (board.execute, execute_task),
        (board.execute_side_by_side, execute_tasks_parallel),
        (board.update, update_task_status),
    )
    made = [Function.from_callable(as_entrypoint(run, method, like)) for method, like in bound]
    plain = (board.list_tasks, board.add_task_note, board.mark_all_complete)
    return [*made, *(Function.from_callable(method) for method in plain)]
