"""What goes into a workflow's step and what comes out of it.

Data and look-ups; running steps is the workflow's business. `wherry.workflow.types` re-exports. Mirrors the classes of
the same names in `agno.workflow.types`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

from wherry.core.events.storing import is_model, stored_all
from wherry.core.media import Audio, File, Image, Video, media_dicts, media_list
from wherry.core.metrics import RunMetrics
from wherry.utils.timer import Timer

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEDIA: tuple[tuple[str, Any], ...] = (("images", Image), ("videos", Video), ("audio", Audio), ("files", File))


class StepType(str, Enum):
    """What a step is; mirrors `agno.workflow.types.StepType`."""

    FUNCTION = "Function"
    STEP = "Step"
    STEPS = "Steps"
    LOOP = "Loop"
    PARALLEL = "Parallel"
    CONDITION = "Condition"
    ROUTER = "Router"
    WORKFLOW = "Workflow"


class ExecutorType(str, Enum):
    """Who runs a step and can pause it; mirrors `agno.workflow.types.ExecutorType`."""

    AGENT = "agent"
    TEAM = "team"


class PauseKind(str, Enum):
    """What paused a workflow: the step itself or its executor; mirrors `agno.workflow.types.PauseKind`."""

    STEP = "step"
    EXECUTOR = "executor"


def as_text(value: Any) -> str | None:
    """An input as text: models and containers as indented JSON."""
    if value is None or isinstance(value, str):
        return value
    if is_model(value):
        text: str = value.model_dump_json(indent=2, exclude_none=True)
        return text
    if isinstance(value, (dict, list)):
        return json.dumps(value, indent=2, default=str, ensure_ascii=False)
    return str(value)


def _as_json(value: Any, **options: Any) -> Any:
    if value is None or isinstance(value, (dict, list)):
        return value
    return value.model_dump(exclude_none=True, **options) if is_model(value) else str(value)


def _media_entries(source: Any) -> dict[str, Any]:
    return {name: media_dicts(getattr(source, name)) if getattr(source, name) else None for name, _ in _MEDIA}


def _media_from(data: dict[str, Any]) -> dict[str, Any]:
    return {name: media_list(kind, data.get(name)) for name, kind in _MEDIA}


@dataclass
class WorkflowExecutionInput:
    """What a workflow was given; mirrors `agno.workflow.types.WorkflowExecutionInput`."""

    input: Any = None
    additional_data: dict[str, Any] | None = None
    images: list[Image] | None = None
    videos: list[Video] | None = None
    audio: list[Audio] | None = None
    files: list[File] | None = None

    def get_input_as_string(self) -> str | None:
        """The input as text; models and containers as indented JSON."""
        return as_text(self.input)

    def to_dict(self) -> dict[str, Any]:
        """As stored."""
        return {"input": _as_json(self.input), "additional_data": self.additional_data, **_media_entries(self)}


@dataclass
class StepProgress:
    """A function step's word on how far it is; mirrors `agno.workflow.types.StepProgress`."""

    content: str | None = None
    data: dict[str, Any] | None = None


@dataclass
class StepOutput:
    """What a step yields; mirrors `agno.workflow.types.StepOutput`.

    Attributes:
        content: Text, JSON or an instance of a model.
        success: False ends the workflow with an error unless the step says otherwise.
        stop: True ends the workflow here, successfully.
        steps: Outputs of the steps inside (a loop, a parallel, a condition, a router, a group).
        requires_iteration_review_pause: Set by a loop for the workflow, never stored.
    """

    step_name: str | None = None
    step_id: str | None = None
    step_type: str | None = None
    executor_type: str | None = None
    executor_name: str | None = None
    content: Any = None
    step_run_id: str | None = None
    images: list[Image] | None = None
    videos: list[Video] | None = None
    audio: list[Audio] | None = None
    files: list[File] | None = None
    metrics: RunMetrics | None = None
    success: bool = True
    error: str | None = None
    stop: bool = False
    is_paused: bool = False
    steps: list[StepOutput] | None = None
    requires_iteration_review_pause: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As stored: the content as JSON, anything else as text."""
        stored: dict[str, Any] = {
            "content": _as_json(self.content, mode="json"),
            "step_name": self.step_name,
            "step_id": self.step_id,
            "step_type": self.step_type,
            "executor_type": self.executor_type,
            "executor_name": self.executor_name,
            "step_run_id": self.step_run_id,
            **_media_entries(self),
            "metrics": self.metrics.to_dict() if self.metrics else None,
            "success": self.success,
            "error": self.error,
            "stop": self.stop,
            "is_paused": self.is_paused,
        }
        if self.steps:
            stored["steps"] = stored_all(self.steps)
        return stored

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary; unknown keys are ignored."""
        known = cls.__dataclass_fields__.keys() - {"requires_iteration_review_pause"}
        fields = {name: value for name, value in data.items() if name in known} | _media_from(data)
        if isinstance(fields.get("metrics"), dict):
            fields["metrics"] = RunMetrics.from_dict(fields["metrics"]) if fields["metrics"] else None
        steps = fields.get("steps")
        fields["steps"] = [cls.from_dict(step) if isinstance(step, dict) else step for step in steps] if steps else None
        return cls(**fields)


def _inside(outputs: Any) -> Iterator[StepOutput]:
    """Outputs of the steps inside, each before what is inside of it."""
    for output in outputs or ():
        yield output
        yield from _inside(output.steps)


# Executor type of a parallel step that hands on the joined outputs of its members, not the last one's.
JOINED = "joined"


def deepest(output: StepOutput) -> Any:
    """The content that the next step receives: of a group, that of its last step."""
    while output.steps and output.executor_type != JOINED:
        output = output.steps[-1]
    return output.content


def _says_something(output: StepOutput) -> bool:
    return bool(output.step_name) and output.content is not None and bool(str(output.content).strip())


def _parallel_content(output: StepOutput) -> dict[str, str]:
    found: dict[str, str] = {}
    for branch in output.steps or ():
        if _says_something(branch):
            for leaf in branch.steps or (branch,):
                if _says_something(leaf):
                    found[str(leaf.step_name)] = str(leaf.content)
    return found


@dataclass
class StepInput:
    """What a step is given; mirrors `agno.workflow.types.StepInput`.

    Attributes:
        input: What the workflow was given.
        previous_step_content: Content of the step before.
        previous_step_outputs: Outputs of all steps before, by name, in order.
        workflow_session: The session, for the history.
    """

    input: Any = None
    previous_step_content: Any = None
    previous_step_outputs: dict[str, StepOutput] | None = None
    additional_data: dict[str, Any] | None = None
    images: list[Image] | None = None
    videos: list[Video] | None = None
    audio: list[Audio] | None = None
    files: list[File] | None = None
    workflow_session: Any = None

    def get_input_as_string(self) -> str | None:
        """The input as text; models and containers as indented JSON."""
        return as_text(self.input)

    def get_step_output(self, step_name: str) -> StepOutput | None:
        """Output of a step before this one, however deep inside a loop, parallel, condition, router or group."""
        before = self.previous_step_outputs or {}
        direct = before.get(step_name)
        if direct:
            return direct
        for output in before.values():
            for nested in _inside(output.steps):
                if nested.step_name == step_name:
                    return nested
        return None

    def get_step_content(self, step_name: str) -> Any:
        """Content of a step before this one: of a parallel a dict by step name, of other groups the last content."""
        output = self.get_step_output(step_name)
        if not output:
            return None
        if output.step_type == "Parallel" and output.steps:
            return _parallel_content(output) or str(output.content)
        return deepest(output)

    def get_all_previous_content(self) -> str:
        """Contents of all steps before, each under a heading with its name."""
        return "\n\n".join(
            f"=== {name} ===\n{output.content}"
            for name, output in (self.previous_step_outputs or {}).items()
            if output.content is not None and str(output.content).strip()
        )

    def get_last_step_content(self) -> Any:
        """Content of the step before; of a group, of its last step."""
        for last in reversed((self.previous_step_outputs or {}).values()):
            return deepest(last)
        return None

    def get_workflow_history(self, num_runs: int | None = None) -> list[tuple[str, str]]:
        """Inputs and answers of earlier runs of this session, oldest first; the last `num_runs`, or all."""
        if not self.workflow_session:
            return []
        history: list[tuple[str, str]] = self.workflow_session.get_workflow_history(num_runs=num_runs)
        return history

    def get_workflow_history_context(self, num_runs: int | None = None) -> str | None:
        """The same as text for a prompt; None without a session or history."""
        if not self.workflow_session:
            return None
        context: str | None = self.workflow_session.get_workflow_history_context(num_runs=num_runs)
        return context

    def to_dict(self) -> dict[str, Any]:
        """As stored; the session is left out."""
        before = self.previous_step_content
        return {
            "input": _as_json(self.input, mode="json"),
            "previous_step_outputs": {name: out.to_dict() for name, out in (self.previous_step_outputs or {}).items()},
            "previous_step_content": (as_text(before) if isinstance(before, dict) or is_model(before) else str(before))
            if before or isinstance(before, dict)
            else None,
            "additional_data": self.additional_data,
            **_media_entries(self),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary; unknown keys are ignored."""
        outputs = data.get("previous_step_outputs")
        return cls(
            input=data.get("input"),
            previous_step_content=data.get("previous_step_content"),
            previous_step_outputs={name: StepOutput.from_dict(item) for name, item in outputs.items()}
            if outputs
            else None,
            additional_data=data.get("additional_data"),
            **_media_from(data),
        )


@dataclass
class StepMetrics:
    """What one step used; mirrors `agno.workflow.types.StepMetrics`."""

    step_name: str
    executor_type: str
    executor_name: str
    metrics: RunMetrics | None = None

    def to_dict(self) -> dict[str, Any]:
        """As stored."""
        return {
            "step_name": self.step_name,
            "executor_type": self.executor_type,
            "executor_name": self.executor_name,
            "metrics": self.metrics.to_dict() if self.metrics else None,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary."""
        metrics = data.get("metrics")
        if isinstance(metrics, dict):
            metrics = RunMetrics.from_dict(metrics) if metrics else None
        return cls(data["step_name"], data["executor_type"], data["executor_name"], metrics)


@dataclass
class WorkflowMetrics:
    """What all steps used and how long it took, in seconds; mirrors `agno.workflow.types.WorkflowMetrics`."""

    steps: dict[str, StepMetrics]
    timer: Timer | None = None
    duration: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """As stored."""
        return {"steps": {name: step.to_dict() for name, step in self.steps.items()}, "duration": self.duration}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary."""
        steps = {name: StepMetrics.from_dict(step) for name, step in (data.get("steps") or {}).items()}
        return cls(steps, duration=data.get("duration"))

    def start_timer(self) -> None:
        """Start measuring."""
        if self.timer is None:
            self.timer = Timer()
        self.timer.start()

    def stop_timer(self, set_duration: bool = True) -> None:
        """Stop measuring and, unless told otherwise, note the seconds in `duration`."""
        if self.timer is not None:
            self.timer.stop()
            if set_duration:
                self.duration = self.timer.elapsed
