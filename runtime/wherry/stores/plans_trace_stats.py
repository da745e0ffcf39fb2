"""Sums over traces and spans: how often, how long, how often failed.

See `plan` for what a plan is. Mirrors `get_trace_stats` and `get_span_stats` of Agno's SQL databases.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_debug
from wherry.stores.plan import Plan, Tables, Where, needs
from wherry.stores.trace_conditions import add_condition, in_utc, trace_page

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = dict[str, Any]
Group = Literal["session", "agent", "team", "workflow", "endpoint"]

_OF_SESSION = (
    "session_id", "user_id", "agent_id", "team_id", "workflow_id", "total_traces", "first_trace_at", "last_trace_at",
)  # fmt: skip
_OF_COMPONENT = (
    "total_traces", "total_sessions", "avg_duration_ms", "p95_duration_ms", "max_duration_ms", "error_traces",
    "first_trace_at", "last_trace_at",
)  # fmt: skip
_OF_SPAN = (
    "name", "span_type", "total_calls", "avg_duration_ms", "p95_duration_ms", "max_duration_ms", "error_count",
    "last_called_at",
)  # fmt: skip
_KEYS = {"agent": "agent_id", "team": "team_id", "workflow": "workflow_id", "endpoint": "name"}
_TIMES = frozenset({"first_trace_at", "last_trace_at", "last_called_at"})
_ROUNDED = frozenset({"avg_duration_ms", "p95_duration_ms"})
# SQLite has no percentiles.
_P95 = {"sqlite": "NULL", "postgres": "percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms)"}
_KIND = {
    "sqlite": "json_extract(p.attributes, '$.\"openinference.span.kind\"')",
    "postgres": "p.attributes ->> 'openinference.span.kind'",
}


def _shown(names: Sequence[str], row: Sequence[Any]) -> Row:
    return {name: _value(name, value) for name, value in zip(names, row, strict=True)}


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _TIMES:
        return datetime.fromisoformat(value)
    return round(float(value), 1) if name in _ROUNDED else value


def _sums(t: Tables, key: str) -> str:
    failed = "SUM(CASE WHEN status = 'ERROR' THEN 1 ELSE 0 END)"
    return (
        f"{key}, COUNT(trace_id), COUNT(DISTINCT session_id), AVG(duration_ms), {_P95[t.dialect]}, MAX(duration_ms), "
        f"{failed}, MIN(created_at), MAX(created_at)"
    )


def _grouping(t: Tables, group_by: Group, where: Where) -> tuple[Sequence[str], str, str, str]:
    """Names of what is read, what is read, by what it is grouped and how it is sorted."""
    if group_by == "session":
        where.add("session_id IS NOT NULL")
        columns = (
            "session_id, MAX(user_id), MAX(agent_id), MAX(team_id), MAX(workflow_id), COUNT(trace_id), "
            "MIN(created_at), MAX(created_at)"
        )
        return _OF_SESSION, columns, "session_id", "MAX(created_at) DESC"
    key = _KEYS[group_by]
    if group_by == "endpoint":
        where.add("agent_id IS NULL AND team_id IS NULL AND workflow_id IS NULL")
    else:
        where.add(f"{key} IS NOT NULL")
    return (key, *_OF_COMPONENT), _sums(t, key), key, f"COUNT(trace_id) DESC, {key}"


@needs("traces")
def get_trace_stats(
    t: Tables,
    user_id: str | None = None,
    agent_id: str | None = None,
    team_id: str | None = None,
    workflow_id: str | None = None,
    start_time: datetime | None = None,
    end_time: datetime | None = None,
    limit: int | None = 20,
    page: int | None = 1,
    filter_expr: Any = None,
    group_by: Group = "session",
) -> Plan[tuple[list[Row], int]]:
    """Sums of traces by session, component or endpoint, and how many groups there are.

    Args:
        t: Tables of the store.
        user_id: Of this user.
        agent_id: Of this agent.
        team_id: Of this team.
        workflow_id: Of this workflow.
        start_time: Recorded then or later.
        end_time: Recorded then or earlier.
        limit: Groups on a page; None for all.
        page: Which page, from 1.
        filter_expr: A condition of `wherry.filters`, or its JSON form.
        group_by: ``session``, the last active first; ``agent``, ``team`` or ``workflow``, the busiest first; or
            ``endpoint``: traces of none of these, by name. Durations are in milliseconds; SQLite has no 95th
            percentile.

    Raises:
        ConfigurationError: (a ValueError) there is no such grouping, or the condition cannot be meant.
    """
    if group_by not in ("session", *_KEYS):
        raise ConfigurationError(
            f"Traces cannot be grouped by {group_by!r}.", hint=f"Use one of session, {', '.join(_KEYS)}."
        )
    where = Where().equal(user_id=user_id, workflow_id=workflow_id or None, team_id=team_id or None)
    where.equal(agent_id=agent_id or None)
    if start_time:
        where.add("created_at >= ?", in_utc(start_time))
    if end_time:
        where.add("created_at <= ?", in_utc(end_time))
    add_condition(where, filter_expr)
    if "traces" not in t.present:
        return [], 0
    names, columns, key, sorting = _grouping(t, group_by, where)
    grouped = f"FROM {t['traces']}{where} GROUP BY {key}"
    counted = yield f"SELECT COUNT(*) FROM (SELECT {key} {grouped}) AS groups_found", where.values
    paging, extra = trace_page(limit, page)
    rows = yield f"SELECT {columns} {grouped} ORDER BY {sorting}{paging}", [*where.values, *extra]
    return [_shown(names, row) for row in rows], counted[0][0]


@needs("spans", "traces")
def get_span_stats(
    t: Tables,
    agent_id: str | None = None,
    team_id: str | None = None,
    workflow_id: str | None = None,
    start_time: datetime | None = None,
    end_time: datetime | None = None,
    name: str | None = None,
    span_type: str | None = None,
    limit: int | None = 20,
    page: int | None = 1,
    sort_by: str = "total_calls",
    sort_order: str = "desc",
) -> Plan[tuple[list[Row], int]]:
    """Sums of spans by name and kind, and how many groups there are; what spans hold is not read.

    Args:
        t: Tables of the store.
        agent_id: In traces of this agent.
        team_id: In traces of this team.
        workflow_id: In traces of this workflow.
        start_time: That began then or later.
        end_time: That began then or earlier.
        name: With this name.
        span_type: Of this kind, for example ``LLM`` or ``TOOL``.
        limit: Groups on a page; None for all.
        page: Which page, from 1.
        sort_by: A column of the result; ``total_calls`` in the place of any other.
        sort_order: ``asc`` or ``desc``.
    """
    owners = {"agent_id": agent_id, "team_id": team_id, "workflow_id": workflow_id}
    owners = {f"r.{column}": value for column, value in owners.items() if value}
    if "spans" not in t.present or (owners and "traces" not in t.present):
        return [], 0
    kind = _KIND[t.dialect]
    where = Where().equal(**owners).equal(**{"p.name": name or None, kind: span_type or None})
    if start_time:
        where.add("p.start_time >= ?", in_utc(start_time))
    if end_time:
        where.add("p.start_time <= ?", in_utc(end_time))
    joined = f" JOIN {t['traces']} r ON p.trace_id = r.trace_id" if owners else ""
    grouped = f"FROM {t['spans']} p{joined}{where} GROUP BY p.name, {kind}"
    counted = yield f"SELECT COUNT(*) FROM (SELECT 1 {grouped}) AS groups_found", where.values
    sums = {
        "total_calls": "COUNT(p.span_id)",
        "avg_duration_ms": "AVG(p.duration_ms)",
        "p95_duration_ms": _P95[t.dialect].replace("duration_ms", "p.duration_ms"),
        "max_duration_ms": "MAX(p.duration_ms)",
        "error_count": "SUM(CASE WHEN p.status_code = 'ERROR' THEN 1 ELSE 0 END)",
        "last_called_at": "MAX(p.start_time)",
    }
    sorting = f"{_sorted_by(t, sums, sort_by)} {'ASC' if sort_order == 'asc' else 'DESC'}, p.name, {kind}"
    paging, extra = trace_page(limit, page)
    columns = f"p.name, {kind}, {', '.join(sums.values())}"
    rows = yield f"SELECT {columns} {grouped} ORDER BY {sorting}{paging}", [*where.values, *extra]
    return [_shown(_OF_SPAN, row) for row in rows], counted[0][0]


def _sorted_by(t: Tables, sums: dict[str, str], sort_by: str) -> str:
    if sort_by not in sums or (sort_by == "p95_duration_ms" and not t.postgres):
        log_debug(f"Spans cannot be sorted by {sort_by!r} here; they are sorted by total_calls.")
        return sums["total_calls"]
    return sums[sort_by]
