"""What a group had done when a tool inside it waited for a person, so that the rest of it can run afterwards.

Agno ends a group once the tool is answered; with `Workflow(finish_groups=True)` the paused group's output becomes a
record: a part for each sequence that it ran (one, or one a round of a loop), which holds the choice that led there,
the places of the outputs, and the outputs. It is stored with the question. Called by the groups.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wherry.core.events.step_io import StepInput, StepOutput

if TYPE_CHECKING:
    from wherry.core.events.step_requirements import StepRequirement
    from wherry.core.workflow.workflow_run import Index, WorkflowRun, Yields

_PART = "part"


@dataclass(slots=True)
class Turn:
    """One way through the steps of a group: what came of it, and what is known of it from before a pause.

    Attributes:
        given: What a next step would receive.
        known: Outputs from before the pause, by the places of their steps.
        over: So many steps are over; one of them without an output had none to give.
        question: What was answered.
        results, at: Outputs of the steps, in order, and their places.
        paused: A step inside waits for a person.
        stopped: A step ended the workflow.
    """

    given: StepInput
    known: dict[int, StepOutput] = field(default_factory=dict)
    over: int = 0
    question: StepRequirement | None = None
    results: list[StepOutput] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    paused: bool = False
    stopped: bool = False

    def take(self, position: int, output: StepOutput) -> None:
        """Add a step's output."""
        self.results.append(output)
        self.at.append(position)

    def part(self, choice: Any = None) -> StepOutput:
        """What is recorded of it; `choice` is the branch or the names that led here."""
        made = {"choice": choice, "at": self.at}
        return StepOutput(step_type=_PART, content=made, is_paused=self.paused, steps=self.results)


def is_record(output: StepOutput | None) -> bool:
    """Whether the output of a paused group says where it stands."""
    return bool(output is not None and output.steps and all(inner.step_type == _PART for inner in output.steps))


@dataclass(slots=True)
class Back:
    """A group that goes on: the answered question, and the group's record."""

    question: StepRequirement
    record: StepOutput

    @property
    def parts(self) -> list[StepOutput]:
        """The sequences that were run, the last of them up to the pause."""
        return list(self.record.steps or ())

    @property
    def choice(self) -> Any:
        """The branch or the names that led to the pause."""
        return self.parts[-1].content["choice"]

    def turn(self, given: StepInput, part: StepOutput | None = None, *, whole: int = 0) -> Turn:
        """A way through the steps that knows what was done; of the last part unless another is given.

        Args:
            given: What its first step receives.
            part: The part.
            whole: How many steps it has, when it was over.
        """
        part = part if part is not None else self.parts[-1]
        known = dict(zip(part.content["at"], part.steps or (), strict=True))
        return Turn(given, known, max(whole, *known, 0), self.question)


def events_of(
    run: WorkflowRun, step: Any, turn: Turn, position: int, index: Index, parent: str | None, given: StepInput
) -> Yields:
    """What a step of a group yields: its work, or what is known of it."""
    known = turn.known.get(position)
    if known is not None or position < turn.over:
        return _known(run, step, turn.question, known, index, parent, given)
    return step.events(run, given, index, parent)  # type: ignore[no-any-return]


async def _known(
    run: WorkflowRun,
    step: Any,
    question: Any,
    known: StepOutput | None,
    index: Index,
    parent: str | None,
    given: StepInput,
) -> Yields:
    if known is None:
        return
    if not known.is_paused:
        yield known
        return
    if is_record(known) and hasattr(step, "steps"):
        async for item in step.events(run, given, index, parent, back=Back(question, known)):
            yield item
        return
    inner = run.extra.get("inner")
    if inner is not None and known.step_run_id == inner[1].output.run_id:
        from wherry.core.workflow.nested_pause import continued_inner

        async for item in continued_inner(run, index, parent):
            yield item
        return
    if inner is not None or known.step_run_id != question.executor_run_id:
        yield known  # it waits for another answer
        return
    from wherry.core.workflow.executor_continue import continued_executor

    async for item in continued_executor(run, step, index, question, parent):
        yield item
