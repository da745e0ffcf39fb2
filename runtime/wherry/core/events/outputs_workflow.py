"""What a run of a workflow returns and a session stores; mirrors `agno.run.workflow.WorkflowRunOutput`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, cast

from wherry.core.events.event_registry import event_from_dict
from wherry.core.events.model_response import now
from wherry.core.events.outputs import RunOutput, TeamRunOutput
from wherry.core.events.own_attributes import OwnAttributes
from wherry.core.events.step_io import StepOutput, WorkflowMetrics
from wherry.core.events.storing import STORE, is_model, json_text, revive
from wherry.core.status import CancellationStage, RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.media import Audio, File, Image, Video


# Written after the other fields, in this order; the rest keeps the order of the fields.
_LATE = (
    "metadata",
    "images",
    "videos",
    "audio",
    "files",
    "response_audio",
    "step_results",
    "step_executor_runs",
    "workflow_agent_run",
    "metrics",
    "events",
    "step_requirements",
    "error_requirements",
)
_STATES = frozenset({"status", "cancellation_stage", "pause_kind"})


def executor_output(data: Any) -> Any:
    """Stored output of a step's agent, team or nested workflow as an object."""
    if not isinstance(data, dict):
        return data
    if "team_id" in data or "team_name" in data:
        return TeamRunOutput.from_dict(data)
    if "agent_id" not in data and "agent_name" not in data and "workflow_name" in data:
        return WorkflowRunOutput.from_dict(data)
    return RunOutput.from_dict(data)


@dataclass(slots=True)
class WorkflowRunOutput(OwnAttributes):
    """Result of a workflow's run; mirrors `agno.run.workflow.WorkflowRunOutput`.

    Attributes:
        step_results: Output of each step in order; a list where a part made several.
        step_executor_runs: Outputs of the agents, teams and workflows that ran the steps.
        step_requirements: What a paused workflow waits for.
        pause_kind: ``step`` or ``executor`` while paused.
        workflow_step_place: Of a run inside another that waits in a group: which of the group's steps with workflows
            of this name it belongs to, from 0. Wherry only; Agno reads the record without it.
        created_at: Unix seconds.
    """

    input: Any = None
    content: Any = None
    content_type: str = "str"
    workflow_id: str | None = None
    workflow_name: str | None = None
    run_id: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    parent_run_id: str | None = None
    workflow_step_id: str | None = None
    images: list[Image] | None = None
    videos: list[Video] | None = None
    audio: list[Audio] | None = None
    files: list[File] | None = None
    response_audio: Audio | None = None
    step_results: list[Any] = field(default_factory=list)
    step_executor_runs: list[Any] | None = None
    workflow_agent_run: RunOutput | None = None
    events: list[Any] | None = None
    metrics: WorkflowMetrics | None = None
    metadata: dict[str, Any] | None = None
    created_at: int = field(default_factory=now)
    status: RunStatus = RunStatus.pending
    queue_attempt: int | None = None
    cancellation_stage: CancellationStage | None = None
    step_requirements: list[Any] | None = None
    error_requirements: list[Any] | None = None
    paused_step_index: int | None = None
    paused_step_name: str | None = None
    pause_kind: Any = None

    workflow_step_place = cast("int | None", None)  # no field, so no parameter: Agno's class has none of this name

    @property
    def is_paused(self) -> bool:
        """Whether the workflow waits for a person."""
        return self.status == RunStatus.paused

    @property
    def is_cancelled(self) -> bool:
        """Whether the workflow was cancelled."""
        return self.status == RunStatus.cancelled

    def has_completed(self) -> bool:
        """Whether the workflow ended, well or with an error."""
        return self.status in {RunStatus.completed, RunStatus.error}

    @property
    def active_step_requirements(self) -> list[Any]:
        """Requirements that wait for an answer still."""
        return [item for item in self.step_requirements or () if not item.is_resolved]

    @property
    def steps_requiring_confirmation(self) -> list[Any]:
        """Requirements that need a yes or no."""
        return [item for item in self.step_requirements or () if item.needs_confirmation]

    @property
    def steps_requiring_output_review(self) -> list[Any]:
        """Requirements that need a look at an output."""
        return [item for item in self.step_requirements or () if item.needs_output_review]

    @property
    def steps_requiring_user_input(self) -> list[Any]:
        """Requirements that need values."""
        return [item for item in self.step_requirements or () if item.needs_user_input]

    @property
    def steps_requiring_route(self) -> list[Any]:
        """Requirements that need a router's choice."""
        return [item for item in self.step_requirements or () if item.needs_route_selection]

    @property
    def steps_requiring_executor_resolution(self) -> list[Any]:
        """Requirements of the agent or team that runs a step."""
        return [item for item in self.step_requirements or () if item.needs_executor_resolution]

    @property
    def active_error_requirements(self) -> list[Any]:
        """Failed steps that wait for a decision still."""
        return [item for item in self.error_requirements or () if not item.is_resolved]

    @property
    def steps_with_errors(self) -> list[Any]:
        """Failed steps that need the decision to retry or skip."""
        return [item for item in self.error_requirements or () if item.needs_decision]

    def to_dict(self) -> dict[str, Any]:
        """What a session stores: the fields that are set, in the order Agno writes them."""
        kept: dict[str, Any] = {}
        for name in _FIRST:
            value = getattr(self, name)
            if value is None:
                continue
            if name in _STATES:
                value = getattr(value, "value", value)
            elif name == "input" and is_model(value):
                value = value.model_dump(exclude_none=True)
            elif name == "content" and is_model(value):
                value = value.model_dump(exclude_none=True, mode="json")
            kept[name] = value
        for name in _LATE:
            value = getattr(self, name)
            if name == "step_results":
                value = [part for item in value for part in (item if isinstance(item, list) else (item,))] or None
            if value is not None and (value or name != "step_executor_runs"):
                kept[name] = STORE[name](value)
        if self.workflow_step_place is not None:
            kept["workflow_step_place"] = self.workflow_step_place
        return kept

    def to_json(self, separators: tuple[str, str] = (", ", ": "), indent: int | None = 2) -> str:
        """`to_dict` as JSON text."""
        return json_text(self.to_dict(), separators, indent, ascii_only=True)

    @classmethod
    def from_dict(cls, data: dict[str, Any], _depth: int = 0) -> Self:
        """From a stored dictionary, which stays as it is; unknown keys are ignored, and `status` stays a text."""
        fields = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        if "cancellation_stage" in fields:
            fields["cancellation_stage"] = CancellationStage.coerce(fields["cancellation_stage"])
        events = fields.pop("events", None) or ()
        for name in ("step_results", "step_executor_runs"):
            fields[name] = fields.get(name) or []
        older = data.get("router_requirements")
        if older:
            fields["step_requirements"] = [*(fields.get("step_requirements") or ()), *older]
        made = cls(**revive(fields, _REVIVED))
        made.events = [event_from_dict(event) if isinstance(event, dict) else event for event in events]
        if "workflow_step_place" in data:
            made.__dict__["workflow_step_place"] = data["workflow_step_place"]
        return made

    def get_content_as_string(self, **options: Any) -> str:
        """The content as text; a model or JSON value as JSON, `options` going to its writer."""
        if isinstance(self.content, str):
            return self.content
        if is_model(self.content):
            text: str = self.content.model_dump_json(exclude_none=True, **options)
            return text
        options.setdefault("ensure_ascii", False)
        return json.dumps(self.content, **options)


_FIRST = tuple(name for name in WorkflowRunOutput.__dataclass_fields__ if name not in _LATE)


def _step_results(items: Any) -> list[Any]:
    return [StepOutput.from_dict(item) if isinstance(item, dict) else item for item in items]


def _requirements(kind: str) -> Callable[[Any], Any]:
    def make(items: Any) -> Any:
        from wherry.core.events import step_requirements

        return [getattr(step_requirements, kind).from_dict(item) if isinstance(item, dict) else item for item in items]

    return make


_REVIVED: dict[str, Callable[[Any], Any]] = {
    "step_results": _step_results,
    "step_executor_runs": lambda items: [executor_output(item) for item in items],
    "workflow_agent_run": lambda data: RunOutput.from_dict(data) if isinstance(data, dict) else data,
    "metrics": lambda data: WorkflowMetrics.from_dict(data) if isinstance(data, dict) else data,
    "step_requirements": _requirements("StepRequirement"),
    "error_requirements": _requirements("ErrorRequirement"),
}
