"""The file of a result: JSON in Agno's format, so that either runtime reads the other's baselines.

Called by `results`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.events.outputs import RunOutput
from wherry.environments.attempts import AttemptResult, StopReason
from wherry.environments.environment import Task
from wherry.scorer.base import Score

if TYPE_CHECKING:
    from wherry.environments.results import EnvironmentRunResult, TaskResult

_FORMAT = 1
_HEAD = ("env_name", "k", "env_fingerprint", "policy_fingerprint", "duration_seconds", "stopped_early")


def write_result(result: EnvironmentRunResult, path: str | Path) -> None:
    """Write a result; everything is turned into text before the file is opened."""
    data: dict[str, Any] = {"format_version": _FORMAT, **{name: getattr(result, name) for name in _HEAD}}
    data["task_results"] = [_task(one) for one in result.task_results]
    try:
        text = json.dumps(data, ensure_ascii=False, indent=2)
    except (TypeError, ValueError) as error:
        raise TypeError(f"EnvironmentRunResult.save: {_culprit(data)} is not JSON-serializable: {error}") from error
    Path(path).write_text(text + "\n", encoding="utf-8", newline="")


def read_result(path: str | Path) -> EnvironmentRunResult:
    """Read a result."""
    from wherry.environments.results import EnvironmentRunResult, TaskResult

    data = json.loads(Path(path).read_text(encoding="utf-8"))
    if data.get("format_version") != _FORMAT:
        raise ValueError(f"unsupported format_version {data.get('format_version')!r}; this build reads {_FORMAT}")
    results = tuple(
        TaskResult(
            Task(**{**row["task"], "metadata": row["task"]["metadata"] or {}}),
            tuple(_read_attempt(attempt) for attempt in row["attempts"]),
        )
        for row in data["task_results"]
    )
    return EnvironmentRunResult(task_results=results, **{name: data[name] for name in _HEAD})


def _task(result: TaskResult) -> dict[str, Any]:
    task = result.task
    return {
        "task": {"id": task.id, "input": task.input, "expected": task.expected, "metadata": dict(task.metadata)},
        "attempts": [_attempt(attempt) for attempt in result.attempts],
    }


def _attempt(attempt: AttemptResult) -> dict[str, Any]:
    return {
        "run": None if attempt.run is None else attempt.run.to_dict(),
        "score": None if attempt.score is None else dict(vars(attempt.score)),
        "stop_reason": attempt.stop_reason.value,
        "duration_seconds": attempt.duration_seconds,
        "error": attempt.error,
        "tool_call_limit_hit": attempt.tool_call_limit_hit,
        "error_type": attempt.error_type,
    }


def _read_attempt(data: dict[str, Any]) -> AttemptResult:
    return AttemptResult(
        run=None if data["run"] is None else RunOutput.from_dict(data["run"]),
        score=None if data["score"] is None else Score(**data["score"]),
        stop_reason=StopReason(data["stop_reason"]),
        duration_seconds=data["duration_seconds"],
        error=data["error"],
        tool_call_limit_hit=data["tool_call_limit_hit"],
        error_type=data.get("error_type"),
    )


def _culprit(data: dict[str, Any]) -> str:
    """Which task and field cannot be written."""
    for row in data["task_results"]:
        for name in ("expected", "metadata"):
            try:
                json.dumps(row["task"][name])
            except (TypeError, ValueError):
                return f"task {row['task']['id']!r} field {name!r}"
    return "a part"
