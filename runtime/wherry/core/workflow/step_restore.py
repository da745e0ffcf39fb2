"""A step from its description: the way back from `to_dict`.

Descriptions name functions, agents, teams and workflows; a registry gives them back. What it does not know becomes a
placeholder that refuses to run, or with `strict` an error. Called by `from_dict` of every kind of step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wherry.core.errors import ConfigurationError
from wherry.core.events.review import HumanReview
from wherry.core.workflow.step import Step
from wherry.core.workflow.step_groups import Condition, Router, Steps
from wherry.core.workflow.step_loop import Loop
from wherry.core.workflow.step_parallel import Parallel

_STEP = (
    *("name", "step_id", "description", "max_retries", "skip_on_failure", "strict_input_validation"),
    *("add_workflow_history", "num_history_runs"),
)
_EXECUTORS = {"agent_id": "agent", "team_id": "team", "workflow_id": "workflow"}


class Unresolved:
    """Stands for something that a registry did not know; it refuses to run and keeps its name for `to_dict`."""

    def __init__(self, key: str, name: str, step: str) -> None:
        self.key, self.__name__, self.step = key, name, step

    @property
    def stored(self) -> dict[str, str]:
        """What the description said."""
        return {self.key: self.__name__}

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Refuse."""
        raise missing(self.key, self.__name__, self.step)


def missing(key: str, name: str, step: str) -> ConfigurationError:
    """The error about something that a registry does not know."""
    kind = key.removesuffix("_ref").removesuffix("_id").replace("executor", "function").replace("_", " ")
    return ConfigurationError(
        f"Step {step!r} needs the {kind} {name!r}, which the registry does not hold.",
        hint="Hand it to from_dict: registry={...} with functions by name, and agents, teams and workflows by id.",
    )


class Source:
    """A registry, or a mapping of names and ids, as something to look up in."""

    def __init__(self, registry: Any, *, strict: bool) -> None:
        self.registry, self.strict = registry, strict

    def find(self, kind: str, name: str) -> Any:
        """What is known under this name or id, or None; agents, teams and workflows as copies."""
        found: Any = None
        if isinstance(self.registry, Mapping):
            found = self.registry.get(name)
        elif hasattr(self.registry, f"get_{kind}"):
            found = getattr(self.registry, f"get_{kind}")(name)
        return found.deep_copy() if hasattr(found, "deep_copy") else found

    def need(self, kind: str, key: str, name: str, step: str) -> Any:
        """What is known under this name or id, or a placeholder.

        Raises:
            ConfigurationError: It is not known, and the description must be complete.
        """
        found = self.find(kind, name)
        if found is None:
            if self.strict:
                raise missing(key, name, step)
            return Unresolved(key, name, step)
        return found


def restored(data: dict[str, Any], registry: Any = None, *, strict: bool = False) -> Any:
    """A step of any kind from its description.

    Args:
        data: What `to_dict` gave.
        registry: An object with `get_function`, `get_agent`, `get_team` and `get_workflow`, or a mapping of names and
            ids.
        strict: Refuse what the registry does not know, instead of putting in a placeholder.

    Raises:
        ConfigurationError: The type is unknown, or `strict` and something is missing.
    """
    return of_type(data, Source(registry, strict=strict))


def of_type(data: dict[str, Any], source: Source) -> Any:
    """A step of the type that its description names."""
    kind = data.get("type", "Step")
    if kind not in _MAKERS:
        raise ConfigurationError(f"There is no kind of step called {kind!r}; there are {', '.join(_MAKERS)}.")
    return _MAKERS[kind](data, source)


def workflow_from(kind: Any, data: dict[str, Any], db: Any, registry: Any, *, strict: bool) -> Any:
    """A workflow from its description.

    Args:
        kind: The class to make.
        data: What `Workflow.to_dict` gave.
        db: Where sessions and runs live; a description holds none.
        registry: See `restored`.
        strict: See `restored`.

    Raises:
        ConfigurationError: Something is missing and `strict`, or it describes no workflow.
    """
    from wherry.core.agent.upkeep import rebuilt

    if not isinstance(data, Mapping):
        raise ConfigurationError(f"A workflow is described by a dictionary, as to_dict gives it, not by {data!r}.")
    plain = {name: value for name, value in data.items() if name not in ("steps", "db", "agent")}
    made = rebuilt(kind, plain, registry, strict=strict)
    if isinstance(data.get("agent"), Mapping):
        from wherry.core.workflow.workflow_agent import WorkflowAgent

        made.agent = WorkflowAgent.from_dict(dict(data["agent"]), registry=registry, strict=strict)
    if data.get("steps"):
        made.steps = [restored(step, registry, strict=strict) for step in data["steps"]]
    if db is not None:
        made.db = db
    return made


def inner(data: dict[str, Any], key: str, source: Source) -> list[Any]:
    """The steps inside a group."""
    return [of_type(part, source) for part in data.get(key) or ()]


def about(data: dict[str, Any], *names: str) -> dict[str, Any]:
    """The plain values of a description, and its review."""
    given = {name: data[name] for name in ("name", "description", *names) if data.get(name) is not None}
    if data.get("human_review"):
        given["human_review"] = HumanReview.from_dict(data["human_review"])
    return given


def decides(data: dict[str, Any], key: str, source: Source) -> Any:
    """What decides in a group: a truth value, an expression, or a function by its name."""
    value = data.get(key)
    if value is None or data.get(f"{key}_type") != "function":
        return value
    return source.need("function", key, value, str(data.get("name")))


def one_step(data: dict[str, Any], source: Source) -> Step:
    """A Step with whoever does its work."""
    given = about(data, *_STEP)
    name = str(data.get("name"))
    for key, kind in _EXECUTORS.items():
        if data.get(key):
            found = source.need(kind, key, data[key], name)
            return Step(**{**given, "executor" if isinstance(found, Unresolved) else kind: found})
    reference = data.get("executor_ref")
    if not reference:
        raise ConfigurationError(f"The description of step {name!r} names nobody who does its work: {sorted(data)}.")
    return Step(**given, executor=source.need("function", "executor_ref", reference, name))


def sequence(data: dict[str, Any], source: Source) -> Steps:
    """A sequence."""
    return Steps(**about(data), steps=inner(data, "steps", source))


def side_by_side(data: dict[str, Any], source: Source) -> Parallel:
    """Steps side by side."""
    return Parallel(*inner(data, "steps", source), **about(data))


def loop(data: dict[str, Any], source: Source) -> Loop:
    """A loop with its end condition."""
    given = about(data, "max_iterations", "forward_iteration_output")
    return Loop(**given, steps=inner(data, "steps", source), end_condition=decides(data, "end_condition", source))


def condition(data: dict[str, Any], source: Source) -> Condition:
    """A condition with both branches."""
    return Condition(
        **about(data),
        steps=inner(data, "steps", source),
        else_steps=inner(data, "else_steps", source) or None,
        evaluator=decides(data, "evaluator", source),
    )


def router(data: dict[str, Any], source: Source) -> Router:
    """A router with its choices."""
    return Router(**about(data), choices=inner(data, "choices", source), selector=decides(data, "selector", source))


_MAKERS: dict[str, Any] = {
    "Step": one_step,
    "Steps": sequence,
    "Parallel": side_by_side,
    "Loop": loop,
    "Condition": condition,
    "Router": router,
}
