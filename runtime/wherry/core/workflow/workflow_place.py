"""Where in its steps a run of a workflow is: the step at work, and how the first step of a continued run is entered.

Made by `workflow_walk`, `step_row` and `workflow_continue`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wherry.core.workflow.group_record import Back, is_record
from wherry.core.workflow.workflow_run import MEDIA

if TYPE_CHECKING:
    from wherry.core.events.step_io import StepInput, StepOutput
    from wherry.core.workflow.workflow_run import WorkflowRun, Yields


@dataclass(slots=True)
class Resume:
    """How the first step of a continued run is entered.

    Attributes:
        start: Index of that step.
        resolved: Index of the step whose question was answered; it is not asked again.
        requirement: What the step's agent, team or workflow waited for, to hand it back.
        inner: What was answered is a question of a workflow inside the step.
        additions: Added to the step's additional data: values, feedback, the output before.
        selection: Names of the steps that a person chose for a router.
        force_else: The condition was rejected; its other branch runs.
        reroute: The router's output was rejected; a person chooses another route.
        rounds: What a loop has done already.
        retries: How often the step was rejected.
    """

    start: int = 0
    resolved: int | None = None
    requirement: Any = None
    inner: bool = False
    additions: dict[str, Any] = field(default_factory=dict)
    selection: list[str] | None = None
    force_else: bool = False
    reroute: bool = False
    rounds: list[list[StepOutput]] | None = None
    retries: int = 0

    def tells(self, index: int) -> bool:
        """Whether the caller hears that the step goes on."""
        told = self.requirement or self.inner or self.selection or self.force_else or self.reroute
        return index == self.resolved and not told

    def prepare(self, step: Any, given: StepInput) -> None:
        """Add what the person gave to the step's input."""
        if self.additions:
            given.additional_data = {**(given.additional_data or {}), **self.additions}
        if self.rounds and getattr(step, "forward_iteration_output", False):
            last = self.rounds[-1]
            done = {output.step_name or f"step_{number}": output for number, output in enumerate(last, 1)}
            given.previous_step_outputs = {**(given.previous_step_outputs or {}), **done}
            given.previous_step_content = last[-1].content


@dataclass(slots=True)
class Place:
    """A top-level step about to run: the step, where it stands, and how it is entered."""

    step: Any
    index: int
    name: str
    given: StepInput
    resume: Resume | None = None

    def events(self, run: WorkflowRun) -> Yields:
        """What the step yields, entered as the continuation says."""
        step, given, index, resume = self.step, self.given, self.index, self.resume
        if resume is None:
            return step.events(run, given, index)  # type: ignore[no-any-return]
        if resume.requirement is not None and is_record(resume.requirement.step_output) and hasattr(step, "steps"):
            back = Back(resume.requirement, resume.requirement.step_output)
            return step.events(run, given, index, back=back)  # type: ignore[no-any-return]
        if resume.inner:
            from wherry.core.workflow.nested_pause import continued_inner

            return continued_inner(run, index)
        if resume.requirement is not None:
            from wherry.core.workflow.executor_continue import continued_executor

            return continued_executor(run, step, index, resume.requirement)
        if resume.selection and hasattr(step, "selector"):
            return step.events(run, given, index, selected=resume.selection)  # type: ignore[no-any-return]
        if resume.force_else and hasattr(step, "evaluator"):
            return step.events(run, given, index, force_else=True)  # type: ignore[no-any-return]
        if resume.rounds and hasattr(step, "max_iterations"):
            return step.events(run, given, index, rounds=resume.rounds)  # type: ignore[no-any-return]
        return step.events(run, given, index)  # type: ignore[no-any-return]


def begin_step(run: WorkflowRun, place: Place) -> None:
    """Note which step is at work, for a run that ends in its middle."""
    run.partial = ""
    run.extra["current"], run.extra["unfinished"] = place, None


def take(run: WorkflowRun, name: str, output: StepOutput) -> None:
    """Add a step's output to what later steps see."""
    run.results.append(output)
    run.named[name] = output
    if output.images or output.videos or output.audio or output.files:
        take_media(run, output)


def take_media(run: WorkflowRun, output: StepOutput) -> None:
    """Add the media of a step's output to those that later steps see."""
    for kind in MEDIA:
        run.media[kind].extend(getattr(output, kind) or ())
