"""A step, or a workflow, from its description: the way back from `to_dict`.

Descriptions name functions, agents, teams and workflows; a registry gives them back. What it does not know becomes a
placeholder that refuses to run, or with `strict` an error. Called by `from_dict` of every kind of step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from wherry.core.agent.agent import Agent
from wherry.core.agent.restoring import Source as Named
from wherry.core.agent.restoring import values
from wherry.core.errors import ComponentRehydrationError, ConfigurationError, UnresolvableCallableError
from wherry.core.events.review import HumanReview
from wherry.core.log import log_warning
from wherry.core.team.stored_team import component
from wherry.core.team.team import Team
from wherry.core.workflow.expressions import is_cel_expression
from wherry.core.workflow.step import Step
from wherry.core.workflow.step_groups import Condition, Router, Steps
from wherry.core.workflow.step_loop import Loop
from wherry.core.workflow.step_parallel import Parallel

T = TypeVar("T")
_STEP = (
    *("name", "step_id", "description", "max_retries", "skip_on_failure", "strict_input_validation"),
    *("add_workflow_history", "num_history_runs"),
)
_EXECUTORS = {"agent_id": "agent", "team_id": "team", "workflow_id": "workflow"}


class Unresolved:
    """Stands for something that a registry did not know; it refuses to run and keeps its name for `to_dict`."""

    unresolved = True  # a step without a name does not take this one's

    def __init__(self, key: str, name: str, step: str) -> None:
        self.key, self.__name__, self.step = key, name, step

    @property
    def stored(self) -> dict[str, str]:
        """What the description said."""
        return {self.key: self.__name__}

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Refuse.

        Raises:
            UnresolvableCallableError: Always.
        """
        raise UnresolvableCallableError(str(missing(self.key, self.__name__, self.step)))


def missing(key: str, name: str, step: str) -> ComponentRehydrationError:
    """The error about something that a registry does not know."""
    kind = key.removesuffix("_ref").removesuffix("_id").replace("executor", "function").replace("_", " ")
    return ComponentRehydrationError(
        f"Step {step!r} needs the {kind} {name!r}, not found in registry. "
        "Hand it to from_dict: registry={...} with functions by name, and agents, teams and workflows by id."
    )


class Source:
    """A registry, or a mapping of names and ids, and a database of components, as something to look up in.

    Args:
        registry: The registry.
        strict: Refuse what is not there.
        db: Where components are kept; None for none.
        links: The links of the workflow's version.
        branch: The mark of the branch inside which links are looked for.
    """

    def __init__(self, registry: Any, *, strict: bool, db: Any = None, links: Any = None, branch: str = "") -> None:
        self.registry, self.strict = registry, strict
        self.db, self.links, self.branch = db, links or (), branch

    def inside(self, branch: str) -> Source:
        """The same inside a branch."""
        return Source(self.registry, strict=self.strict, db=self.db, links=self.links, branch=self.branch + branch)

    def pinned(self, kind: str, component_id: str, key: str | None) -> int | None:
        """The version of a component that a step was saved with, or None.

        Raises:
            ComponentRehydrationError: The step has no link, others have several, and all must be there.
        """
        links = [
            one
            for one in self.links
            if one.get("link_kind") == f"step_{kind}" and one.get("child_component_id") == component_id
        ]
        for link in links:
            if key is not None and link.get("link_key") == f"{key}{self.branch}":
                version: int | None = link.get("child_version")
                return version
        versions: set[int | None] = {link.get("child_version") for link in links}
        if len(versions) > 1:
            told = f"Step {key!r} has no link of its own to {component_id!r}, of which there are links to {versions}."
            if self.strict:
                raise ComponentRehydrationError(f"{told} Save the workflow again.")
            log_warning(told)
            return None
        return versions.pop() if versions else None

    def executor(self, kind: str, data: dict[str, Any], key: str) -> Any:
        """Whoever does the work of a step: the linked version, else the registry's, else the current one."""
        component_id, name = data[key], str(data.get("name"))
        pinned = self.pinned(kind, component_id, data.get("step_id") or data.get("name"))
        found = self.find(kind, component_id) if pinned is None or self.db is None else None
        if found is None and self.db is not None:
            source = Named(self.registry, strict=self.strict, label=f"Step {name!r}")
            found = component(_class_of(kind), component_id, self.db, pinned, source)
        return found if found is not None else self.need(kind, key, component_id, name)

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
            log_warning(str(missing(key, name, step)))
            return Unresolved(key, name, step)
        return found


def _class_of(kind: str) -> Any:
    if kind == "workflow":
        from wherry.core.workflow.workflow import Workflow

        return Workflow
    return Team if kind == "team" else Agent


def restored_workflow(kind: type[T], data: dict[str, Any], db: Any, links: Any, registry: Any, *, strict: bool) -> T:
    """A workflow from its description; see `Workflow.from_dict`."""
    if not isinstance(data, Mapping):
        raise ConfigurationError(f"A workflow is described by a dictionary, as to_dict gives it, not by {data!r}.")
    label = f"{kind.__name__} {data.get('id') or data.get('name') or '<unknown>'!r}"
    plain = {name: value for name, value in data.items() if name not in {"steps", "agent"}}
    source = Source(registry, strict=strict, db=db, links=links)
    given = values(plain, Named(registry, strict=strict, label=label))
    if isinstance(data.get("agent"), Mapping):
        from wherry.core.workflow.workflow_agent import WorkflowAgent

        given["agent"] = WorkflowAgent.from_dict(dict(data["agent"]), registry=registry, strict=strict)
    return kind(**{**given, "steps": [of_type(part, source) for part in data.get("steps") or ()] or None})


def of_type(data: dict[str, Any], source: Source) -> Any:
    """A step of the type that its description names."""
    kind = data.get("type", "Step")
    if kind not in _MAKERS:
        raise ConfigurationError(f"There is no kind of step called {kind!r}; there are {', '.join(_MAKERS)}.")
    return _MAKERS[kind](data, source)


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
    """What decides in a group: a truth value, an expression, or a function by its name.

    Descriptions that do not say which of them it is are read as Agno does: a bare name is a function's.
    """
    value, said = data.get(key), data.get(f"{key}_type")
    if not isinstance(value, str) or said == "cel" or (said is None and is_cel_expression(value)):
        return value
    return source.need("function", key, value, str(data.get("name")))


def one_step(data: dict[str, Any], source: Source) -> Step:
    """A Step with whoever does its work."""
    given = about(data, *_STEP)
    name = str(data.get("name"))
    for key, kind in _EXECUTORS.items():
        if data.get(key):
            found = source.executor(kind, data, key)
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
    return Parallel(*inner(data, "steps", source), **about(data, "joined_output"))


def loop(data: dict[str, Any], source: Source) -> Loop:
    """A loop with its end condition."""
    given = about(data, "max_iterations", "forward_iteration_output", "in_order")
    return Loop(**given, steps=inner(data, "steps", source), end_condition=decides(data, "end_condition", source))


def condition(data: dict[str, Any], source: Source) -> Condition:
    """A condition with both branches."""
    return Condition(
        **about(data),
        steps=inner(data, "steps", source),
        else_steps=inner(data, "else_steps", source.inside("#else")) or None,
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
