"""`agno.team`: the team, its output and its events."""

from wherry.core.asking.fallback import FallbackConfig
from wherry.core.events.outputs import TeamRunOutput
from wherry.core.matrix import module_getattr
from wherry.core.team.task_list import Task, TaskList, TaskStatus
from wherry.core.team.team import Team, TeamMode
from wherry.run.team import (
    FollowupsCompletedEvent,
    FollowupsStartedEvent,
    MemoryUpdateCompletedEvent,
    MemoryUpdateStartedEvent,
    ReasoningCompletedEvent,
    ReasoningStartedEvent,
    ReasoningStepEvent,
    RunCancelledEvent,
    RunCompletedEvent,
    RunContentEvent,
    RunErrorEvent,
    RunStartedEvent,
    TeamRunEvent,
    TeamRunOutputEvent,
    ToolCallCompletedEvent,
    ToolCallStartedEvent,
)

__all__ = [
    "FallbackConfig",
    "FollowupsCompletedEvent",
    "FollowupsStartedEvent",
    "MemoryUpdateCompletedEvent",
    "MemoryUpdateStartedEvent",
    "ReasoningCompletedEvent",
    "ReasoningStartedEvent",
    "ReasoningStepEvent",
    "RunCancelledEvent",
    "RunCompletedEvent",
    "RunContentEvent",
    "RunErrorEvent",
    "RunStartedEvent",
    "Task",
    "TaskList",
    "TaskStatus",
    "Team",
    "TeamMode",
    "TeamRunEvent",
    "TeamRunOutput",
    "TeamRunOutputEvent",
    "ToolCallCompletedEvent",
    "ToolCallStartedEvent",
]

_missing = module_getattr(__name__, "agno.team")


def __getattr__(name: str) -> object:
    if name in {"get_team_by_id", "get_teams"}:
        from wherry.core.team import stored_teams

        return getattr(stored_teams, name)
    if name == "RemoteTeam":
        from wherry.team.remote import RemoteTeam

        return RemoteTeam
    return _missing(name)
