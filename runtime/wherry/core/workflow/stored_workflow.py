"""A workflow kept as a component: the agents, teams and workflows of its steps are components of their own.

Links say which version of each a version of the workflow was saved with; their keys are those of the steps, in a
branch for `else` with a mark. Called by `Workflow.save` and `Workflow.from_dict`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from wherry.core.agent.catalogue import Stored
from wherry.core.errors import ConfigurationError
from wherry.core.workflow.step_groups import as_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_KINDS = ("agent", "team", "workflow")
_INNER = {"router": ("choices",), "condition": ("steps", "else_steps")}
_GROUPS = {"parallel", "loop", "steps", *_INNER}


class WorkflowLinkCollisionError(ConfigurationError):
    """Two steps of one name would hold on to different components or versions."""


def settled(steps: Any) -> list[Any]:
    """The steps of a workflow with everything inside made steps, so that each keeps its id.

    Raises:
        ConfigurationError: The workflow is one function, or made by one.
    """
    if hasattr(steps, "step_type"):  # a Steps stands for its steps
        steps = [steps]
    elif callable(steps):
        raise ConfigurationError(
            "A workflow that is one function cannot be written as data.",
            hint="Make it a step: Workflow(steps=[Step(name=…, executor=function)]).",
        )
    made = as_steps(steps)
    for step in made:
        for name in _inner_names(step):
            if getattr(step, name, None):
                setattr(step, name, settled(list(getattr(step, name))))
    return made


def _kind_of(step: Any) -> str:
    return str(step.get("type") or "Step").strip().lower() if isinstance(step, dict) else step.step_type.value.lower()


def _inner_names(step: Any) -> tuple[str, ...]:
    kind = _kind_of(step)
    return _INNER.get(kind, ("steps",)) if kind in _GROUPS else ()


def _walk(step: Any, position: int, suffix: str) -> Iterator[tuple[Any, int, str]]:
    """The steps that do work, each with its place among its siblings and the mark of its branch."""
    names = _inner_names(step)
    if not names:
        yield step, position, suffix
    for name in names:
        inner = step.get(name) if isinstance(step, dict) else getattr(step, name, None)
        for place, part in enumerate(inner or ()):
            yield from _walk(part, place, f"{suffix}#else" if name == "else_steps" else suffix)


def links_of(step: Any, position: int = 0) -> list[dict[str, Any]]:
    """The links of one step, or of its description, without versions."""
    described = isinstance(step, dict)
    links = []
    for kind in _KINDS:
        part = step.get(f"{kind}_id") if described else getattr(step, kind, None)
        if part:
            links.append(
                {
                    "link_kind": f"step_{kind}",
                    "link_key": (step.get("step_id") or step.get("name")) if described else step.step_id or step.name,
                    "child_component_id": part if described else part.id,
                    "child_version": None,
                    "position": position,
                }
            )
    return links


def derive_step_links(
    steps: Any,
    *,
    pin_child: Callable[[dict[str, Any]], dict[str, Any] | None],
    on_step: Callable[[Any], None] | None = None,
    workflow_id: str | None = None,
) -> list[dict[str, Any]]:
    """The links of a workflow's version; mirrors `agno.workflow.workflow.derive_step_links`.

    Args:
        steps: Steps or their descriptions.
        pin_child: Gives each link its version; None leaves it out.
        on_step: Told of each step before its links are made.
        workflow_id: The workflow, for the error.

    Raises:
        WorkflowLinkCollisionError: (a ValueError) Two steps of one name hold on to different things.
    """
    kept: dict[tuple[Any, Any], dict[str, Any]] = {}
    for number, top in enumerate(steps if isinstance(steps, list) else ()):
        for step, position, suffix in _walk(top, number, ""):
            if on_step is not None:
                on_step(step)
            for link in links_of(step, position):
                pinned = pin_child({**link, "link_key": f"{link['link_key']}{suffix}"})
                if pinned is not None:
                    _keep(kept, pinned, workflow_id)
    return list(kept.values())


def _keep(kept: dict[tuple[Any, Any], dict[str, Any]], link: dict[str, Any], workflow_id: str | None) -> None:
    key = (link.get("link_kind"), link.get("link_key"))
    held = kept.setdefault(key, link)
    marks = [(one.get("child_component_id"), one.get("child_version")) for one in (held, link)]
    if marks[0] != marks[1]:
        raise WorkflowLinkCollisionError(
            f"Two steps of workflow {workflow_id!r} have the key {key[1]!r} and hold on to different components: "
            f"{marks[0][0]!r} in version {marks[0][1]} and {marks[1][0]!r} in version {marks[1][1]}.",
            hint="Give the steps different names.",
        )


def save_steps(steps: Any, db: Any, how: dict[str, Any], workflow_id: str | None) -> list[dict[str, Any]]:
    """Save the agents, teams and workflows of steps; the links to them."""
    versions: dict[str, int | None] = {}

    def save(step: Any) -> None:
        for kind in _KINDS:
            part = getattr(step, kind, None)
            if part is not None and hasattr(part, "save"):
                version = part.save(db=db, **how)
                versions[part.id] = version

    def pin(link: dict[str, Any]) -> dict[str, Any]:
        return {**link, "child_version": versions.get(link["child_component_id"])}

    return derive_step_links(steps, pin_child=pin, on_step=save, workflow_id=workflow_id)


class StoredWorkflow(Stored):
    """The methods of a workflow by which it is written down, kept and made again."""

    steps: Any
    agent: Any

    def to_dict(self) -> dict[str, Any]:
        """The options and steps as plain data, in the form that Agno stores; functions by their names."""
        from wherry.core.agent.describing import described

        made = described(self)
        if self.agent is not None and hasattr(self.agent, "to_dict"):
            made["agent"] = self.agent.to_dict()
        if self.steps and (hasattr(self.steps, "step_type") or not callable(self.steps)):
            made["steps"] = [step.to_dict() for step in settled(self.steps)]
        return made

    @classmethod
    def from_dict(
        cls, data: dict[str, Any], db: Any = None, links: Any = None, registry: Any = None, strict: bool = False
    ) -> Self:
        """What `to_dict` described, made again; mirrors `agno.workflow.Workflow.from_dict`.

        Args:
            data: What `to_dict` returned, here or in Agno.
            db: Where agents, teams and workflows of steps are kept as components; the workflow's own database is the
                one that the description names, as in Agno.
            links: The links of a stored version: which versions of them it was saved with.
            registry: A `Registry`: functions by name, agents, teams and workflows by id.
            strict: Refuse what is not there; otherwise its step refuses to run.

        Raises:
            ComponentRehydrationError: (a ValueError) Something is not there and `strict`.
        """
        from wherry.core.workflow.step_restore import restored_workflow

        return restored_workflow(cls, data, db, links, registry, strict=strict)

    @classmethod
    def from_stored(cls, config: dict[str, Any], db: Any, links: Any, registry: Any, *, strict: bool) -> Self:
        """With the parts of steps that the links name."""
        from wherry.core.workflow.step_restore import restored_workflow

        return restored_workflow(cls, config, db, links, registry, strict=strict)

    def save_parts(self, db: Any, how: dict[str, Any]) -> list[dict[str, Any]]:
        """Save what the steps are done by; the steps are settled, so that their ids stay."""
        self.steps = settled(self.steps) if self.steps else self.steps
        return save_steps(self.steps, db, how, self.id)
