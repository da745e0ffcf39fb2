"""`WorkflowRunRecord`: what a workflow's run did, in a form that other programs can read and write.

`record_making` makes them from workflows and runs. Public as `wherry.workflow.record`; Agno has no counterpart.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

from wherry.core.ids import new_id
from wherry.core.workflow.record_fields import (
    WorkflowRecordError,
    check_fields,
    check_kind,
    is_count,
    is_rules,
    is_seconds,
    is_text,
    is_texts,
    known_fields,
    may_be_text,
    may_be_texts,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

Pattern = Literal["sequential", "parallel", "coordinator-worker", "loop"]
Status = Literal["pending", "running", "completed", "failed", "paused"]

PATTERNS = frozenset({"sequential", "parallel", "coordinator-worker", "loop"})
STATUSES = frozenset({"pending", "running", "completed", "failed", "paused"})


@dataclass(slots=True)
class WorkflowRef:
    """Which workflow ran: its id and version."""

    id: str
    version: str = "1"

    def __post_init__(self) -> None:
        check_fields(self, {"id": is_text, "version": is_text})


@dataclass(slots=True)
class StepRecord:
    """One step of a run.

    Attributes:
        id: Unique in the run; the step's name, below the names of the groups it is in.
        agent_id: Who did it, when an agent or team did.
        input_summary, output_summary: The beginning of what it was given and of what it gave; None when the output of
            the run does not tell, as of steps that ran before a tool inside their group waited for a person.
        status: pending, running, completed, failed or paused.
        group: Id of the parallel step it is a member of.
        join: For a parallel step: the id of the step that receives the outputs, or `end`.
    """

    id: str
    agent_id: str | None = None
    input_summary: str | None = None
    output_summary: str | None = None
    status: Status = "pending"
    group: str | None = None
    join: str | None = None

    def __post_init__(self) -> None:
        optional = ("agent_id", "input_summary", "output_summary", "group", "join")
        check_fields(self, {"id": is_text, "status": is_text, **dict.fromkeys(optional, may_be_text)})


@dataclass(slots=True)
class ResourcesUsed:
    """What a run used; the latency in seconds."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    latency: float = 0.0

    def __post_init__(self) -> None:
        check_fields(self, {"prompt_tokens": is_count, "completion_tokens": is_count, "latency": is_seconds})


@dataclass(slots=True)
class WorkflowRunRecord:
    """A workflow's run.

    Attributes:
        pattern_type: sequential, parallel, coordinator-worker or loop.
        routing_rules_applied: Which conditions, routers and loops decided what, in order.
        reasoning_trace: What was thought; grows by `think` only.
        background_tasks: Ids of what goes on beside the run.
        agents: Ids that steps may name; None when they are not known.

    Raises:
        WorkflowRecordError: An unknown agent, a parallel step without a join, an id that is there twice, or a word
            that is not in its list.
    """

    workflow_ref: WorkflowRef
    steps: list[StepRecord] = field(default_factory=list)
    pattern_type: Pattern = "sequential"
    id: str = field(default_factory=new_id)
    routing_rules_applied: list[dict[str, Any]] = field(default_factory=list)
    reasoning_trace: tuple[str, ...] = ()
    background_tasks: list[str] = field(default_factory=list)
    resources_used: ResourcesUsed = field(default_factory=ResourcesUsed)
    agents: list[str] | None = None

    def __post_init__(self) -> None:
        check_kind(self.workflow_ref, WorkflowRef, "workflow_ref of a record")
        check_kind(self.resources_used, ResourcesUsed, "resources_used of a record")
        check_kind(self.steps, list, "steps of a record")
        for step in self.steps:
            check_kind(step, StepRecord, "A step of a record")
        check_fields(self, _KINDS)
        if self.pattern_type not in PATTERNS:
            raise WorkflowRecordError(
                f"{told(self.pattern_type)} is no pattern.", hint=f"Use one of {sorted(PATTERNS)}."
            )
        self.reasoning_trace = tuple(self.reasoning_trace)
        check_ids(self.steps)
        check_joins(self.steps)
        for step in self.steps:
            if step.status not in STATUSES:
                raise WorkflowRecordError(
                    f"Step {told(step.id)} has the status {told(step.status)}.", hint=f"Use one of {sorted(STATUSES)}."
                )
            if self.agents is not None and step.agent_id is not None and step.agent_id not in self.agents:
                raise WorkflowRecordError(
                    f"Step {told(step.id)} names the unknown agent {told(step.agent_id)}.",
                    hint=f"Known: {told(self.agents)}.",
                )

    def think(self, text: str) -> None:
        """Add to the reasoning trace; nothing is ever taken out of it."""
        check_kind(text, str, "A thought")
        self.reasoning_trace = (*self.reasoning_trace, text)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "reasoning_trace": list(self.reasoning_trace)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From JSON; checked like a record made by hand."""
        given = known_fields(cls, data)
        for name, kind in (("workflow_ref", WorkflowRef), ("resources_used", ResourcesUsed)):
            if isinstance(given.get(name), dict):
                given[name] = kind(**known_fields(kind, given[name]))
        steps = given.get("steps", [])
        check_kind(steps, list, "steps of a record")
        given["steps"] = [
            item if isinstance(item, StepRecord) else StepRecord(**known_fields(StepRecord, item)) for item in steps
        ]
        return cls(**given)


_KINDS = {
    "id": is_text,
    "pattern_type": is_text,
    "routing_rules_applied": is_rules,
    "reasoning_trace": is_texts,
    "background_tasks": is_texts,
    "agents": may_be_texts,
}


def check_ids(steps: Iterable[StepRecord]) -> None:
    """Refuse two steps with one id."""
    seen: set[str] = set()
    for step in steps:
        if step.id in seen:
            raise WorkflowRecordError(
                f"Two steps have the id {told(step.id)}.", hint="Give each step a name of its own."
            )
        seen.add(step.id)


def check_joins(steps: list[StepRecord]) -> None:
    """Refuse a parallel step that does not name a step that receives its outputs."""
    known = {step.id for step in steps} | {"end"}
    for group in {step.group for step in steps if step.group is not None}:
        join = next((step.join for step in steps if step.id == group), None)
        if join is None or join not in known:
            raise WorkflowRecordError(
                f"The parallel step {told(group)} has the join {told(join)}.",
                hint="Name the step that receives its outputs, or end.",
            )
