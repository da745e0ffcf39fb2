"""Attempts: one run of one task with its score, and many of them side by side. Called by `rollouts`.

Mirrors the result types of `agno.environments`; a failure is a result here, never an exception.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from wherry.core.events.outputs import RunOutput, TeamRunOutput
from wherry.core.log import log_warning
from wherry.core.status import RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wherry.environments.environment import Task
    from wherry.scorer.base import AnyRunOutput, Score, Scorer


class StopReason(str, Enum):
    """Why an attempt ended; mirrors `agno.environments.StopReason`. Only `completed` ones are scored."""

    completed = "completed"
    error = "error"
    timeout = "timeout"
    cancelled = "cancelled"
    paused = "paused"


_ENDS = {
    RunStatus.completed: StopReason.completed,
    RunStatus.paused: StopReason.paused,
    RunStatus.cancelled: StopReason.cancelled,
}


@dataclass
class AttemptResult:
    """One attempt; mirrors `agno.environments.AttemptResult`.

    Attributes:
        run: The run's output; also that of a run that failed, as far as it came.
        score: None when the run was not completed, or the scorer failed.
        stop_reason: Why it ended.
        duration_seconds: With the scoring.
        error: What went wrong.
        tool_call_limit_hit: A tool call was refused because there had been too many.
        error_type: Name of the exception, where it is known.
    """

    run: AnyRunOutput | None
    score: Score | None
    stop_reason: StopReason
    duration_seconds: float
    error: str | None = None
    tool_call_limit_hit: bool = False
    error_type: str | None = None


@dataclass
class _Course:
    """What is known of a running attempt."""

    run: AnyRunOutput | None = None
    score: Score | None = None
    errors: list[str] = field(default_factory=list)
    failed: bool = False
    error_type: str | None = None

    def fail(self, text: str, kind: str | None) -> None:
        self.failed = True
        self.error_type = self.error_type or kind
        self.errors.append(f"{kind}: {text}" if kind else text)

    @property
    def end(self) -> StopReason:
        if self.failed or self.run is None:
            return StopReason.error
        return _ENDS.get(self.run.status, StopReason.error)


@dataclass
class Batch:
    """How many attempts are made, of what, by whom.

    Attributes:
        make_agent: Gives the agent of one attempt.
        tasks: What is to be done.
        k: Attempts a task.
        concurrency: Attempts at a time.
        scorer: Judges them.
        seconds: Limit of each.
        ended: Told of each attempt: number of its task, of the attempt, result.
        stopped: Asked before each attempt; once it says yes, no further one begins.
    """

    make_agent: Callable[[], Any]
    tasks: Sequence[Task]
    k: int
    concurrency: int
    scorer: Scorer
    seconds: float | None
    ended: Callable[[int, int, AttemptResult], None]
    stopped: Callable[[], bool]

    def __post_init__(self) -> None:
        for name in ("k", "concurrency"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be >= 1, got {getattr(self, name)}")

    async def run(self) -> tuple[tuple[AttemptResult, ...], ...]:
        """Make all attempts: results by task, in the order of the attempts; those never begun are left out."""
        room = asyncio.Semaphore(self.concurrency)
        results: dict[tuple[int, int], AttemptResult] = {}

        async def one(number: int, attempt: int) -> None:
            async with room:
                if self.stopped():
                    return
                result = results[number, attempt] = await self._attempt(self.tasks[number])
                self._tell(number, attempt, result)

        places = [(number, attempt) for number in range(len(self.tasks)) for attempt in range(self.k)]
        running = [asyncio.ensure_future(one(*place)) for place in places]
        try:
            await asyncio.gather(*running)
        finally:
            for task in running:
                task.cancel()
        return tuple(
            tuple(results[number, attempt] for attempt in range(self.k) if (number, attempt) in results)
            for number in range(len(self.tasks))
        )

    def _tell(self, number: int, attempt: int, result: AttemptResult) -> None:
        try:
            self.ended(number, attempt, result)
        except Exception as error:  # noqa: BLE001 - results must not get lost over what is shown of them
            log_warning(f"What follows an attempt failed ({type(error).__name__}: {error})")

    async def _attempt(self, task: Task) -> AttemptResult:
        start = perf_counter()
        course = _Course()
        end: StopReason | None = None
        try:
            agent = self.make_agent()
        except Exception as error:  # noqa: BLE001 - a factory is a user's own
            course.fail(str(error), type(error).__name__)
        else:
            try:
                await asyncio.wait_for(self._follow(agent, task, course), self.seconds)
            except TimeoutError:
                end = StopReason.timeout
                course.errors.append(f"timeout: exceeded {self.seconds}s")
        end = end or course.end
        if not course.errors and end != StopReason.completed:
            course.errors.append(_how_it_ended(course.run))
        return AttemptResult(
            run=course.run,
            score=course.score,
            stop_reason=end,
            duration_seconds=perf_counter() - start,
            error="; ".join(course.errors) or None,
            tool_call_limit_hit=_refused(course.run),
            error_type=course.error_type,
        )

    async def _follow(self, agent: Any, task: Task, course: _Course) -> None:
        """Run and score; the output is kept as soon as it is there, as the limit may pass afterwards."""
        events = agent.arun(
            input=task.input,
            stream=True,
            stream_events=True,
            yield_run_output=True,
            session_id=f"rollout-{uuid4().hex}",
        )
        try:
            async for event in events:
                if isinstance(event, RunOutput | TeamRunOutput):
                    course.run = event
                elif str(getattr(event, "event", "")).endswith("RunError"):
                    course.fail(str(event.content or "unknown error"), event.error_type)
        except Exception as error:  # noqa: BLE001 - a run may fail in any way
            course.fail(str(error), type(error).__name__)
            return
        if course.end != StopReason.completed or course.run is None:
            return
        try:
            course.score = await self.scorer.ascore(course.run, task.expected)
        except Exception as error:  # noqa: BLE001 - a scorer is a user's own
            course.errors.append(f"scorer: {type(error).__name__}: {error}")


def _how_it_ended(run: AnyRunOutput | None) -> str:
    if run is None:
        return "no run output recorded"
    return f"run ended with status {getattr(run.status, 'value', run.status)}"


def _refused(run: AnyRunOutput | None) -> bool:
    """Whether a tool call was answered with an error although it never ran."""
    if run is None:
        return False
    ran = {call.tool_call_id for call in run.tools or () if call.tool_call_id}
    errors = (message for message in run.messages or () if message.tool_call_error and message.tool_call_id)
    return any(message.tool_call_id not in ran for message in errors)
