"""Events of the parts a workflow is made of: loops, parallels, conditions, routers, groups of steps.

The rest of a workflow's events are in `events_workflow`. Each class mirrors the one of the same name in
`agno.run.workflow`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wherry.core.events.event_names import WorkflowRunEvent
from wherry.core.events.events import BaseWorkflowRunOutputEvent

if TYPE_CHECKING:
    from wherry.core.events.step_io import StepOutput

    StepIndex = int | tuple[int, ...]


@dataclass(slots=True, eq=False, repr=False)
class LoopExecutionStartedEvent(BaseWorkflowRunOutputEvent):
    """A loop begins."""

    event: str = WorkflowRunEvent.loop_execution_started.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    max_iterations: int | None = None


@dataclass(slots=True, eq=False, repr=False)
class LoopIterationStartedEvent(BaseWorkflowRunOutputEvent):
    """A round of a loop begins."""

    event: str = WorkflowRunEvent.loop_iteration_started.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    iteration: int = 0
    max_iterations: int | None = None


@dataclass(slots=True, eq=False, repr=False)
class LoopIterationCompletedEvent(BaseWorkflowRunOutputEvent):
    """A round of a loop ended."""

    event: str = WorkflowRunEvent.loop_iteration_completed.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    iteration: int = 0
    max_iterations: int | None = None
    iteration_results: list[StepOutput] = field(default_factory=list)
    should_continue: bool = True


@dataclass(slots=True, eq=False, repr=False)
class LoopExecutionCompletedEvent(BaseWorkflowRunOutputEvent):
    """A loop ended."""

    event: str = WorkflowRunEvent.loop_execution_completed.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    total_iterations: int = 0
    max_iterations: int | None = None
    all_results: list[list[StepOutput]] = field(default_factory=list)


@dataclass(slots=True, eq=False, repr=False)
class ParallelExecutionStartedEvent(BaseWorkflowRunOutputEvent):
    """Steps side by side begin."""

    event: str = WorkflowRunEvent.parallel_execution_started.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    parallel_step_count: int | None = None


@dataclass(slots=True, eq=False, repr=False)
class ParallelExecutionCompletedEvent(BaseWorkflowRunOutputEvent):
    """Steps side by side ended."""

    event: str = WorkflowRunEvent.parallel_execution_completed.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    parallel_step_count: int | None = None
    step_results: list[StepOutput] = field(default_factory=list)


@dataclass(slots=True, eq=False, repr=False)
class ConditionExecutionStartedEvent(BaseWorkflowRunOutputEvent):
    """A condition was evaluated and its branch begins."""

    event: str = WorkflowRunEvent.condition_execution_started.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    condition_result: bool | None = None


@dataclass(slots=True, eq=False, repr=False)
class ConditionExecutionCompletedEvent(BaseWorkflowRunOutputEvent):
    """A branch of a condition ended; `branch` is "if", "else" or None."""

    event: str = WorkflowRunEvent.condition_execution_completed.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    condition_result: bool | None = None
    executed_steps: int | None = None
    branch: str | None = None
    step_results: list[StepOutput] = field(default_factory=list)


@dataclass(slots=True, eq=False, repr=False)
class RouterExecutionStartedEvent(BaseWorkflowRunOutputEvent):
    """A router chose its steps."""

    event: str = WorkflowRunEvent.router_execution_started.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    selected_steps: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False, repr=False)
class RouterExecutionCompletedEvent(BaseWorkflowRunOutputEvent):
    """The steps a router chose ended."""

    event: str = WorkflowRunEvent.router_execution_completed.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    selected_steps: list[str] = field(default_factory=list)
    executed_steps: int | None = None
    step_results: list[StepOutput] = field(default_factory=list)


@dataclass(slots=True, eq=False, repr=False)
class RouterPausedEvent(BaseWorkflowRunOutputEvent):
    """A router waits for a person to choose."""

    event: str = WorkflowRunEvent.router_paused.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    available_choices: list[str] = field(default_factory=list)
    user_input_message: str | None = None
    allow_multiple_selections: bool = False


@dataclass(slots=True, eq=False, repr=False)
class StepsExecutionStartedEvent(BaseWorkflowRunOutputEvent):
    """A group of steps begins."""

    event: str = WorkflowRunEvent.steps_execution_started.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    steps_count: int | None = None


@dataclass(slots=True, eq=False, repr=False)
class StepsExecutionCompletedEvent(BaseWorkflowRunOutputEvent):
    """A group of steps ended."""

    event: str = WorkflowRunEvent.steps_execution_completed.value
    step_name: str | None = None
    step_index: StepIndex | None = None
    steps_count: int | None = None
    executed_steps: int | None = None
    step_results: list[StepOutput] = field(default_factory=list)
