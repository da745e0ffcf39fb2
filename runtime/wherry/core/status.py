"""In which state a run is. Nothing but the words; transitions are made by the lifecycle of agents, teams, workflows."""

from __future__ import annotations

from enum import Enum
from typing import Any


class RunStatus(str, Enum):
    """State of a run; mirrors `agno.run.base.RunStatus`. `regenerated` marks a run that a newer answer replaced."""

    pending = "PENDING"
    running = "RUNNING"
    completed = "COMPLETED"
    paused = "PAUSED"
    cancelled = "CANCELLED"
    error = "ERROR"
    regenerated = "REGENERATED"

    @classmethod
    def coerce(cls, value: Any) -> Any:
        """A stored value as a member; a value of a newer version stays as it is."""
        return _known(cls, value)


class CancellationStage(str, Enum):
    """Where a run was when it was cancelled; None means unknown. Mirrors `agno.run.base.CancellationStage`."""

    pending = "PENDING"
    executing = "EXECUTING"
    paused = "PAUSED"

    @classmethod
    def coerce(cls, value: Any) -> Any:
        """A stored value as a member; a value of a newer version stays as it is."""
        return _known(cls, value)


def _known(kind: type[Enum], value: Any) -> Any:
    if isinstance(value, kind):
        return value
    try:
        return kind(value)
    except ValueError:
        return value


# Runs in these states are left out when a conversation is rebuilt from a session.
HISTORY_SKIP_STATUSES: list[RunStatus] = [
    RunStatus.paused,
    RunStatus.cancelled,
    RunStatus.error,
    RunStatus.regenerated,
]
