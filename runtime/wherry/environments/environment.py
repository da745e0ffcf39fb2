"""`Task` and `Environment`: what is run, by whom, and who judges it. Mirrors `agno.environments.environment`.

The running is in `rollouts`, the identity in `fingerprints`.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from wherry.core.agent.agent import Agent
from wherry.core.team.team import Team
from wherry.scorer import FingerprintError, Scorer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_KEYS = frozenset({"input", "expected", "id", "metadata"})


@dataclass(frozen=True, eq=False)
class Task:
    """One input, with what it should lead to; mirrors `agno.environments.Task`.

    Attributes:
        input: What the agent is asked.
        expected: Handed to the scorer; None when there is nothing to compare with.
        id: Name in results; tasks without one are called t1, t2, ... by their place.
        metadata: Anything else; neither the agent nor the scorer sees it.
    """

    input: str
    expected: Any = None
    id: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_jsonl(cls, path: str | Path) -> tuple[Task, ...]:
        """Tasks of a file with one JSON object a line: `input`, and if need be `expected`, `id`, `metadata`.

        Raises:
            ValueError: A line is no such object; an unknown key counts, so that no misspelled answer gets lost.
        """
        lines = Path(path).read_text(encoding="utf-8").split("\n")
        return tuple(cls(**_row(line, number)) for number, line in enumerate(lines, start=1) if line.strip())

    @classmethod
    async def afrom_jsonl(cls, path: str | Path) -> tuple[Task, ...]:
        """`from_jsonl`, read in a thread."""
        return await asyncio.to_thread(cls.from_jsonl, path)


def _row(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {number}: not valid JSON: {error.msg}") from error
    if not isinstance(row, dict):
        raise ValueError(f"line {number}: expected an object, got {type(row).__name__}")  # noqa: TRY004 - Agno's type
    unknown = sorted(row.keys() - _KEYS)
    if unknown:
        raise ValueError(f"line {number}: unknown key {unknown[0]!r} (allowed: input, expected, id, metadata)")
    wrong = {
        "'input' is required and must be a string": not isinstance(row.get("input"), str),
        "'metadata' must be an object": not isinstance(row.get("metadata", {}), dict),
        "'id' must be a string": not isinstance(row.get("id"), str | None),
    }
    for complaint, holds in wrong.items():
        if holds:
            raise ValueError(f"line {number}: {complaint}")
    return row


@dataclass(frozen=True, eq=False)
class Environment:
    """Tasks, the agent that does them and the scorer that judges it; mirrors `agno.environments.Environment`.

    Attributes:
        name: Title of results.
        tasks: What is to be done.
        scorer: Judges each completed attempt.
        agent: An agent (copied for each attempt), or a function without parameters that makes one.
        timeout_seconds: Limit of an attempt with its scoring.

    Raises:
        TypeError: A task is no `Task`, or the agent is a team or nothing that runs.
        ValueError: Two tasks have the same id.
    """

    name: str
    tasks: tuple[Task, ...]
    scorer: Scorer
    agent: Agent | Callable[[], Agent]
    timeout_seconds: int = 120

    def __post_init__(self) -> None:
        object.__setattr__(self, "tasks", tuple(self.tasks))
        for number, task in enumerate(cast("tuple[Any, ...]", self.tasks)):
            if not isinstance(task, Task):
                raise TypeError(f"tasks[{number}] must be a Task, got {type(task).__name__}")
        named = [task.id for task in self.tasks if task.id is not None]
        doubled = next((name for name in named if named.count(name) > 1), None)
        if doubled is not None:
            raise ValueError(f"duplicate task id {doubled!r}; task ids must be unique")
        if isinstance(self.agent, Team):
            raise TypeError(f"Environment.agent does not accept a Team (got {type(self.agent).__name__})")
        agent: Any = self.agent
        if not isinstance(agent, Agent) and not callable(agent):
            received = type(agent).__name__
            raise TypeError(f"Environment.agent must be an Agent or a zero-arg factory returning one, got {received}")

    def env_fingerprint(self) -> str:
        """Hash of tasks, scorer, prompt and tools; equal to Agno's.

        Raises:
            FingerprintError: A part of it has no stable form.
        """
        from wherry.environments.fingerprints import fingerprint_of_environment

        return fingerprint_of_environment(self, self.make_agent())

    def policy_fingerprint(self) -> str:
        """Hash of the model and its settings.

        Raises:
            FingerprintError: The agent has no model.
        """
        from wherry.environments.fingerprints import fingerprint_of_policy

        model = getattr(self.make_agent(), "model", None)
        if model is None:
            raise FingerprintError("policy_fingerprint needs a model; the agent has none")
        return fingerprint_of_policy(model)

    def env_matches(self, other: Any) -> bool:
        """Whether an environment or a result is of this very environment; never when a fingerprint is missing."""
        from wherry.environments.fingerprints import known_fingerprint, match

        return match(known_fingerprint(self), known_fingerprint(other))

    def make_agent(self) -> Agent:
        """The agent, or a new one from the factory.

        Raises:
            TypeError: The factory gave a team or nothing that runs.
        """
        if isinstance(self.agent, Agent):
            return self.agent
        made: Any = self.agent()
        received = type(made).__name__
        if isinstance(made, Team):
            raise TypeError(f"Environment.agent factory returned a Team ({received})")
        if not callable(getattr(made, "arun", None)):
            raise TypeError(f"Environment.agent factory must return an Agent, got {received}")
        agent: Agent = made
        return agent
