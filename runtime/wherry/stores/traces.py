"""Traces and spans as objects; mirrors `agno.tracing.schemas`.

`telemetry.spans` makes them of Wherry's runs, `plans_traces` reads and writes their rows. Needs no OpenTelemetry but
for `Span.from_otel_span`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Self

_TIMES = ("start_time", "end_time", "created_at")
_NANOSECONDS = 1_000_000_000


def _moment(name: str, value: Any) -> Any:
    """A stored time as a datetime: ISO text, or a number of nanoseconds, of seconds when it tells of the row."""
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    if isinstance(value, int):
        return datetime.fromtimestamp(value if name == "created_at" else value / _NANOSECONDS, tz=UTC)
    return value


class _Record:
    """What traces and spans have in common."""

    def to_dict(self) -> dict[str, Any]:
        """Every field; times in ISO format."""
        told = asdict(self)  # type: ignore[call-overload]
        return {**told, **{name: told[name].isoformat() for name in _TIMES}}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From what `to_dict` gave, or from a row; what is not required may be missing.

        Raises:
            KeyError: A required field is missing.
        """
        given: dict[str, Any] = {}
        missing = cls._optional()
        for item in fields(cls):  # type: ignore[arg-type]
            value = data.get(item.name, missing[item.name]) if item.name in missing else data[item.name]
            given[item.name] = _moment(item.name, value) if item.name in _TIMES else value
        return cls(**given)

    @classmethod
    def _optional(cls) -> dict[str, Any]:
        raise NotImplementedError


@dataclass
class Trace(_Record):
    """One trace; mirrors `agno.tracing.schemas.Trace`.

    Attributes:
        trace_id: Its id, 32 hexadecimal digits.
        name: Name of its root span.
        status: ``OK``, ``ERROR`` or ``UNSET``.
        start_time: When its first span began.
        end_time: When its last span ended.
        duration_ms: The time between, in milliseconds.
        total_spans: How many spans it has.
        error_count: How many of them failed.
        run_id: Run that it tells of.
        session_id: Session of that run.
        user_id: User of that run.
        agent_id: Agent that ran.
        team_id: Team that ran.
        workflow_id: Workflow that ran.
        created_at: When it was recorded.
    """

    trace_id: str
    name: str
    status: str
    start_time: datetime
    end_time: datetime
    duration_ms: int
    total_spans: int
    error_count: int
    run_id: str | None
    session_id: str | None
    user_id: str | None
    agent_id: str | None
    team_id: str | None
    workflow_id: str | None
    created_at: datetime

    @classmethod
    def _optional(cls) -> dict[str, Any]:
        return dict.fromkeys(CONTEXT)


CONTEXT = ("run_id", "session_id", "user_id", "agent_id", "team_id", "workflow_id")
"""Whom a trace tells of."""


@dataclass
class Span(_Record):
    """One span of a trace; mirrors `agno.tracing.schemas.Span`.

    Attributes:
        span_id: Its id, 16 hexadecimal digits.
        trace_id: Its trace.
        parent_span_id: The span it is part of; None for the root.
        name: What was done.
        span_kind: ``INTERNAL``, ``SERVER``, ``CLIENT``, ``PRODUCER`` or ``CONSUMER``.
        status_code: ``OK``, ``ERROR`` or ``UNSET``.
        status_message: Why it failed.
        start_time: When it began.
        end_time: When it ended.
        duration_ms: The time between, in whole milliseconds.
        attributes: What else is known of it.
        created_at: When it was recorded.
    """

    span_id: str
    trace_id: str
    parent_span_id: str | None
    name: str
    span_kind: str
    status_code: str
    status_message: str | None
    start_time: datetime
    end_time: datetime
    duration_ms: int
    attributes: dict[str, Any]
    created_at: datetime

    @classmethod
    def _optional(cls) -> dict[str, Any]:
        return {"parent_span_id": None, "status_message": None, "attributes": {}}

    @classmethod
    def from_otel_span(cls, otel_span: Any) -> Span:
        """From a finished span of OpenTelemetry's SDK."""
        context, parent = otel_span.context, otel_span.parent
        began = otel_span.start_time or 0
        ended = otel_span.end_time or began
        return cls(
            span_id=format(context.span_id if context else 0, "016x"),
            trace_id=format(context.trace_id if context else 0, "032x"),
            parent_span_id=format(parent.span_id, "016x") if parent and parent.span_id else None,
            name=otel_span.name,
            span_kind=otel_span.kind.name,
            status_code=otel_span.status.status_code.name,
            status_message=otel_span.status.description,
            start_time=datetime.fromtimestamp(began / _NANOSECONDS, tz=UTC),
            end_time=datetime.fromtimestamp(ended / _NANOSECONDS, tz=UTC),
            duration_ms=int((ended - began) / 1_000_000),
            attributes={name: _jsonable(value) for name, value in (otel_span.attributes or {}).items()},
            created_at=datetime.now(UTC),
        )


def _jsonable(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return list(value) if isinstance(value, (list, tuple)) else str(value)


# Field of a trace -> attributes of the root span that tell it, in this order.
_TOLD = {
    "run_id": ("run_id", "agno.run.id"),
    "session_id": ("session_id", "agno.session.id", "session.id"),
    "user_id": ("user_id", "agno.user.id", "user.id"),
    "agent_id": ("agent_id", "agno.agent.id"),
    "team_id": ("team_id", "agno.team.id"),
    "workflow_id": ("workflow_id", "agno.workflow.id"),
}


def create_trace_from_spans(spans: list[Span]) -> Trace | None:
    """The trace of spans with one trace id; mirrors `agno.tracing.schemas.create_trace_from_spans`.

    Only a span without a parent says whose the trace is: when none is among them that is left open, so that storing
    the trace keeps what an earlier part of it said.

    Args:
        spans: Spans of one trace, or a part of them.

    Returns:
        None when there are no spans.
    """
    if not spans:
        return None
    root = next((span for span in spans if not span.parent_span_id), None)
    told = root.attributes if root else {}
    began, ended = min(span.start_time for span in spans), max(span.end_time for span in spans)
    failed = sum(span.status_code == "ERROR" for span in spans)
    return Trace(
        trace_id=spans[0].trace_id,
        name=(root or spans[0]).name,
        status="ERROR" if failed else "OK",
        start_time=began,
        end_time=ended,
        duration_ms=int((ended - began).total_seconds() * 1000),
        total_spans=len(spans),
        error_count=failed,
        created_at=datetime.now(UTC),
        **{field: _first(told, names) for field, names in _TOLD.items()},
    )


def _first(attributes: dict[str, Any], names: tuple[str, ...]) -> Any:
    found = None
    for name in names:
        found = attributes.get(name)
        if found:
            break
    return found
