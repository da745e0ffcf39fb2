"""Records of workflows and their runs, which answers of the API hold; public as `wherry.workflow.record`.

`plan_of` checks a workflow before any model is asked; `record_of` turns an output into a record.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wherry.core.events.outputs import RunStatus
from wherry.core.events.step_io import StepOutput, as_text
from wherry.core.workflow.record_fields import WorkflowRecordError, listed_ids, told
from wherry.core.workflow.step_groups import as_step
from wherry.core.workflow.workflow_record import Pattern, ResourcesUsed, StepRecord, WorkflowRef, WorkflowRunRecord

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
    before = output.input
    for result in output.step_results or ():
        noting.note(result, "", before)
        before = result.content
    waiting = noting.by_id.get(output.paused_step_name or "")
    if waiting is not None and waiting.status == "pending":
        waiting.status = _WORDS.get(output.status, "failed")  # type: ignore[assignment]
    note_thoughts(record, output)
    record.resources_used = resources_of(output)
    return record


class Noting:
    """Puts results into a record."""

    def __init__(self, record: WorkflowRunRecord, found: list[Planned]) -> None:
        self.record = record
        self.by_id = {step.id: step for step in record.steps}
        self.nameless = [item for item in found if not item.step.name]
        self.times: Counter[str] = Counter()

    def identity_of(self, result: StepOutput, above: str) -> str:
        """Which step gave a result: by its name, else the next of its kind that has none."""
        named = f"{above}{result.step_name}"
        kind = getattr(result.step_type, "value", result.step_type)
        fitting = [item.identity for item in self.nameless if item.above == above and item.step.step_type.value == kind]
        if named in self.by_id or not fitting:
            return named
        return min(fitting, key=lambda identity: self.times[identity])

    def note(self, result: StepOutput, above: str, given: Any) -> None:
        """Fill in one step and those inside it; a step of a loop tells of its last round."""
        identity = self.identity_of(result, above)
        self.times[identity] += 1
        step = self.by_id.get(identity)
        if step is not None:
            step.input_summary, step.output_summary = summary(given), summary(result.content)
            step.status = "paused" if result.is_paused else "completed" if result.success else "failed"
        kind = getattr(result.step_type, "value", result.step_type)
        if kind in ("Condition", "Router", "Loop"):
            ran = [inner.step_name for inner in result.steps or ()]
            self.record.routing_rules_applied.append({"step": identity, "rule": kind, "ran": ran})
        for inner in result.steps or ():
            self.note(inner, f"{identity}/", given)


def note_thoughts(record: WorkflowRunRecord, output: Any) -> None:
    """What the executors thought."""
    for run in output.step_executor_runs or ():
        for step in getattr(run, "reasoning_steps", None) or ():
            record.think(str(getattr(step, "reasoning", None) or getattr(step, "title", None) or step))
        if getattr(run, "reasoning_content", None) and not getattr(run, "reasoning_steps", None):
            record.think(run.reasoning_content)


def resources_of(output: Any) -> ResourcesUsed:
    """Tokens of all steps and the run's seconds."""
    metrics = output.metrics
    parts = [step.metrics for step in (metrics.steps or {}).values() if step.metrics] if metrics else []
    return ResourcesUsed(
        prompt_tokens=sum(part.input_tokens for part in parts),
        completion_tokens=sum(part.output_tokens for part in parts),
        latency=(metrics.duration or 0.0) if metrics else 0.0,
    )
