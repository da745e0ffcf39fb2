"""The shared list of a team in tasks mode: tasks, their states, what may start. Mirrors `agno.team.task`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from os import urandom
from time import time
from typing import Any

TASK_LIST_KEY = "_team_tasks"
_PREVIEW = 200
_NOTES_SHOWN = 3


class TaskStatus(str, Enum):
    """Where a task stands; mirrors `agno.team.task.TaskStatus`."""

    pending = "pending"
    in_progress = "in_progress"
    completed = "completed"
    failed = "failed"
    blocked = "blocked"


TERMINAL_STATUSES = {TaskStatus.completed, TaskStatus.failed}
DEPENDENCY_SATISFIED_STATUSES = {TaskStatus.completed}


@dataclass
class Task:
    """One piece of work; mirrors `agno.team.task.Task`.

    Attributes:
        assignee: Id of the member that does it.
        dependencies: Ids of tasks that have to be completed first.
        created_at: Unix seconds.
    """

    id: str = ""
    title: str = ""
    description: str = ""
    status: TaskStatus = TaskStatus.pending
    assignee: str | None = None
    parent_id: str | None = None
    dependencies: list[str] = field(default_factory=list)
    result: str | None = None
    notes: list[str] = field(default_factory=list)
    created_at: float = 0.0

    def __post_init__(self) -> None:
        self.id = self.id or urandom(4).hex()
        self.created_at = self.created_at or time()

    def to_dict(self) -> dict[str, Any]:
        """As stored in the session's state."""
        return {
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "status": self.status.value,
            "assignee": self.assignee,
            "parent_id": self.parent_id,
            "dependencies": self.dependencies,
            "result": self.result,
            "notes": self.notes,
            "created_at": self.created_at,
        }

    def lines(self) -> list[str]:
        """The task as the leader reads it."""
        assigned = f"(assigned: {self.assignee})" if self.assignee else "(unassigned)"
        told = [f"  [{self.id}] {self.title} - {self.status.value.upper()} {assigned}"]
        if self.dependencies:
            told.append(f"      Depends on: {self.dependencies}")
        if self.result:
            short = f"{self.result[:_PREVIEW]}..." if len(self.result) > _PREVIEW else self.result
            told.append(f"      Result: {short}")
        told += [f"      Note: {note}" for note in self.notes[-_NOTES_SHOWN:]]
        return told

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Task:
        """From the session's state; an unknown status counts as pending."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        try:
            known["status"] = TaskStatus(known.get("status", "pending"))
        except ValueError:
            known["status"] = TaskStatus.pending
        return cls(**known)


@dataclass
class TaskList:
    """All tasks of a team's session; mirrors `agno.team.task.TaskList`."""

    tasks: list[Task] = field(default_factory=list)
    goal_complete: bool = False
    completion_summary: str | None = None

    def create_task(
        self,
        title: str,
        description: str = "",
        assignee: str | None = None,
        parent_id: str | None = None,
        dependencies: list[str] | None = None,
    ) -> Task:
        """Add a task; it is blocked while a dependency is open."""
        task = Task(
            title=title,
            description=description,
            assignee=assignee,
            parent_id=parent_id,
            dependencies=list(dependencies or ()),
        )
        self.tasks.append(task)
        self._update_blocked_statuses()
        return task

    def get_task(self, task_id: str) -> Task | None:
        """A task, or None."""
        return next((task for task in self.tasks if task.id == task_id), None)

    def update_task(self, task_id: str, **updates: Any) -> Task | None:
        """Change fields of a task; what depends on it is settled again."""
        task = self.get_task(task_id)
        if task is None:
            return None
        for name, value in updates.items():
            if name == "status" and isinstance(value, str):
                value = TaskStatus(value)  # noqa: PLW2901 - the stored form of the same value
            if hasattr(task, name):
                setattr(task, name, value)
        self._update_blocked_statuses()
        return task

    def get_available_tasks(self, for_assignee: str | None = None) -> list[Task]:
        """Tasks that may start, of one member or of all."""
        return [
            task
            for task in self.tasks
            if task.status is TaskStatus.pending
            and not self._is_blocked(task)
            and (for_assignee is None or task.assignee in (None, for_assignee))
        ]

    def all_terminal(self) -> bool:
        """Whether there are tasks and all have ended."""
        return bool(self.tasks) and all(task.status in TERMINAL_STATUSES for task in self.tasks)

    def get_summary_string(self) -> str:
        """The list as the leader reads it."""
        if not self.tasks:
            return "No tasks created yet."
        counts = Counter(task.status.value for task in self.tasks)
        told = ", ".join(f"{count} {status}" for status, count in counts.items())
        lines = [f"Tasks ({len(self.tasks)} total: {told}):"]
        for task in self.tasks:
            lines += task.lines()
        if self.goal_complete and self.completion_summary:
            lines.append(f"\nGoal marked complete: {self.completion_summary}")
        return "\n".join(lines)

    def _is_blocked(self, task: Task) -> bool:
        found = [self.get_task(other) for other in task.dependencies]
        # An id that is in no task blocks: better a task that waits than one that starts too early.
        return any(other is None or other.status not in DEPENDENCY_SATISFIED_STATUSES for other in found)

    def _has_failed_dependency(self, task: Task) -> bool:
        found = [self.get_task(other) for other in task.dependencies]
        return any(other is not None and other.status is TaskStatus.failed for other in found)

    def _update_blocked_statuses(self) -> None:
        """Block and unblock tasks; a blocked task whose dependency failed fails too."""
        for task in self.tasks:
            if task.status is TaskStatus.pending and self._is_blocked(task):
                task.status = TaskStatus.blocked
            elif task.status is TaskStatus.blocked:
                if self._has_failed_dependency(task):
                    task.status = TaskStatus.failed
                    task.result = "Automatically failed: a dependency failed."
                elif not self._is_blocked(task):
                    task.status = TaskStatus.pending

    def to_dict(self) -> dict[str, Any]:
        """As stored in the session's state."""
        return {
            "tasks": [task.to_dict() for task in self.tasks],
            "goal_complete": self.goal_complete,
            "completion_summary": self.completion_summary,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TaskList:
        """From the session's state."""
        return cls(
            tasks=[Task.from_dict(item) for item in data.get("tasks", ())],
            goal_complete=bool(data.get("goal_complete", False)),
            completion_summary=data.get("completion_summary"),
        )


def load_task_list(session_state: dict[str, Any] | None) -> TaskList:
    """The list in a session's state, or an empty one."""
    stored = (session_state or {}).get(TASK_LIST_KEY)
    if isinstance(stored, TaskList):
        return stored
    return TaskList.from_dict(stored) if isinstance(stored, dict) else TaskList()


def save_task_list(session_state: dict[str, Any] | None, task_list: TaskList) -> None:
    """Put the list into a session's state."""
    if session_state is not None:
        session_state[TASK_LIST_KEY] = task_list.to_dict()
