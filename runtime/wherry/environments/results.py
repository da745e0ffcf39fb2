"""What rollouts give: results by task and of the whole, and their comparison with a baseline.

Mirrors the result types of `agno.environments.runner`. How they look is in `grid`, their file in `saving`.
"""

from __future__ import annotations

import asyncio
import math
import sys
from dataclasses import dataclass, replace
from statistics import mean
from typing import TYPE_CHECKING, Any

from wherry.environments.fingerprints import known_fingerprint, match
from wherry.environments.grid import grid_of, report_of, verdict_of
from wherry.scorer.base import MismatchError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wherry.environments.attempts import AttemptResult
    from wherry.environments.environment import Task

_ROUNDING = 1e-9


@dataclass
class TaskResult:
    """The attempts at one task; mirrors `agno.environments.TaskResult`. Those without a score count in no share."""

    task: Task
    attempts: tuple[AttemptResult, ...]

    @property
    def values(self) -> list[float]:
        """The scores, from 0 to 1."""
        return [attempt.score.value for attempt in self.attempts if attempt.score is not None]

    @property
    def n_scored(self) -> int:
        """Attempts with a score."""
        return len(self.values)

    @property
    def n_unscored(self) -> int:
        """Attempts without one."""
        return len(self.attempts) - self.n_scored

    @property
    def n_passed(self) -> int:
        """Attempts that passed."""
        return sum(attempt.score.passed for attempt in self.attempts if attempt.score is not None)

    @property
    def pass_rate(self) -> float | None:
        """Share of the scored attempts that passed."""
        return self.n_passed / self.n_scored if self.n_scored else None

    @property
    def mean_value(self) -> float | None:
        """Mean score."""
        return mean(self.values) if self.values else None

    @property
    def in_learning_zone(self) -> bool:
        """Whether some attempts passed and some did not: the task is neither too easy nor too hard."""
        return 0 < self.n_passed < self.n_scored


@dataclass
class EnvironmentRunResult:
    """What `run_rollouts` gives; mirrors `agno.environments.EnvironmentRunResult`. As text it is the grid.

    Attributes:
        env_name: The environment.
        k: Attempts a task.
        env_fingerprint: What was run; None when it has no stable form.
        policy_fingerprint: By which model.
        task_results: In the order of the tasks.
        duration_seconds: Of everything.
        stopped_early: ``error-storm`` when all began with one and the same error, and the rest was left.
    """

    env_name: str
    k: int
    env_fingerprint: str | None
    policy_fingerprint: str | None
    task_results: tuple[TaskResult, ...]
    duration_seconds: float
    stopped_early: str | None = None

    @property
    def n_attempts(self) -> int:
        """All attempts."""
        return sum(len(one.attempts) for one in self.task_results)

    @property
    def n_scored(self) -> int:
        """Attempts with a score."""
        return sum(one.n_scored for one in self.task_results)

    @property
    def n_unscored(self) -> int:
        """Attempts without one."""
        return self.n_attempts - self.n_scored

    @property
    def pass_rate(self) -> float | None:
        """Share of the scored attempts that passed."""
        return sum(one.n_passed for one in self.task_results) / self.n_scored if self.n_scored else None

    @property
    def mean_value(self) -> float | None:
        """Mean score."""
        values = [value for one in self.task_results for value in one.values]
        return mean(values) if values else None

    def summary(self) -> dict[str, Any]:
        """Counts and shares as plain data, with Agno's keys."""
        return {
            "env": self.env_name,
            "k": self.k,
            "n_tasks": len(self.task_results),
            **{name: getattr(self, name) for name in _COUNTS},
            "env_fingerprint": self.env_fingerprint,
            "policy_fingerprint": self.policy_fingerprint,
            "stopped_early": self.stopped_early,
            "tasks": [
                {
                    "id": one.task.id,
                    "pass_rate": one.pass_rate,
                    "mean_value": one.mean_value,
                    "n_unscored": one.n_unscored,
                    "learning_zone": one.in_learning_zone,
                }
                for one in self.task_results
            ],
        }

    def learning_zone(self) -> EnvironmentRunResult:
        """The same result with those tasks only that some attempts passed and some did not."""
        return replace(self, task_results=tuple(one for one in self.task_results if one.in_learning_zone))

    def errors(self) -> dict[str, list[str]]:
        """Task id -> what went wrong, for tasks where something did."""
        found = {
            str(one.task.id): [attempt.error for attempt in one.attempts if attempt.error] for one in self.task_results
        }
        return {name: errors for name, errors in found.items() if errors}

    def env_matches(self, other: Any) -> bool:
        """Whether an environment or a result is of the same environment."""
        return match(self.env_fingerprint, known_fingerprint(other))

    def diff(self, baseline: EnvironmentRunResult) -> EnvironmentDiff:
        """What changed since a baseline of the same environment.

        Raises:
            MismatchError: The environments differ, or one has no fingerprint.
        """
        if not self.env_matches(baseline):
            raise MismatchError(
                f"env_fingerprint diverged: current={self.env_fingerprint!r}, "
                f"baseline={baseline.env_fingerprint!r}; run the baseline again in this environment."
            )
        before = {str(one.task.id): one for one in baseline.task_results}
        now = {str(one.task.id): one for one in self.task_results}
        rows = tuple(_row(name, before[name], one) for name, one in now.items() if name in before)
        return EnvironmentDiff(
            env_name=self.env_name,
            policy_changed=not match(self.policy_fingerprint, baseline.policy_fingerprint),
            rows=rows,
            improved=tuple(row["id"] for row in rows if row["status"] == "improved"),
            regressed=tuple(row["id"] for row in rows if row["status"] == "regressed"),
            unmatched_current=tuple(name for name in now if name not in before),
            unmatched_baseline=tuple(name for name in before if name not in now),
        )

    def save(self, path: str | Path) -> None:
        """Write everything to a JSON file that `load` and Agno's `load` read.

        Raises:
            TypeError: What a task expects, or its metadata, is not JSON; a file that is there stays as it was.
        """
        from wherry.environments.saving import write_result

        write_result(self, path)

    async def asave(self, path: str | Path) -> None:
        """`save` in a thread."""
        await asyncio.to_thread(self.save, path)

    @classmethod
    def load(cls, path: str | Path) -> EnvironmentRunResult:
        """Read a file that `save` or Agno's `save` wrote.

        Raises:
            ValueError: The file has another format.
        """
        from wherry.environments.saving import read_result

        return read_result(path)

    @classmethod
    async def aload(cls, path: str | Path) -> EnvironmentRunResult:
        """`load` in a thread."""
        return await asyncio.to_thread(cls.load, path)

    def print_report(self, *, only: str = "failed", attempts: int | None = None, console: Any = None) -> None:
        """Print what each attempt did: verdict, reason, tools, answer, tokens.

        Args:
            only: ``failed`` for attempts that did not pass or have no score, ``all`` for each.
            attempts: Most attempts shown of a task.
            console: Where to print; by default standard output.
        """
        (console.print if console is not None else print)(report_of(self.task_results, only, attempts))

    def print_attempt(self, task_id: str, attempt: int = 1, *, markdown: bool = False) -> None:
        """Print one attempt in full.

        Args:
            task_id: Its task.
            attempt: Its number, from 1.
            markdown: Draw the answer as Markdown.

        Raises:
            KeyError: There is no such task.
            IndexError: There is no such attempt.
        """
        from wherry.core.agent.showing import pprint_run_response

        one = next((one for one in self.task_results if str(one.task.id) == task_id), None)
        if one is None:
            known = ", ".join(str(one.task.id) for one in self.task_results)
            raise KeyError(f"no task with id {task_id!r}; known ids: {known}")
        total = len(one.attempts)
        if not 1 <= attempt <= total:
            raise IndexError(f"attempt must be in 1..{total} for task {task_id!r}, got {attempt}")
        chosen = one.attempts[attempt - 1]
        sys.stdout.write("\n".join([f"task {task_id}, attempt {attempt} of {total}", *_told(one.task, chosen), ""]))
        if chosen.run is not None:
            pprint_run_response(chosen.run, markdown=markdown)

    def __str__(self) -> str:
        return grid_of(self)


_COUNTS = ("n_attempts", "n_scored", "n_unscored", "pass_rate", "mean_value")


def _told(task: Task, attempt: AttemptResult) -> Iterator[str]:
    yield f"  input: {task.input}"
    if task.expected is not None:
        yield f"  expected: {task.expected}"
    yield (
        f"  {verdict_of(attempt)}   stop={attempt.stop_reason.value}   {attempt.duration_seconds:.1f}s   "
        f"limit_hit={attempt.tool_call_limit_hit}"
    )
    if attempt.error:
        yield f"  error: {attempt.error}"
    score = attempt.score
    if score is not None:
        yield f"  score: value={score.value} passed={score.passed}"
        yield from (f"  {name}: {text}" for name in ("reason", "detail") if (text := getattr(score, name)))
    if attempt.run is None:
        yield "  (no run captured)"


def _row(name: str, before: TaskResult, now: TaskResult) -> dict[str, Any]:
    known = before.pass_rate is not None and now.pass_rate is not None
    delta = now.pass_rate - before.pass_rate if known else None  # type: ignore[operator]
    moved = delta is not None and not math.isclose(delta, 0.0, rel_tol=_ROUNDING, abs_tol=_ROUNDING)
    return {
        "id": name,
        "baseline": f"{before.n_passed}/{before.n_scored}",
        "current": f"{now.n_passed}/{now.n_scored}",
        "baseline_pass_rate": before.pass_rate,
        "current_pass_rate": now.pass_rate,
        "delta": delta,
        "status": ("improved" if delta > 0 else "regressed") if delta is not None and moved else "",
    }


@dataclass
class EnvironmentDiff:
    """What changed between two results; mirrors `agno.environments.EnvironmentDiff`. As text it is a table.

    Attributes:
        env_name: The environment.
        policy_changed: Whether another model, or other settings, ran.
        rows: A mapping for each task that both have.
        improved: Tasks that pass more often.
        regressed: Tasks that pass less often.
        unmatched_current: Tasks that the baseline has not.
        unmatched_baseline: Tasks that only the baseline has.
    """

    env_name: str
    policy_changed: bool
    rows: tuple[dict[str, Any], ...]
    improved: tuple[str, ...]
    regressed: tuple[str, ...]
    unmatched_current: tuple[str, ...] = ()
    unmatched_baseline: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain data, with Agno's keys."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}

    def __str__(self) -> str:
        policy = "changed" if self.policy_changed else "identical"
        width = max((len(row["id"]) for row in self.rows), default=2)
        lines = [f"{self.env_name}       baseline -> current      (env identical, policy {policy})"]
        for row in self.rows:
            delta = "   -" if row["delta"] is None else f"{row['delta']:+.2f}"
            status = f"   {row['status']}" if row["status"] else ""
            lines.append(f"  {row['id']:<{width}}   {row['baseline']} -> {row['current']}    {delta}{status}")
        sides = {"current-only": self.unmatched_current, "baseline-only": self.unmatched_baseline}
        left = [f"{name}: {', '.join(ids)}" for name, ids in sides.items() if ids]
        if left:
            lines.append(f"  not compared -- {'; '.join(left)}")
        return "\n".join(lines)
