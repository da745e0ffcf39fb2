"""Records of workflows and their runs, which answers of the API hold; public as `wherry.workflow.record`.

`plan_of` checks a workflow before any model is asked; `record_of` turns an output into a record.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from wherry.core.events.outputs import RunStatus
from wherry.core.events.step_io import StepOutput, as_text, deepest
from wherry.core.workflow.group_record import is_record
from wherry.core.workflow.record_fields import WorkflowRecordError, listed_ids, told
from wherry.core.workflow.record_used import resources_of, thoughts_of
from wherry.core.workflow.step import deepest_content
from wherry.core.workflow.step_groups import as_step
from wherry.core.workflow.workflow_record import Pattern, StepRecord, WorkflowRef, WorkflowRunRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

# So deep may steps stand in one another.
DEEPEST = 100
LONGEST_SUMMARY = 200  # characters of an input or output
_WORDS = {RunStatus.paused: "paused", RunStatus.running: "running"}


def summary(value: Any) -> str | None:
    """The beginning of an input or output."""
    text = as_text(value)
    return text if text is None or len(text) <= LONGEST_SUMMARY else f"{text[: LONGEST_SUMMARY - 1]}…"


@dataclass(slots=True)
class Planned:
    """A step of a workflow, before it runs.

    Attributes:
        identity: Its id: the names of the groups around it and its own, or its place where it has none.
        step: The step.
        above: Id of the group around it, with a stroke behind; empty at the top.
        then: Id of the step that receives what it gives, or end.
    """

    identity: str
    step: Any
    above: str
    then: str


def steps_below(steps: Iterable[Any], above: str = "", then: str = "end", first: int = 1) -> Iterable[Planned]:
    """The steps of a list and those inside them, in order.

    Raises:
        WorkflowRecordError: There is no end to them.
    """
    if above.count("/") > DEEPEST:
        raise WorkflowRecordError(
            f"Steps stand more than {DEEPEST} deep in one another, as in {above[:80]!r}.",
            hint="Does a workflow contain itself?",
        )
    listed = [as_step(value, number) for number, value in enumerate(steps, first)]
    names = [f"{above}{step.name or f'step_{number}'}" for number, step in enumerate(listed, first)]
    for step, identity, following in zip(listed, names, [*names[1:], then], strict=False):
        yield Planned(identity, step, above, following)
        for branch, start in branches(step):
            yield from steps_below(branch, f"{identity}/", following, start)


def branches(step: Any) -> Iterable[tuple[list[Any], int]]:
    """What runs in turn inside a step, each with the number of its first step."""
    if step.step_type.value == "Step":
        inner = step.workflow.steps if step.workflow is not None else None
        inner = getattr(inner, "steps", inner)
        yield ([] if inner is None or callable(inner) else list(inner)), 1
        return
    steps = step.prepare()
    if hasattr(step, "selector"):  # of a router's choices none follows another
        yield from (([choice], number) for number, choice in enumerate(steps, 1))
        return
    yield steps, 1
    yield list(getattr(step, "else_steps", None) or ()), len(steps) + 1


def pattern_of(steps: list[Any]) -> Pattern:
    """The pattern that describes a workflow best."""
    kinds = [step.step_type.value for step in steps]
    if "Loop" in kinds:
        return "loop"
    if "Parallel" in kinds:
        return "parallel"
    chosen = "Router" in kinds or any(getattr(step, "team", None) for step in steps)
    return "coordinator-worker" if chosen else "sequential"


def planned(workflow: Any) -> list[Planned]:
    """All steps of a workflow.

    Raises:
        WorkflowRecordError: It is none, or one whose steps are not known before they run.
    """
    if not hasattr(workflow, "steps") or not hasattr(workflow, "set_id"):
        raise WorkflowRecordError(f"{told(workflow)} is no workflow.", hint="Give a Workflow.")
    workflow.set_id()
    given = getattr(workflow.steps, "steps", workflow.steps)
    if callable(given):
        raise WorkflowRecordError("The steps are one function.", hint="Only a list of steps can be recorded.")
    return list(steps_below(given or ()))


def plan_of(workflow: Any, agents: Iterable[str] | None = None, version: str = "1") -> WorkflowRunRecord:
    """A record of a run that has not begun: every step pending.

    Args:
        workflow: The workflow; its steps may not be one function.
        agents: Ids of the agents and teams that exist; None when any may be named.
        version: The workflow's version.

    Raises:
        WorkflowRecordError: The workflow cannot be right.
    """
    return pending(workflow, planned(workflow), agents, version)


def pending(workflow: Any, found: list[Planned], agents: Iterable[str] | None, version: str) -> WorkflowRunRecord:
    """The record of a workflow whose steps these are, every one pending."""
    parallel = {item.identity for item in found if item.step.step_type.value == "Parallel"}
    records = []
    for item in found:
        who = getattr(item.step, "agent", None) or getattr(item.step, "team", None)
        if who is not None:
            who.set_id()
        above = item.above.removesuffix("/")
        join = item.then if item.identity in parallel else None
        group = above if above in parallel else None
        records.append(StepRecord(item.identity, agent_id=who.id if who else None, group=group, join=join))
    known = None if agents is None else listed_ids(agents, "agents")
    ref = WorkflowRef(workflow.id or "workflow", version)
    return WorkflowRunRecord(ref, records, pattern_of([item.step for item in found if not item.above]), agents=known)


def record_of(
    workflow: Any,
    output: Any,
    agents: Iterable[str] | None = None,
    version: str = "1",
    background_tasks: Iterable[str] = (),
) -> WorkflowRunRecord:
    """What a run did.

    Args:
        workflow: The workflow.
        output: Its WorkflowRunOutput, finished or not.
        agents: Ids of the agents and teams that exist; None when any may be named.
        version: The workflow's version.
        background_tasks: Ids of what the caller knows to go on beside the run; an output does not tell.

    Raises:
        WorkflowRecordError: The workflow cannot be right, or the output is none of a workflow's.
    """
    found = planned(workflow)
    record = pending(workflow, found, agents, version)
    if not hasattr(output, "step_results"):
        raise WorkflowRecordError(f"{told(output)} is no output of a workflow.", hint="Give a WorkflowRunOutput.")
    record.id = output.run_id or record.id
    record.background_tasks = listed_ids(background_tasks, "background_tasks")
    noting = Noting(record, found)
    noting.note_waiting(output, noting.note_all(output.step_results or (), "", Given(output.input)))
    for thought in thoughts_of(output):
        record.think(thought)
    record.resources_used = resources_of(output)
    return record


@dataclass(slots=True)
class Given:
    """What a step is given: the input of its workflow, and the outputs of the steps before it, in the run's order."""

    input: Any
    before: dict[str, StepOutput] = field(default_factory=dict)

    def to(self, step: Any) -> Any:
        """What a step makes of it: agents, teams and workflows are asked all that a Parallel before them said."""
        if not self.before:
            return self.input
        last = next(reversed(self.before.values()))
        asks = any(getattr(step, kind, None) is not None for kind in ("agent", "team", "workflow"))
        return (deepest_content(last) or self.input) if asks else deepest(last)

    def behind(self, identity: str, result: StepOutput, *, in_order: bool) -> Given:
        """What the step after one is given; who ran before keeps its place unless the group says otherwise."""
        before = {one: earlier for one, earlier in self.before.items() if not in_order or one != identity}
        return Given(self.input, {**before, identity: result})


def kind_of(result: StepOutput) -> Any:
    """What gave a result, as a word, whether it was stored or not."""
    return getattr(result.step_type, "value", result.step_type)


def without_parts(output: StepOutput) -> StepOutput:
    """The output of a group that waits, with the outputs inside it where its record has the parts they belong to."""
    if not is_record(output):
        return output
    return replace(output, steps=[without_parts(inner) for part in output.steps or () for inner in part.steps or ()])


class Noting:
    """Puts results into a record."""

    def __init__(self, record: WorkflowRunRecord, found: list[Planned]) -> None:
        self.record = record
        self.by_id = {step.id: step for step in record.steps}
        self.steps = {item.identity: item.step for item in found}
        self.nameless = [item for item in found if not item.step.name]
        self.around = {item.identity: item.above.removesuffix("/") for item in found}
        self.times: Counter[str] = Counter()

    def identity_of(self, result: StepOutput, above: str) -> str:
        """Which step gave a result: by its name, else the next of its kind that has none."""
        named = f"{above}{result.step_name}"
        if named in self.by_id:
            return named
        kind = kind_of(result)
        fitting = [item.identity for item in self.nameless if item.above == above and item.step.step_type.value == kind]
        if fitting:
            return min(fitting, key=lambda identity: self.times[identity])
        return self.inside(above, result.step_name) or named

    def inside(self, above: str, name: str | None) -> str | None:
        """The one step of a name that stands in a group; None when there is none, or several."""
        fitting = [identity for identity in self.by_id if identity.startswith(above) and identity.endswith(f"/{name}")]
        return fitting[0] if len(fitting) == 1 else None

    def note_all(self, results: Iterable[StepOutput], above: str, given: Given, group: Any = None) -> Given:
        """Fill in steps that stand beside or behind one another, each with what it was given; gives what is next."""
        beside = group is not None and group.step_type.value == "Parallel"
        anew = group is not None and getattr(group, "forward_iteration_output", None) is False
        first, at = None, given
        for result in results:
            identity = self.identity_of(result, above)
            first = first or identity
            if beside or (anew and identity == first):  # a round of a loop starts from what the loop was given
                at = given
            self.note(result, identity, at)
            self.note_around(identity, above, result, at)
            at = at.behind(identity, result, in_order=bool(group and getattr(group, "in_order", False)))
        return at

    def note_around(self, identity: str, above: str, result: StepOutput, given: Given) -> None:
        """Of a group that ended when a tool inside it was answered, the step's result stands for the whole."""
        inside = self.by_id.get(identity)
        while (identity := self.around.get(identity, "")) and f"{identity}/" != above:
            self.note(replace(result, steps=None), identity, given)
            inside.input_summary = None  # type: ignore[union-attr]  # what stood before it in the group is not kept

    def note_waiting(self, output: Any, given: Given) -> None:
        """Which step holds the run up, and what is known of those inside it."""
        name = output.paused_step_name or ""
        waiting = self.by_id.get(name)
        if waiting is None or waiting.status != "pending":
            return
        question = (output.step_requirements or [None])[-1]
        if is_record(question and question.step_output):
            self.note(without_parts(question.step_output), name, given)
            return
        for identity in (name, self.inside(f"{name}/", question and question.step_name)):
            if identity is not None:
                self.by_id[identity].status = _WORDS.get(output.status, "failed")  # type: ignore[assignment]

    def note(self, result: StepOutput, identity: str, given: Given) -> None:
        """Fill in one step and those inside it; a step of a loop tells of its last round."""
        self.times[identity] += 1
        record, step = self.by_id.get(identity), self.steps.get(identity)
        received = given.to(step)
        if record is not None:
            record.input_summary, record.output_summary = summary(received), summary(result.content)
            record.status = "paused" if result.is_paused else "completed" if result.success else "failed"
        kind = kind_of(result)
        if kind in ("Condition", "Router", "Loop"):
            ran = [inner.step_name for inner in result.steps or ()]
            self.record.routing_rules_applied.append({"step": identity, "rule": kind, "ran": ran})
        inside = Given(received) if getattr(step, "workflow", None) is not None else given
        self.note_all(result.steps or (), f"{identity}/", inside, step)
