"""What every event of a run has in common.

The events themselves are in `events_agent`, `events_team` and `events_workflow`, one class a name.

An event is made for each thing the caller may see, so making one is a plain slotted dataclass and everything dear
(dictionaries, JSON) waits until asked for. Mirrors `agno.run.base.BaseRunOutputEvent`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from time import time
from typing import TYPE_CHECKING, Any, ClassVar, Self

from wherry.core.events.comparing import Compared
from wherry.core.events.storing import ATOMS, STORE, field_names, is_model, json_text, plain, revive

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.events.model_response import ToolExecution

# Written after the other fields, in this order; the rest keeps the order of the fields.
_LATE = (
    "metadata",
    "additional_input",
    "reasoning_messages",
    "reasoning_steps",
    "references",
    "followups",
    "member_responses",
    "images",
    "videos",
    "audio",
    "response_audio",
    "image",
    "citations",
    "content",
    "tools",
    "tool",
    "metrics",
    "session_summary",
    "run_input",
    "requirements",
    "memories",
    "tasks",
)


# The fields that say where an event belongs, not what happened; telemetry keeps them apart from the others.
PLACES = frozenset(
    {
        "event",
        "created_at",
        "session_id",
        "run_id",
        "parent_run_id",
        "agent_id",
        "agent_name",
        "team_id",
        "team_name",
        "workflow_id",
        "workflow_name",
        "workflow_run_id",
        "run_output",
    }
)
_NOTHING: frozenset[str] = frozenset()


@cache
def _teller(cls: Any, without: frozenset[str]) -> Callable[[Any], dict[str, Any]]:
    """The function that tells the fields of a class, written for it once: a stream calls it for each piece of text."""
    names = [name for name in field_names(cls) if name not in without]
    lines = ["def told(event):", " kept, model = {}, None"]
    for name in names:
        if name == "content":
            lines += _CONTENT
        elif name not in _LATE:
            lines += [f" value = event.{name}", " if value is not None:"]
            lines += [f"  kept['{name}'] = value if value.__class__ in ATOMS else {_stores(name)}(value)"]
    lines += [" value = event.event_index", " if value is not None:", "  kept['event_index'] = value"]
    for name in _LATE:
        if name in names and name != "content":
            # Agno writes a structured answer where the field after it, the tools, would come.
            lines += _MODEL if name == "tools" else []
            some = " and value" if name == "member_responses" else ""
            lines += [f" value = event.{name}", f" if value is not None{some}:"]
            lines += [f"  kept['{name}'] = {_stores(name)}(value)"]
    lines += [*_MODEL, " return kept"]
    known: dict[str, Any] = {"ATOMS": ATOMS, "is_model": is_model, "plain": plain, "STORE": STORE}
    exec("\n".join(lines), known)  # noqa: S102 - field names of our own classes, as dataclasses do it
    told: Callable[[Any], dict[str, Any]] = known["told"]
    return told


def _stores(name: str) -> str:
    return f"STORE['{name}']" if name in STORE else "plain"


_CONTENT = (
    " value = event.content",
    " if value is not None:",
    "  if value.__class__ in ATOMS: kept['content'] = value",
    "  elif is_model(value): model = value",
    f"  else: kept['content'] = {_stores('content')}(value)",
)
_MODEL = (" if model is not None:", "  kept['content'], model = model.model_dump(exclude_none=True), None")


class _Numbered(Compared):
    """The place of an event in its stream; as in Agno no field, so that `asdict` and `fields` do not show it."""

    __slots__ = ("_index",)

    @property
    def event_index(self) -> int | None:
        """Place in the stream that published it, or None when no stream did."""
        return getattr(self, "_index", None)

    @event_index.setter
    def event_index(self, place: int | None) -> None:
        self._index = place


@dataclass(slots=True, eq=False, repr=False)
class BaseRunOutputEvent(_Numbered):
    """Root of all events; mirrors `agno.run.base.BaseRunOutputEvent`."""

    _revived_: ClassVar[dict[str, Callable[[Any], Any]] | None] = None

    @property
    def is_paused(self) -> bool:
        """Whether the run waits for a person."""
        return False

    @property
    def is_cancelled(self) -> bool:
        """Whether the run was cancelled."""
        return False

    def to_dict(self) -> dict[str, Any]:
        """The fields that are set, in the order Agno writes them."""
        kind: Any = type(self)
        return _teller(kind, _NOTHING)(self)

    def without_places(self) -> dict[str, Any]:
        """The fields of `to_dict` without those of `PLACES`."""
        kind: Any = type(self)
        if kind.to_dict is BaseRunOutputEvent.to_dict:
            return _teller(kind, PLACES)(self)
        return {name: value for name, value in self.to_dict().items() if name not in PLACES}

    def to_json(self, separators: tuple[str, str] = (", ", ": "), indent: int | None = 2) -> str:
        """`to_dict` as JSON text."""
        return json_text(self.to_dict(), separators, indent, ascii_only=False)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary, which stays as it is; unknown keys are ignored."""
        made: Self = _rebuilt(cls, {name: data[name] for name in (*field_names(cls), "event_index") if name in data})
        return made


def _rebuilt(cls: type[Any], fields: dict[str, Any]) -> Any:
    index = fields.pop("event_index", None)
    event = cls(**revive(fields, cls._revived_))
    if index is not None:
        event.event_index = index
    return event


class OpenEvent(BaseRunOutputEvent):
    """An event with fields of the user's own; mixed into the three `CustomEvent` classes.

    Subclass those as a dataclass, or pass any keywords: they become attributes, and `to_dict` keeps them.
    """

    def _take(self, fields: dict[str, Any]) -> None:
        for name in field_names(type(self)):
            if name not in fields:
                known = self.__dataclass_fields__[name]
                setattr(self, name, known.default_factory() if callable(known.default_factory) else known.default)
        for name, value in fields.items():
            setattr(self, name, value)

    def to_dict(self) -> dict[str, Any]:
        """The fields that are set, then the attributes that are not fields."""
        kept = super().to_dict()
        known = field_names(type(self))
        for name, value in vars(self).items():
            if name not in known and value is not None:
                kept[name] = plain(value)
        return kept

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary; a subclass takes its fields, `CustomEvent` itself takes every key."""
        known = {*field_names(cls), "event_index"}
        everything = cls.__name__ == "CustomEvent"
        made: Self = _rebuilt(cls, {name: value for name, value in data.items() if everything or name in known})
        return made


def now() -> int:
    """Unix seconds."""
    return int(time())


def _run_input(kind: str) -> Callable[[Any], Any]:
    def make(data: Any) -> Any:
        from wherry.core.events import run_input

        return getattr(run_input, kind).from_dict(data) if isinstance(data, dict) else data

    return make


def _session_summary(data: Any) -> Any:
    from wherry.core.events.session_summary import SessionSummary

    return SessionSummary.from_dict(data) if isinstance(data, dict) else data


def _member_responses(data: Any) -> Any:
    from wherry.core.events.outputs import member_output

    return [member_output(item) for item in data]


def _tasks(data: Any) -> Any:
    from wherry.core.events.events_team_tasks import TaskData

    return [TaskData.from_dict(item) if isinstance(item, dict) else item for item in data]


def _step_output(data: Any) -> Any:
    from wherry.core.events.step_io import StepOutput

    if isinstance(data, list):
        return [_step_output(item) for item in data]
    return StepOutput.from_dict(data) if isinstance(data, dict) else data


def _workflow_metrics(data: Any) -> Any:
    from wherry.core.events.step_io import WorkflowMetrics

    return WorkflowMetrics.from_dict(data) if isinstance(data, dict) else data


@dataclass(slots=True, eq=False, repr=False)
class BaseAgentRunEvent(BaseRunOutputEvent):
    """What an agent's events have in common; mirrors `agno.run.agent.BaseAgentRunEvent`.

    Attributes:
        created_at: Unix seconds.
        parent_run_id: Run of the team or workflow it is part of.
        nested_depth: How many workflows it is inside of, less one.
    """

    created_at: int = field(default_factory=now)
    event: str = ""
    agent_id: str = ""
    agent_name: str = ""
    run_id: str | None = None
    parent_run_id: str | None = None
    session_id: str | None = None
    workflow_id: str | None = None
    workflow_run_id: str | None = None
    step_id: str | None = None
    step_name: str | None = None
    step_index: int | None = None
    nested_depth: int = 0
    tools: list[ToolExecution] | None = None
    content: Any = None

    _revived_: ClassVar[dict[str, Callable[[Any], Any]] | None] = {
        "run_input": _run_input("RunInput"),
        "session_summary": _session_summary,
    }

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


@dataclass(slots=True, eq=False, repr=False)
class BaseTeamRunEvent(BaseRunOutputEvent):
    """What a team's events have in common; mirrors `agno.run.team.BaseTeamRunEvent`. Fields as for an agent's."""

    created_at: int = field(default_factory=now)
    event: str = ""
    team_id: str = ""
    team_name: str = ""
    run_id: str | None = None
    parent_run_id: str | None = None
    session_id: str | None = None
    workflow_id: str | None = None
    workflow_run_id: str | None = None
    step_id: str | None = None
    step_name: str | None = None
    step_index: int | None = None
    nested_depth: int = 0
    content: Any = None

    _revived_: ClassVar[dict[str, Callable[[Any], Any]] | None] = {
        "run_input": _run_input("TeamRunInput"),
        "session_summary": _session_summary,
        "member_responses": _member_responses,
        "tasks": _tasks,
    }


# Written last, in this order; everything else keeps the order of the fields.
_WORKFLOW_LATE = (
    "metrics",
    "step_output",
    "step_results",
    "step_executor_runs",
    "step_requirements",
    "step_response",
    "iteration_results",
)


@dataclass(slots=True, eq=False, repr=False)
class BaseWorkflowRunOutputEvent(BaseRunOutputEvent):
    """What a workflow's events have in common; mirrors `agno.run.workflow.BaseWorkflowRunOutputEvent`."""

    created_at: int = field(default_factory=now)
    event: str = ""
    workflow_id: str | None = None
    workflow_name: str | None = None
    session_id: str | None = None
    run_id: str | None = None
    step_id: str | None = None
    parent_step_id: str | None = None
    nested_depth: int = 0

    _revived_: ClassVar[dict[str, Callable[[Any], Any]] | None] = {
        **dict.fromkeys(
            ("step_output", "step_response", "step_results", "iteration_results", "all_results"), _step_output
        ),
        "metrics": _workflow_metrics,
    }

    @property
    def is_error(self) -> bool:
        """Whether the run failed; Agno's answer is always False."""
        return False

    @property
    def status(self) -> Any:
        """``Completed``, ``Error`` or ``Cancelled``."""
        return "Error" if self.is_error else "Cancelled" if self.is_cancelled else "Completed"

    def to_dict(self) -> dict[str, Any]:
        """The fields that are set, in the order Agno writes them; `run_output` is left out, it may hold this event."""
        kept: dict[str, Any] = {}
        for name in field_names(type(self)):
            if name in _WORKFLOW_LATE or name == "run_output":
                continue
            value = getattr(self, name)
            if value is None:
                continue
            kept[name] = STORE[name](value) if name in STORE else plain(value)
        content: Any = getattr(self, "content", None)
        model = is_model(content)
        if model:
            kept["content"] = content.model_dump(exclude_none=True)
        for name in _WORKFLOW_LATE:
            value = getattr(self, name, None)
            if value is not None:
                kept[name] = STORE[name](value)
        if model and "step_output" in kept:
            kept["content"] = kept["step_output"]["content"]
        if self.event_index is not None:
            kept["event_index"] = self.event_index
        return kept
