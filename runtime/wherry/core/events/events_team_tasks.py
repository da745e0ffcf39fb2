"""Events of a team that works through a list of tasks; the rest of a team's events are in `events_team`.

Each class mirrors the one of the same name in `agno.run.team`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wherry.core.events.event_names import TeamRunEvent
from wherry.core.events.events import BaseTeamRunEvent


@dataclass(slots=True, eq=False, repr=False)
class TaskIterationStartedEvent(BaseTeamRunEvent):
    """A round over the task list begins."""

    event: str = TeamRunEvent.task_iteration_started.value
    iteration: int = 0
    max_iterations: int = 0


@dataclass(slots=True, eq=False, repr=False)
class TaskIterationCompletedEvent(BaseTeamRunEvent):
    """A round over the task list ended."""

    event: str = TeamRunEvent.task_iteration_completed.value
    iteration: int = 0
    max_iterations: int = 0
    task_summary: str | None = None


@dataclass(slots=True)
class TaskData:
    """One task of the list; mirrors `agno.run.team.TaskData`.

    `status` is pending, in_progress, completed, failed or blocked.
    """

    id: str = ""
    title: str = ""
    description: str = ""
    status: str = "pending"
    assignee: str | None = None
    dependencies: list[str] = field(default_factory=list)
    result: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """All fields."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TaskData:
        """From a stored dictionary; unknown keys are ignored."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})


@dataclass(slots=True, eq=False, repr=False)
class TaskStateUpdatedEvent(BaseTeamRunEvent):
    """The task list changed; carries all of it."""

    event: str = TeamRunEvent.task_state_updated.value
    task_summary: str | None = None
    goal_complete: bool = False
    tasks: list[TaskData] = field(default_factory=list)
    completion_summary: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class TaskCreatedEvent(BaseTeamRunEvent):
    """A task was added."""

    event: str = TeamRunEvent.task_created.value
    task_id: str = ""
    title: str = ""
    description: str = ""
    assignee: str | None = None
    status: str = "pending"
    dependencies: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False, repr=False)
class TaskUpdatedEvent(BaseTeamRunEvent):
    """A task changed."""

    event: str = TeamRunEvent.task_updated.value
    task_id: str = ""
    title: str = ""
    status: str = ""
    previous_status: str | None = None
    result: str | None = None
    assignee: str | None = None
