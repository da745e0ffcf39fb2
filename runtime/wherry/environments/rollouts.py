"""Every task several times, each attempt on its own, each judged. Mirrors `run_rollouts` of `agno.environments`.

`attempts` makes them, `isolation` keeps them apart, `results` holds what came of it.
"""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning
from wherry.environments.attempts import AttemptResult, Batch, StopReason
from wherry.environments.fingerprints import fingerprint_of_environment, fingerprint_of_policy, task_id
from wherry.environments.isolation import isolate
from wherry.environments.results import EnvironmentRunResult, TaskResult
from wherry.environments.shared_servers import refuse_shared_servers
from wherry.models.base import Model
from wherry.scorer.base import FingerprintError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wherry.environments.environment import Environment, Task

_FEWEST_ERRORS = 4
"""So many attempts must have failed alike, at least, before the rest is left."""


async def arun_rollouts(
    env: Environment,
    *,
    k: int = 8,
    tasks: Sequence[Task] | None = None,
    model: Model | None = None,
    concurrency: int = 4,
) -> EnvironmentRunResult:
    """Run every task k times; mirrors `agno.environments.arun_rollouts`.

    Each attempt has an agent, an empty database in memory and a user of its own, asks the model anew and writes
    nowhere. Hooks and tools are the user's own and do what they do. When all attempts at a single task begin with one
    and the same error, the rest is left.

    Args:
        env: What to run.
        k: Attempts a task.
        tasks: Some of `env.tasks`; all by default.
        model: Runs instead of the agent's own.
        concurrency: Attempts at a time.

    Raises:
        TypeError: `model` is no Model.
        ValueError: A task is not the environment's own, or two have one id.
        RuntimeError: The factory failed, or attempts would share an MCP server.
    """
    if model is not None and not isinstance(model, Model):
        raise TypeError(f"model must be a Model instance, got {type(model).__name__}: make the model and pass it")
    chosen = _chosen(env, tasks)
    start = perf_counter()
    source = _source(env)
    refuse_shared_servers(env, source)
    effective = model or _model_of(source)
    storm = _Storm(max(concurrency, _FEWEST_ERRORS) if len(chosen) == 1 else 0, k)
    grid = _grid(env.name, k, chosen)
    batch = Batch(
        make_agent=lambda: _attempt_agent(env, model, effective),
        tasks=chosen,
        k=k,
        concurrency=concurrency,
        scorer=env.scorer,
        seconds=env.timeout_seconds,
        ended=lambda number, attempt, result: _ended(storm, grid, number, attempt, result),
        stopped=lambda: storm.broke,
    )
    fingerprints = _prints(env, source, effective)
    with grid or nullcontext():
        attempts = await batch.run()
    left = k * len(chosen) - sum(len(one) for one in attempts)
    return EnvironmentRunResult(
        env_name=env.name,
        k=k,
        env_fingerprint=fingerprints[0],
        policy_fingerprint=fingerprints[1],
        task_results=tuple(TaskResult(task, made) for task, made in zip(chosen, attempts, strict=True)),
        duration_seconds=perf_counter() - start,
        stopped_early="error-storm" if storm.broke and left else None,
    )


def run_rollouts(
    env: Environment,
    *,
    k: int = 8,
    tasks: Sequence[Task] | None = None,
    model: Model | None = None,
    concurrency: int = 4,
) -> EnvironmentRunResult:
    """`arun_rollouts` from plain code; mirrors `agno.environments.run_rollouts`.

    Raises:
        RuntimeError: Called on a running event loop; also as `arun_rollouts`.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(arun_rollouts(env, k=k, tasks=tasks, model=model, concurrency=concurrency))
    raise RuntimeError("run_rollouts cannot be called from a running event loop; await arun_rollouts instead")


@dataclass
class _Storm:
    """Notices when the first attempts all fail in one way; with 0 as `window` it never does."""

    window: int
    k: int
    ended: list[AttemptResult] = field(default_factory=list)
    broke: bool = False

    def add(self, result: AttemptResult) -> None:
        self.ended.append(result)
        if not self.window or self.k <= self.window or len(self.ended) != self.window:
            return
        kinds = {one.error_type or (one.error or "").partition(":")[0].strip() for one in self.ended}
        self.broke = len(kinds) == 1 and all(one.stop_reason == StopReason.error for one in self.ended)


def _ended(storm: _Storm, grid: Any, number: int, attempt: int, result: AttemptResult) -> None:
    storm.add(result)
    if grid is not None:
        grid.add(number, attempt, result)


def _grid(name: str, k: int, tasks: Sequence[Task]) -> Any:
    """A live grid in a terminal, else None."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        return None
    from wherry.environments.grid import LiveGrid

    return LiveGrid(console, name, k, [str(task.id) for task in tasks])


def _chosen(env: Environment, tasks: Sequence[Task] | None) -> tuple[Task, ...]:
    """The tasks with their ids."""
    named = [replace(task, id=task_id(number, task.id)) for number, task in enumerate(env.tasks)]
    ids = [str(task.id) for task in named]
    doubled = next((name for name in ids if ids.count(name) > 1), None)
    if doubled is not None:
        raise ValueError(f"duplicate resolved task id {doubled!r}; task ids must be unique (t1..tN are reserved)")
    if tasks is None:
        return tuple(named)
    places = {id(task): number for number, task in enumerate(env.tasks)}
    strange = next((task for task in tasks if id(task) not in places), None)
    if strange is not None:
        raise ValueError(f"tasks must be selected from env.tasks; {strange.input!r} is not one of them")
    return tuple(named[places[id(task)]] for task in tasks)


def _source(env: Environment) -> Any:
    """The agent that the fingerprints are taken of."""
    try:
        return env.make_agent()
    except TypeError:
        raise
    except Exception as error:
        raise RuntimeError(f"env.agent factory raised before any attempt ran: {error}") from error


def _model_of(agent: Any) -> Any:
    """The model that will run, also the default one and one that was named; the agent itself stays as it is."""
    model = getattr(agent, "model", None)
    if isinstance(model, Model) or not hasattr(agent, "deep_copy"):
        return model
    probe = agent.deep_copy()
    probe.initialize_agent()
    return probe.model


def _prints(env: Environment, agent: Any, model: Any) -> tuple[str | None, str | None]:
    makers: dict[str, Callable[[], str]] = {
        "env": lambda: fingerprint_of_environment(env, agent, model),
        "policy": lambda: fingerprint_of_policy(model),
    }
    found: list[str | None] = []
    for name, make in makers.items():
        try:
            found.append(make())
        except FingerprintError as error:
            log_warning(f"{name}_fingerprint degraded to None: {error}")
            found.append(None)
    return found[0], found[1]


def _attempt_agent(env: Environment, model: Model | None, effective: Any) -> Any:
    """A fresh agent, cut loose.

    Raises:
        RuntimeError: The copy of an agent runs another model than the agent.
    """
    source = env.make_agent()
    copied = source is env.agent
    agent = source.deep_copy() if copied else source
    isolate(agent, model)
    wanted, got = getattr(effective, "id", None), getattr(getattr(agent, "model", None), "id", None)
    if copied and None not in (wanted, got) and wanted != got:
        raise RuntimeError(
            f"the copy of env.agent runs {got!r} instead of {wanted!r}: its class loses options when it is copied. "
            "Give a factory: agent=lambda: MyAgent(...)."
        )
    return agent
