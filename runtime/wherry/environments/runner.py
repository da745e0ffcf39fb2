"""Public path of rollouts and their results; mirrors `agno.environments.runner`."""

from __future__ import annotations

from wherry.environments.results import EnvironmentDiff, EnvironmentRunResult, TaskResult
from wherry.environments.rollouts import arun_rollouts, run_rollouts

__all__ = ["EnvironmentDiff", "EnvironmentRunResult", "TaskResult", "arun_rollouts", "run_rollouts"]
