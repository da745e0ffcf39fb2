"""Public path of environments: an agent's pass rate over many attempts, and training data from the passes.

Mirrors `agno.environments`.
"""

from __future__ import annotations

from wherry.environments.attempts import AttemptResult, StopReason
from wherry.environments.environment import Environment, Task
from wherry.environments.exporters import ExportReport, ato_sft_jsonl, to_sft_jsonl
from wherry.environments.runner import EnvironmentDiff, EnvironmentRunResult, TaskResult, arun_rollouts, run_rollouts
from wherry.scorer import FingerprintError, MismatchError

__all__ = [
    "AttemptResult",
    "Environment",
    "EnvironmentDiff",
    "EnvironmentRunResult",
    "ExportReport",
    "FingerprintError",
    "MismatchError",
    "StopReason",
    "Task",
    "TaskResult",
    "arun_rollouts",
    "ato_sft_jsonl",
    "run_rollouts",
    "to_sft_jsonl",
]
