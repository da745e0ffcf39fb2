"""Events of a workflow's run: one slotted dataclass for each name of `WorkflowRunEvent`.

Each class mirrors the one of the same name in `agno.run.workflow`. What they have in common is in `events`, the
tables and unions in `event_registry`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wherry.core.events.event_names import WorkflowRunEvent
from wherry.core.events.events import BaseWorkflowRunOutputEvent, OpenEvent

if TYPE_CHECKING:
    from wherry.core.events.outputs import RunOutput, TeamRunOutput
    from wherry.core.events.outputs_workflow import WorkflowRunOutput
    from wherry.core.events.step_io import StepOutput
    from wherry.core.media import Audio, Image, Video

    StepIndex = int | tuple[int, ...]


@dataclass(slots=True, eq=False, repr=False)
class WorkflowStartedEvent(BaseWorkflowRunOutputEvent):
    """The workflow begins."""

    event: str = WorkflowRunEvent.workflow_started.value


@dataclass(slots=True, eq=False, repr=False)
class WorkflowAgentStartedEvent(BaseWorkflowRunOutputEvent):
    """The workflow's agent decides whether to run the steps."""

    event: str = WorkflowRunEvent.workflow_agent_started.value


@dataclass(slots=True, eq=False, repr=False)
class WorkflowAgentCompletedEvent(BaseWorkflowRunOutputEvent):
    """The workflow's agent is done."""

    event: str = WorkflowRunEvent.workflow_agent_completed.value
    content: Any = None


@dataclass(slots=True, eq=False, repr=False)
class WorkflowCompletedEvent(BaseWorkflowRunOutputEvent):
    """The workflow ended well."""

    event: str = WorkflowRunEvent.workflow_completed.value
    content: Any = None
    content_type: str = "str"
    step_results: list[StepOutput] = field(default_factory=list)
    step_executor_runs: list[RunOutput | TeamRunOutput | WorkflowRunOutput] | None = None
    metadata: dict[str, Any] | None = None
    metrics: Any = None
    run_output: WorkflowRunOutput | None = None


@dataclass(slots=True, eq=False, repr=False)
class WorkflowPausedEvent(BaseWorkflowRunOutputEvent):
    """The workflow waits for a person; follows the event of the step that paused."""

    event: str = WorkflowRunEvent.workflow_paused.value
    status: str | None = None
    paused_step_index: int | None = None
    paused_step_name: str | None = None
    pause_kind: Any = None
    step_requirements: list[Any] | None = None
    step_results: list[Any] | None = None
    step_executor_runs: list[RunOutput | TeamRunOutput | WorkflowRunOutput] | None = None
    content: Any = None
    metadata: dict[str, Any] | None = None

    @property
    def is_paused(self) -> bool:
        """True."""
        return True


@dataclass(slots=True, eq=False, repr=False)
class WorkflowCancelledEvent(BaseWorkflowRunOutputEvent):
    """The workflow was cancelled."""

    event: str = WorkflowRunEvent.workflow_cancelled.value
    reason: str | None = None
    content: str | None = None

    @property
    def is_cancelled(self) -> bool:
        """True."""
        return True


@dataclass(slots=True, eq=False, repr=False)
class WorkflowErrorEvent(BaseWorkflowRunOutputEvent):
    """The workflow failed."""

    event: str = WorkflowRunEvent.workflow_error.value
    error: str | None = None
    error_type: str | None = None
    error_id: str | None = None
    additional_data: dict[str, Any] | None = None


@dataclass(slots=True, eq=False, repr=False)
class StepStartedEvent(BaseWorkflowRunOutputEvent):
    """A step begins."""

    event: str = WorkflowRunEvent.step_started.value
    step_name: str | None = None
    step_index: StepIndex | None = None


@dataclass(slots=True, eq=False, repr=False)
class StepCompletedEvent(BaseWorkflowRunOutputEvent):
    """A step ended."""

    event: str = WorkflowRunEvent.step_completed.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    content: Any = None
    content_type: str = "str"
    images: list[Image] | None = None
    videos: list[Video] | None = None
    audio: list[Audio] | None = None
    response_audio: Audio | None = None
    step_response: StepOutput | None = None


@dataclass(slots=True, eq=False, repr=False)
class StepProgressEvent(BaseWorkflowRunOutputEvent):
    """A function step reports progress."""

    event: str = WorkflowRunEvent.step_progress.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    attempt: int = 1
    content: str | None = None
    data: dict[str, Any] | None = None


@dataclass(slots=True, eq=False, repr=False)
class StepPausedEvent(BaseWorkflowRunOutputEvent):
    """A step waits for confirmation or input."""

    event: str = WorkflowRunEvent.step_paused.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    requires_confirmation: bool = False
    confirmation_message: str | None = None
    requires_user_input: bool = False
    user_input_message: str | None = None
    user_input_schema: list[dict[str, Any]] | None = None


@dataclass(slots=True, eq=False, repr=False)
class StepContinuedEvent(BaseWorkflowRunOutputEvent):
    """A paused step goes on."""

    event: str = WorkflowRunEvent.step_continued.value
    step_name: str | None = None
    step_index: StepIndex | None = None


@dataclass(slots=True, eq=False, repr=False)
class StepExecutorPausedEvent(BaseWorkflowRunOutputEvent):
    """The agent or team of a step waits for a person."""

    event: str = WorkflowRunEvent.step_executor_paused.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    executor_id: str | None = None
    executor_name: str | None = None
    executor_run_id: str | None = None
    executor_type: Any = None
    executor_requirements: list[Any] | None = None


@dataclass(slots=True, eq=False, repr=False)
class StepExecutorContinuedEvent(BaseWorkflowRunOutputEvent):
    """The agent or team of a step goes on."""

    event: str = WorkflowRunEvent.step_executor_continued.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    executor_id: str | None = None
    executor_name: str | None = None
    executor_run_id: str | None = None
    executor_type: Any = None


@dataclass(slots=True, eq=False, repr=False)
class StepOutputReviewEvent(BaseWorkflowRunOutputEvent):
    """A step's output waits for review."""

    event: str = WorkflowRunEvent.step_output_review.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    output_review_message: str | None = None
    requires_output_review: bool = True


@dataclass(slots=True, eq=False, repr=False)
class StepErrorEvent(BaseWorkflowRunOutputEvent):
    """A step failed."""

    event: str = WorkflowRunEvent.step_error.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    error: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class StepOutputEvent(BaseWorkflowRunOutputEvent):
    """A step yielded an output; the properties read it."""

    event: str = WorkflowRunEvent.step_output.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    step_output: StepOutput | None = None

    @property
    def content(self) -> Any:
        """Content of the output."""
        return self.step_output.content if self.step_output else None

    @property
    def images(self) -> list[Image] | None:
        """Images of the output."""
        return self.step_output.images if self.step_output else None

    @property
    def videos(self) -> list[Video] | None:
        """Videos of the output."""
        return self.step_output.videos if self.step_output else None

    @property
    def audio(self) -> list[Audio] | None:
        """Audio of the output."""
        return self.step_output.audio if self.step_output else None

    @property
    def success(self) -> bool:
        """Whether the step did what it should."""
        return self.step_output.success if self.step_output else True

    @property
    def error(self) -> str | None:
        """Why it did not."""
        return self.step_output.error if self.step_output else None

    @property
    def stop(self) -> bool:
        """Whether the workflow is to end here."""
        return self.step_output.stop if self.step_output else False


@dataclass(init=False)
class CustomEvent(OpenEvent, BaseWorkflowRunOutputEvent):
    """An event of the user's own: any keywords, or a dataclass subclass. Not slotted, so that both work."""

    event: str = WorkflowRunEvent.custom_event.value

    def __init__(self, **fields: Any) -> None:
        self._take(fields)
