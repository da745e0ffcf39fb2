"""What a run of an agent or a team returns and a session stores.

Filled by the lifecycle while a run goes on; `to_dict` writes exactly what Agno's tables hold. Outputs of workflows are
in `outputs_workflow`. Mirrors `agno.run.agent.RunOutput` and `agno.run.team.TeamRunOutput`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Self

from wherry.core.events.event_registry import event_from_dict
from wherry.core.events.model_response import now
from wherry.core.events.own_attributes import OwnAttributes
from wherry.core.events.run_input import RunInput, TeamRunInput
from wherry.core.events.storing import ATOMS, STORE, is_model, json_text, plain, revive
from wherry.core.run_context import RunContext
from wherry.core.status import HISTORY_SKIP_STATUSES, CancellationStage, RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.citations import Citations, MessageReferences
    from wherry.core.events.model_response import ToolExecution
    from wherry.core.events.pause import RunRequirement
    from wherry.core.events.reasoning_step import ReasoningStep
    from wherry.core.media import Audio, File, Image, Video
    from wherry.core.messages import Message
    from wherry.core.metrics import RunMetrics

__all__ = [
    "HISTORY_SKIP_STATUSES",
    "STATED",
    "CancellationStage",
    "RunContext",
    "RunInput",
    "RunOutput",
    "RunStatus",
    "TeamRunInput",
    "TeamRunOutput",
    "member_output",
]

STATED = (
    "content_type",
    "reasoning_content",
    "citations",
    "model_provider_data",
    "images",
    "videos",
    "audio",
    "files",
    "response_audio",
    "references",
    "additional_input",
    "reasoning_steps",
    "reasoning_messages",
    "metadata",
    "metrics",
    "session_state",
)
"""Fields that the terminal event of a run states again, beside its content."""

_MEDIA = ("images", "videos", "audio", "files", "response_audio")
_TEXTS = (
    "messages",
    "metadata",
    "additional_input",
    "reasoning_messages",
    "reasoning_steps",
    "references",
    "followups",
)


class _Output(OwnAttributes):
    """What outputs of agents and teams have in common."""

    __slots__ = ()

    # Written after the other fields, in this order; the rest keeps the order of the fields.
    _late_: ClassVar[tuple[str, ...]] = ()
    _first_: ClassVar[tuple[str, ...]] = ()
    _revived_: ClassVar[dict[str, Callable[[Any], Any]]] = {}

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, Any]]
        content: Any
        status: RunStatus
        tools: list[ToolExecution] | None
        requirements: list[RunRequirement] | None

    @property
    def active_requirements(self) -> list[RunRequirement]:
        """Those that wait for an answer still."""
        return [item for item in self.requirements or () if not item.is_resolved()]

    @property
    def is_paused(self) -> bool:
        """Whether the run waits for a person."""
        return self.status == RunStatus.paused

    @property
    def is_cancelled(self) -> bool:
        """Whether the run was cancelled."""
        return self.status == RunStatus.cancelled

    def to_dict(self) -> dict[str, Any]:
        """What a session stores: the fields that are set, in the order Agno writes them."""
        kept: dict[str, Any] = {}
        model = self.content if self.content and is_model(self.content) else None
        first = self._first_
        for name, value in zip(first, _values(first)(self), strict=True):
            if value is None:
                continue
            if type(value) in ATOMS:
                kept[name] = value
            elif name != "content" or model is None:
                kept[name] = getattr(value, "value", value) if name in _STATES else plain(value)
        late = self._late_
        for name, value in zip(late, _values(late)(self), strict=True):
            if value is None:
                continue
            if name != "content":
                kept[name] = value.value if isinstance(value, RunStatus) else STORE.get(name, plain)(value)
            elif model is not None:
                kept[name] = model.model_dump(exclude_none=True, mode="json")
        return kept

    def to_json(self, separators: tuple[str, str] = (", ", ": "), indent: int | None = 2) -> str:
        """`to_dict` as JSON text."""
        return json_text(self.to_dict(), separators, indent, ascii_only=True)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary, which stays as it is; unknown keys are ignored."""
        if cls is RunOutput and "run" in data:
            data = data["run"]
        fields = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        if cls is RunOutput and "status" in fields:  # a team's stays the text that was stored, as Agno leaves it
            fields["status"] = RunStatus.coerce(fields["status"])
        if "cancellation_stage" in fields:
            fields["cancellation_stage"] = CancellationStage.coerce(fields["cancellation_stage"])
        events = fields.pop("events", None) or ()
        made = cls(**revive(fields, cls._revived_))
        made.events = [_event(event) for event in events]  # type: ignore[attr-defined]
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


_STATES = frozenset({"status", "cancellation_stage"})


@cache
def _values(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """What reads these attributes in one call; most fields of an output are empty."""
    return attrgetter(*names)


def _event(data: Any) -> Any:
    return event_from_dict(data) if isinstance(data, dict) else data


@dataclass(slots=True)
class RunOutput(_Output):
    """Result of an agent's run; mirrors `agno.run.agent.RunOutput`.

    Attributes:
        content: The answer: text, or an instance of the output schema.
        content_type: Name of the content's type.
        messages: Every message of the run, the system message first.
        tools: Tool calls in the order they were made.
        created_at: Unix seconds.
        status: State; `requirements` say what a paused run waits for.
        parent_run_id: Run of the team or workflow it is part of.
        workflow_step_id: Step of the workflow it is part of.
    """

    run_id: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    session_id: str | None = None
    parent_run_id: str | None = None
    workflow_id: str | None = None
    user_id: str | None = None
    input: RunInput | None = None
    content: Any = None
    content_type: str = "str"
    reasoning_content: str | None = None
    reasoning_steps: list[ReasoningStep] | None = None
    reasoning_messages: list[Message] | None = None
    model_provider_data: dict[str, Any] | None = None
    model: str | None = None
    model_provider: str | None = None
    messages: list[Message] | None = None
    metrics: RunMetrics | None = None
    compaction: Any = None
    additional_input: list[Message] | None = None
    tools: list[ToolExecution] | None = None
    images: list[Image] | None = None
    videos: list[Video] | None = None
    audio: list[Audio] | None = None
    files: list[File] | None = None
    response_audio: Audio | None = None
    citations: Citations | None = None
    references: list[MessageReferences] | None = None
    followups: list[str] | None = None
    metadata: dict[str, Any] | None = None
    session_state: dict[str, Any] | None = None
    created_at: int = field(default_factory=now)
    events: list[Any] | None = None
    status: RunStatus = RunStatus.running
    queue_attempt: int | None = None
    cancellation_stage: CancellationStage | None = None
    requirements: list[RunRequirement] | None = None
    last_checkpoint_at_message_index: int | None = None
    forked_from_run_id: str | None = None
    forked_from_message_index: int | None = None
    forked_from_session_id: str | None = None
    regenerated_from: str | None = None
    workflow_step_id: str | None = None

    @property
    def tools_requiring_confirmation(self) -> list[ToolExecution]:
        """Calls that need a yes or no."""
        return [tool for tool in self.tools or () if tool.requires_confirmation]

    @property
    def tools_requiring_user_input(self) -> list[ToolExecution]:
        """Calls that need values."""
        return [tool for tool in self.tools or () if tool.requires_user_input]

    @property
    def tools_awaiting_external_execution(self) -> list[ToolExecution]:
        """Calls that are made elsewhere."""
        return [tool for tool in self.tools or () if tool.external_execution_required]


def _one(kind: Any) -> Callable[[Any], Any]:
    return lambda data: kind.from_dict(data) if isinstance(data, dict) else data


RunOutput._late_ = (
    "metrics",
    "compaction",
    "events",
    *_TEXTS,
    *_MEDIA,
    "citations",
    "content",
    "tools",
    "requirements",
    "input",
)


def _compaction(data: Any) -> Any:
    from wherry.compaction.types import CompactionRecord

    return CompactionRecord.from_dict(data) if isinstance(data, dict) else data


RunOutput._revived_ = {"input": _one(RunInput), "compaction": _compaction}


@dataclass(slots=True)
class TeamRunOutput(_Output):
    """Result of a team's run; mirrors `agno.run.team.TeamRunOutput`. Fields as in `RunOutput`.

    Attributes:
        member_responses: Outputs of the members that were asked, in the order they ended.
    """

    run_id: str | None = None
    team_id: str | None = None
    team_name: str | None = None
    session_id: str | None = None
    parent_run_id: str | None = None
    user_id: str | None = None
    input: TeamRunInput | None = None
    content: Any = None
    content_type: str = "str"
    messages: list[Message] | None = None
    metrics: RunMetrics | None = None
    model: str | None = None
    model_provider: str | None = None
    member_responses: list[TeamRunOutput | RunOutput] = field(default_factory=list)
    tools: list[ToolExecution] | None = None
    images: list[Image] | None = None
    videos: list[Video] | None = None
    audio: list[Audio] | None = None
    files: list[File] | None = None
    response_audio: Audio | None = None
    reasoning_content: str | None = None
    citations: Citations | None = None
    followups: list[str] | None = None
    model_provider_data: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    session_state: dict[str, Any] | None = None
    references: list[MessageReferences] | None = None
    additional_input: list[Message] | None = None
    reasoning_steps: list[ReasoningStep] | None = None
    reasoning_messages: list[Message] | None = None
    created_at: int = field(default_factory=now)
    events: list[Any] | None = None
    status: RunStatus = RunStatus.running
    queue_attempt: int | None = None
    cancellation_stage: CancellationStage | None = None
    requirements: list[RunRequirement] | None = None
    last_checkpoint_at_message_index: int | None = None
    forked_from_run_id: str | None = None
    forked_from_message_index: int | None = None
    forked_from_session_id: str | None = None
    regenerated_from: str | None = None
    workflow_step_id: str | None = None

    def add_member_run(self, run_response: TeamRunOutput | RunOutput) -> None:
        """Add a member's output and take over the media it made."""
        self.member_responses.append(run_response)
        for name in ("images", "videos", "audio", "files"):
            made = getattr(run_response, name)
            if made:
                setattr(self, name, [*(getattr(self, name) or ()), *made])


def member_output(data: Any) -> Any:
    """A member's stored output as an object."""
    if not isinstance(data, dict):
        return data
    return RunOutput.from_dict(data) if "agent_id" in data else TeamRunOutput.from_dict(data)


TeamRunOutput._late_ = (
    "events",
    "metrics",
    "status",
    *_TEXTS,
    *_MEDIA,
    "member_responses",
    "citations",
    "content",
    "requirements",
    "tools",
    "input",
)
TeamRunOutput._revived_ = {
    "input": _one(TeamRunInput),
    "member_responses": lambda items: [member_output(item) for item in items],
}
for _kind in (RunOutput, TeamRunOutput):
    _kind._first_ = tuple(n for n in _kind.__dataclass_fields__ if n == "content" or n not in _kind._late_)
