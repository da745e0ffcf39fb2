"""What one run of a workflow knows while it goes on. Made by the workflow, read by every step.

The counterpart of `run.Run` one level up: it makes workflow events, decides which the caller sees, and carries
what steps share.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from wherry.core.cancel import look, raise_if_cancelled
from wherry.core.events import events_steps, events_workflow
from wherry.core.events.step_io import StepInput, StepOutput

if TYPE_CHECKING:
    from wherry.core.run import Event
    from wherry.core.waits import Waits

Index: TypeAlias = int | tuple[int, ...] | None
# What a step yields: events, and as its last item one StepOutput.
Yields: TypeAlias = AsyncGenerator[Any, None]

# The kinds of media that steps hand on.
MEDIA = ("images", "videos", "audio", "files")

_EVENTS = {**vars(events_workflow), **vars(events_steps)}

# How an executor's run ends is told even when its other events are not.
_EXECUTOR_ENDS = ("RunPaused", "RunCancelled", "RunCompleted", "RunError")

# What whole runs keep as well: that a person answered.
_WENT_ON = frozenset({"StepContinued", "StepExecutorContinued"})

_ALWAYS = frozenset(
    {
        "WorkflowStarted",
        "WorkflowCompleted",
        "WorkflowPaused",
        "WorkflowCancelled",
        "WorkflowError",
        "WorkflowAgentStarted",
        "WorkflowAgentCompleted",
        "StepOutput",
        "StepPaused",
        "StepContinued",
        "StepExecutorContinued",
        "StepExecutorPaused",
        "StepOutputReview",
        "RouterPaused",
        "ConditionPaused",
        "StepError",
        "CustomEvent",
    }
)


@dataclass(slots=True)
class WorkflowRun:
    """One run of a workflow in progress.

    Attributes:
        workflow: The workflow.
        waits: How to wait.
        output: The WorkflowRunOutput being filled.
        context: The RunContext that steps and executors share.
        stream: Events reach the caller.
        lifecycle: The caller sees every event (stream_events).
        executor_events: Events of agents and teams reach the caller.
        watched: Events are worth making.
        ends: A listener wants to hear how the run ends, if nothing else.
        results: Outputs of the top-level steps so far.
        named: The same by step name.
        media: Media of the input and of the steps so far, by kind.
    """

    workflow: Any
    waits: Waits
    output: Any
    context: Any
    stream: bool = False
    lifecycle: bool = False
    executor_events: bool = True
    watched: bool = False
    ends: bool = False
    given: Any = None
    session: Any = None
    options: dict[str, Any] = field(default_factory=dict)
    results: list[StepOutput] = field(default_factory=list)
    named: dict[str, StepOutput] = field(default_factory=dict)
    media: dict[str, list[Any]] = field(default_factory=dict)
    partial: str = ""
    skip_events: frozenset[str] = frozenset()
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def heard(self) -> bool:
        """Whether anybody hears how the run begins and ends: its caller, or a listener."""
        return self.stream or self.watched or self.ends

    def event(self, name: str, **own: Any) -> Event:
        """Make a workflow event, for example `run.event("StepStartedEvent", step_name=…)`."""
        output = self.output
        return _EVENTS[name](
            run_id=output.run_id,
            workflow_name=output.workflow_name,
            workflow_id=output.workflow_id,
            session_id=output.session_id,
            **own,
        )

    def remember(self, event: Event) -> Event:
        """Keep an event in the output when the workflow stores events and its caller sees it; returns the event."""
        told = self.stream or event.event in _WENT_ON
        if told and self.workflow.store_events and event.event not in self.skip_events and self.sees(event):
            if self.output.events is None:
                self.output.events = []
            self.output.events.append(event)
        return event

    def is_own(self, event: Event) -> bool:
        """Whether an event tells of this run itself, not of an executor's or a nested workflow's."""
        return bool(getattr(event, "run_id", None) == self.output.run_id)

    def sees(self, event: Event) -> bool:
        """Whether the caller of a streamed run is shown this event."""
        if not self.is_own(event):
            return self.executor_events or event.event.endswith(_EXECUTOR_ENDS)
        return self.lifecycle or event.event in _ALWAYS or event is self.extra.get("shown")

    def stop_if_cancelled(self) -> None:
        """Raise `RunCancelledException` when somebody cancelled this run."""
        raise_if_cancelled(self.output.run_id)

    def look(self) -> None:
        """`stop_if_cancelled` between the events of a step."""
        look(self.output.run_id)

    def place(self, event: Event, step: Any, index: Index) -> Event:
        """Tell an event of an executor where in the workflow it happened."""
        output = self.output
        own = getattr(event, "workflow_id", None)
        nested = own is not None and own != output.workflow_id
        if hasattr(event, "workflow_run_id"):
            event.workflow_run_id = output.run_id
        if hasattr(event, "session_id") and output.session_id:
            event.session_id = output.session_id
        if nested:
            if hasattr(event, "parent_step_id") and event.parent_step_id is None:
                event.parent_step_id = step.step_id
            return event
        if hasattr(event, "workflow_id"):
            event.workflow_id = output.workflow_id
        if hasattr(event, "workflow_name"):
            event.workflow_name = output.workflow_name
        # What an inner step said about itself stays when the event passes through the groups around it.
        if getattr(event, "step_id", "") is None:
            event.step_id = step.step_id
        if hasattr(event, "step_name") and event.step_name is None:
            event.step_name = step.name
        if hasattr(event, "step_index") and event.step_index is None and index is not None:
            event.step_index = index
        return event


def next_input(
    given: StepInput, output: StepOutput, named: dict[str, StepOutput], *, in_order: bool = False
) -> StepInput:
    """What the step after this one receives inside a group.

    Args:
        given: What this step received.
        output: What it gave.
        named: What the steps of the group gave so far, this one's last.
        in_order: A step that ran before, in an earlier round, stands where it ran last; else where it ran first.
    """
    before = given.previous_step_outputs or {}
    if in_order:
        before = {name: earlier for name, earlier in before.items() if name not in named}
    return StepInput(
        input=given.input,
        previous_step_content=output.content,
        previous_step_outputs={**before, **named},
        additional_data=given.additional_data,
        images=[*(given.images or ()), *(output.images or ())],
        videos=[*(given.videos or ()), *(output.videos or ())],
        audio=[*(given.audio or ()), *(output.audio or ())],
        files=[*(given.files or ()), *(output.files or ())],
    )


def child_index(index: Index, position: int, *, extend: bool, start: int = 0) -> Index:
    """The index of a step inside a group: a pair below a top-level step, longer or unchanged below that."""
    if index is None or isinstance(index, int):
        return (start if index is None else index, position)
    return (*index, position) if extend else index
