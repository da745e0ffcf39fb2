"""What every step offers besides running in a workflow: running alone, its description, and its questions.

The base class of `Step` and of the groups. Public names are Agno's (`agno.workflow.step.Step` and the groups).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from wherry.core.workflow.review_requirements import error_question, output_question, question_before, route_question
from wherry.core.workflow.step_execute import Executable

if TYPE_CHECKING:
    from wherry.core.events.step_io import StepInput, StepOutput
    from wherry.core.events.step_requirements import ErrorRequirement, StepRequirement

_STEP = (
    "step_id",
    "description",
    "max_retries",
    "skip_on_failure",
    "strict_input_validation",
    "add_workflow_history",
    "num_history_runs",
)
# Of each type: what its inner steps are called, and what decides in it.
_PARTS = {"Router": ("choices",), "Condition": ("steps", "else_steps")}
_DECIDES = {"Router": "selector", "Condition": "evaluator", "Loop": "end_condition"}
# Options that are Wherry's own.
_OWN = {"Parallel": ("joined_output",), "Loop": ("in_order",)}


def decision(name: str, value: Any) -> dict[str, Any]:
    """What decides, and its kind: function, cel, bool or None."""
    if value is None:
        return {name: None, f"{name}_type": None}
    if isinstance(value, bool):
        return {name: value, f"{name}_type": "bool"}
    if isinstance(value, str):
        return {name: value, f"{name}_type": "cel"}
    return {name: value.__name__, f"{name}_type": "function"}


def described(part: Any) -> dict[str, Any]:
    """An inner step as plain data; what was not made a step yet by its name."""
    from wherry.core.workflow.step_groups import as_step

    stored: dict[str, Any] = as_step(part).to_dict()
    return stored


class Surface(Executable):
    """The public face of a step beside its events."""

    def to_dict(self) -> dict[str, Any]:
        """The step as plain data; functions by their names."""
        step: Any = self
        kind = step.step_type.value
        stored: dict[str, Any] = {"type": kind, "name": step.name}
        if kind == "Step":
            stored.update((name, getattr(step, name)) for name in _STEP)
            kinds = {"agent": step.agent, "team": step.team, "workflow": step.workflow}
            stored.update((f"{name}_id", value.id) for name, value in kinds.items() if value is not None)
            if step.executor is not None:
                stored.update(getattr(step.executor, "stored", None) or {"executor_ref": step.executor.__name__})
        else:
            stored["description"] = step.description
            for part in _PARTS.get(kind, ("steps",)):
                stored[part] = [described(inner) for inner in getattr(step, part) or ()]
        if kind in _DECIDES:
            stored.update(decision(_DECIDES[kind], getattr(step, _DECIDES[kind])))
        if kind == "Loop":
            stored.update(max_iterations=step.max_iterations, forward_iteration_output=step.forward_iteration_output)
        for own in _OWN.get(kind, ()):  # only what is switched on: without it a description has Agno's shape
            if getattr(step, own):
                stored[own] = True
        if kind != "Parallel":
            stored["human_review"] = step.human_review.to_dict()
        return stored

    @classmethod
    def from_dict(
        cls,
        data: dict[str, Any],
        registry: Any = None,
        db: Any = None,
        links: list[dict[str, Any]] | None = None,
        strict: bool = False,
        branch_suffix: str = "",
    ) -> Self:
        """A step from its description.

        Args:
            data: What `to_dict` gave.
            registry: Gives back functions by name, and agents, teams and workflows by id: a mapping, or an object with
                `get_function`, `get_agent`, `get_team` and `get_workflow`.
            db: Where agents, teams and workflows are kept as components.
            links: The links of the workflow's version: which versions of them it was saved with.
            strict: Refuse what is not there; otherwise it becomes a placeholder that refuses to run.
            branch_suffix: The mark of the branch whose links are meant, `#else` for the second one of a condition.

        Raises:
            ComponentRehydrationError: (a ValueError) `strict` and something is missing.
            ConfigurationError: (a ValueError) It is no description of a step of this class.
        """
        from wherry.core.errors import ConfigurationError
        from wherry.core.workflow.step_restore import Source, of_type

        made = of_type(data, Source(registry, strict=strict, db=db, links=links, branch=branch_suffix))
        if not isinstance(made, cls):
            raise ConfigurationError(f"This describes a {type(made).__name__}, not a {cls.__name__}.")
        return made

    def get_links(self, position: int = 0) -> list[dict[str, Any]]:
        """The links of a stored workflow to whoever does this step, without versions.

        Args:
            position: Place of the step among its siblings.
        """
        from wherry.core.workflow.stored_workflow import links_of

        return links_of(self, position)

    def create_step_requirement(
        self, step_index: int, step_input: StepInput, for_route_selection: bool = False
    ) -> StepRequirement | None:
        """What the step asks before it runs, or None when it asks nothing."""
        if for_route_selection:
            return route_question(self, step_index, step_input)
        return question_before(self, step_index, step_input)

    def create_output_review_requirement(
        self, step_index: int, step_input: StepInput, step_output: StepOutput, retry_count: int = 0
    ) -> StepRequirement:
        """What the step asks about its output."""
        return output_question(self, step_index, step_input, step_output, retry_count)

    def create_error_requirement(self, step_index: int, error: Exception) -> ErrorRequirement:
        """What the step asks after an error."""
        return error_question(self, step_index, error)
