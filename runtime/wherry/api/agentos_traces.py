"""AgentOS's endpoints of traces: lists, searches, one trace or span, sums by session, and what may be filtered by.

Plain reads of a database's `get_traces`, `get_trace`, `get_spans` and `get_trace_stats`. A caller with a token sees the
traces of its own sessions.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from wherry.api.agentos_asked import MOST, body_as, database, number, paged, reading
from wherry.api.agentos_refused import Refused
from wherry.api.agentos_trace_forms import detail, node, root_of, session_line, summary
from wherry.api.stored import ask
from wherry.core.filters import from_dict

if TYPE_CHECKING:
    from starlette.requests import Request

    from wherry.api.access import Caller
    from wherry.api.context import Served

_COMPONENTS = ("user_id", "agent_id", "team_id", "workflow_id")
_LISTED = ("run_id", "session_id", *_COMPONENTS, "status")
_TEXT = ["EQ", "NEQ", "CONTAINS", "STARTSWITH"]
_TIME = ["GT", "GTE", "LT", "LTE"]
# Field, its label, its type, the operators that it takes, its values.
_FIELDS: tuple[tuple[str, str, str, list[str], list[str] | None], ...] = (
    ("status", "Status", "enum", ["EQ", "NEQ", "IN"], ["OK", "ERROR"]),
    ("user_id", "User ID", "string", [*_TEXT, "IN"], None),
    ("agent_id", "Agent ID", "string", [*_TEXT, "IN"], None),
    ("team_id", "Team ID", "string", [*_TEXT, "IN"], None),
    ("workflow_id", "Workflow ID", "string", [*_TEXT, "IN"], None),
    ("session_id", "Session ID", "string", [*_TEXT, "IN"], None),
    ("run_id", "Run ID", "string", [*_TEXT, "IN"], None),
    ("name", "Trace Name", "string", _TEXT, None),
    ("trace_id", "Trace ID", "string", [*_TEXT, "IN"], None),
    ("duration_ms", "Duration (ms)", "number", ["EQ", "NEQ", *_TIME], None),
    ("start_time", "Start Time", "datetime", _TIME, None),
    ("end_time", "End Time", "datetime", _TIME, None),
    ("created_at", "Created At", "datetime", _TIME, None),
)


class Group(StrEnum):
    """How a search groups what it finds."""

    run = "run"
    session = "session"


class Order(BaseModel):
    """What a search asks for."""

    filter: dict[str, Any] | None = None
    group_by: Group = Group.run
    page: int = Field(1, ge=1, le=MOST)
    limit: int = Field(20, ge=1, le=100)


@reading("retrieving traces")
async def list_traces(request: Request, here: Served) -> Any:
    """`GET /traces`."""
    page, limit = number(request, "page", 1, 0), number(request, "limit", 20, 1)
    db, began = database(request, here), time.perf_counter()
    given: dict[str, Any] = {name: request.query_params.get(name) for name in _LISTED}
    given["session_id"] = here.caller.inside(given["session_id"])
    given["user_id"] = here.caller.only(given["user_id"])
    given |= _times(request) | {"page": page, "limit": limit}
    traces, total = await ask(db, "get_traces", **given, **_own(here))
    took = _since(began)
    lines = [summary(one, root_of(await ask(db, "get_spans", trace_id=one.trace_id))) for one in traces]
    return paged(lines, page, limit, total, took)


@reading("retrieving trace")
async def get_trace(request: Request, here: Served) -> Any:
    """`GET /traces/{trace_id}`: the trace, or one of its spans."""
    db, trace_id, span_id = (
        database(request, here),
        request.path_params["trace_id"],
        request.query_params.get("span_id"),
    )
    trace = await ask(db, "get_trace", trace_id=trace_id, run_id=request.query_params.get("run_id"))
    if trace is None or not (here.caller.owns(trace.session_id) and here.caller.reaches(trace)):
        raise Refused(404, "Trace not found")
    if not span_id:
        return detail(trace, await ask(db, "get_spans", trace_id=trace_id))
    span = await ask(db, "get_span", span_id=span_id)
    if span is None:
        raise Refused(404, "Span not found")
    if span.trace_id != trace_id:
        raise Refused(404, f"Span {span_id} does not belong to trace {trace_id}")
    return node(span)


@reading("retrieving statistics")
async def session_stats(request: Request, here: Served) -> Any:
    """`GET /trace_session_stats`."""
    page, limit = number(request, "page", 1, 1), number(request, "limit", 20, 1)
    db, began = database(request, here), time.perf_counter()
    given = {name: request.query_params.get(name) for name in _COMPONENTS}
    rows, total = await ask(db, "get_trace_stats", **given, **_times(request), page=page, limit=limit, **_own(here))
    return paged([session_line(row) for row in rows], page, limit, total, _since(began))


@reading("searching traces")
async def search_traces(request: Request, here: Served) -> Any:
    """`POST /traces/search`: traces whole, or sums by session."""
    order = await _order(request)
    page, limit = order.page, order.limit
    db, began = database(request, here), time.perf_counter()
    given = {"page": page, "limit": limit, **_own(here, order.filter or None)}
    try:
        if order.group_by is Group.session:
            rows, total = await ask(db, "get_trace_stats", **given)
            return paged([session_line(row) for row in rows], page, limit, total, _since(began))
        traces, total = await ask(db, "get_traces", **given)
    except ValueError as error:
        raise Refused(400, f"Invalid filter expression: {error}") from error
    took = _since(began)
    found = [detail(one, await ask(db, "get_spans", trace_id=one.trace_id)) for one in traces]
    return paged(found, page, limit, total, took)


@reading("retrieving the filter schema")
async def filter_schema(request: Request, here: Served) -> Any:
    """`GET /traces/filter-schema`."""
    fields = []
    for key, label, kind, operators, values in _FIELDS:
        fields.append({"key": key, "label": label, "type": kind, "operators": operators, "values": values})
    return {"fields": fields, "logical_operators": ["AND", "OR"]}


def _own(here: Served, condition: dict[str, Any] | None = None) -> dict[str, Any]:
    """A condition, and that the sessions are the caller's own."""
    if here.caller.user is not None:
        own = {"op": "EQ", "key": "user_id", "value": here.caller.user}
    elif here.caller.tenant:
        own = {"op": "STARTSWITH", "key": "session_id", "value": here.caller.tenant}
    else:
        return {"filter_expr": condition}
    if not condition:
        return {"filter_expr": own}
    return {"filter_expr": {"op": "AND", "conditions": [own, _inside(condition, here.caller)]}}


def _inside(condition: Any, caller: Caller) -> Any:
    """A condition with the stored ids of the sessions that it names; a part of an id stays as it is."""
    if isinstance(condition, list):
        return [_inside(one, caller) for one in condition]
    if not isinstance(condition, dict):
        return condition
    if condition.get("key") != "session_id":
        return {name: _inside(value, caller) for name, value in condition.items()}
    if condition.get("op") == "CONTAINS":
        return condition
    told = dict(condition)
    if isinstance(told.get("value"), str):
        told["value"] = caller.inside(told["value"])
    if isinstance(told.get("values"), list):
        told["values"] = [caller.inside(one) if isinstance(one, str) else one for one in told["values"]]
    return told


def _times(request: Request) -> dict[str, datetime | None]:
    return {name: _moment(request.query_params.get(name), name) for name in ("start_time", "end_time")}


def _moment(text: str | None, name: str) -> datetime | None:
    """A moment in UTC; a text without a zone is meant in UTC."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        said = f"{name}={text!r} is no moment: give one like 2026-05-12T10:00:00Z"
        raise Refused(400, f"{said}, with 'Z' or its distance from UTC ({error}).") from error


async def _order(request: Request) -> Order:
    """What a search asks for.

    Raises:
        Refused: 422: a field is no such thing, or 400: the condition cannot be meant.
    """
    order: Order = await body_as(request, Order)
    try:
        if order.filter:
            from_dict(order.filter)
    except ValueError as error:
        raise Refused(400, f"Invalid filter expression: {error}") from error
    return order


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)
