"""Statements on the tables of traces and spans.

See `plan` for what a plan is. Mirrors the trace and span methods of Agno's SQL databases; their sums are in
`plans_trace_stats`.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_error
from wherry.stores.jsontext import loads_column
from wherry.stores.plan import BEGIN, Plan, Statement, Tables, Where, marks, needs, storable
from wherry.stores.tables import SPANS, TRACES
from wherry.stores.trace_conditions import add_condition, in_utc, trace_page
from wherry.stores.traces import CONTEXT, Span, Trace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_SPAN = ", ".join(SPANS.names)
_TRACE = ", ".join(f"r.{name}" for name in TRACES.names)
_COUNTED = (*TRACES.names, "total_spans", "error_count")

# How high up the run is that a trace is named after; a name that tells of no run is below all.
_LEVEL = (
    "CASE WHEN {of}.name LIKE '%.run%' OR {of}.name LIKE '%.arun%' THEN CASE WHEN {of}.workflow_id IS NOT NULL THEN 3 "
    "WHEN {of}.team_id IS NOT NULL THEN 2 WHEN {of}.agent_id IS NOT NULL THEN 1 ELSE 0 END ELSE 0 END"
)
_SPANNED = {
    "sqlite": ("MIN({0}, {1})", "MAX({0}, {1})", "(julianday({1}) - julianday({0})) * 86400000"),
    "postgres": (
        "LEAST({0}, {1})",
        "GREATEST({0}, {1})",
        "EXTRACT(epoch FROM CAST({1} AS timestamptz) - CAST({0} AS timestamptz)) * 1000",
    ),
}


def forgiving(method: Any) -> Any:
    """A blocking method whose failure is logged: recording a trace must not break what it is a trace of."""

    @wraps(method)
    def forgive(self: Any, *args: Any, **given: Any) -> None:
        try:
            method(self, *args, **given)
        except Exception as error:  # noqa: BLE001 - whatever it is, as in Agno
            log_error(f"{method.__name__} stored nothing: {error}")

    return forgive


def aforgiving(method: Any) -> Any:
    """`forgiving` for a coroutine method."""

    @wraps(method)
    async def forgive(self: Any, *args: Any, **given: Any) -> None:
        try:
            await method(self, *args, **given)
        except Exception as error:  # noqa: BLE001 - whatever it is, as in Agno
            log_error(f"{method.__name__} stored nothing: {error}")

    return forgive


def _insert(t: Tables, kind: str, names: Sequence[str], row: dict[str, Any]) -> Statement:
    cells = [t.json(row[name]) if name == "attributes" else row[name] for name in names]
    sql = f"INSERT INTO {t[kind]} ({', '.join(names)}) VALUES ({marks(len(names))})"
    return sql, storable(cells) if t.postgres else cells


@needs(writes=("traces",))
def upsert_trace(t: Tables, trace: Any) -> Plan[None]:
    """Store a trace, or add what this part of it tells; mirrors `agno.db.sqlite.SqliteDb.upsert_trace`.

    The earliest start and the latest end are kept, and whom the trace told of first; it is named after the highest
    run, workflow before team before agent.

    Args:
        t: Tables of the store.
        trace: A `Trace`, Agno's or Wherry's.
    """
    sql, cells = _insert(t, "traces", TRACES.names, trace.to_dict())
    own = t.bare("traces")
    low, high, between = _SPANNED[t.dialect]
    start = low.format(f"{own}.start_time", "excluded.start_time")
    end = high.format(f"{own}.end_time", "excluded.end_time")
    higher = f"{_LEVEL.format(of='excluded')} > {_LEVEL.format(of=own)}"
    changes = [
        f"start_time = {start}",
        f"end_time = {end}",
        f"duration_ms = {between.format(start, end)}",
        "status = excluded.status",
        f"name = CASE WHEN {higher} THEN excluded.name ELSE {own}.name END",
        *(f"{name} = COALESCE({own}.{name}, excluded.{name})" for name in CONTEXT),
    ]
    yield f"{sql} ON CONFLICT (trace_id) DO UPDATE SET {', '.join(changes)}", cells


def _from(t: Tables) -> str:
    """Traces with the number of their spans and of those that failed."""
    if "spans" not in t.present:
        return f"SELECT {_TRACE}, 0, 0 FROM {t['traces']} r"
    failed = "SUM(CASE WHEN p.status_code = 'ERROR' THEN 1 ELSE 0 END)"
    return (
        f"SELECT {_TRACE}, COUNT(p.span_id), COALESCE({failed}, 0) FROM {t['traces']} r "
        f"LEFT JOIN {t['spans']} p ON r.trace_id = p.trace_id"
    )


def _grouped(t: Tables) -> str:
    return " GROUP BY r.trace_id" if "spans" in t.present else ""


def _trace(row: Sequence[Any]) -> Trace:
    return Trace.from_dict(dict(zip(_COUNTED, row, strict=True)))


@needs("traces", "spans")
def get_trace(t: Tables, trace_id: str | None = None, run_id: str | None = None) -> Plan[Trace | None]:
    """A trace by its id, or the latest of a run; None when there is none or neither was given."""
    if "traces" not in t.present or not (trace_id or run_id):
        return None
    where = Where().equal(**{"r.trace_id": trace_id} if trace_id else {"r.run_id": run_id})
    sql = f"{_from(t)}{where}{_grouped(t)} ORDER BY r.start_time DESC LIMIT 1"
    rows = yield sql, where.values
    return _trace(rows[0]) if rows else None


@needs("traces", "spans")
def get_traces(
    t: Tables,
    run_id: str | None = None,
    session_id: str | None = None,
    user_id: str | None = None,
    agent_id: str | None = None,
    team_id: str | None = None,
    workflow_id: str | None = None,
    status: str | None = None,
    start_time: datetime | None = None,
    end_time: datetime | None = None,
    limit: int | None = 20,
    page: int | None = 1,
    filter_expr: Any = None,
) -> Plan[tuple[list[Trace], int]]:
    """A page of the traces that fit, the latest first, and how many fit.

    Args:
        t: Tables of the store.
        run_id: Of this run.
        session_id: Of this session.
        user_id: Of this user.
        agent_id: Of this agent.
        team_id: Of this team.
        workflow_id: Of this workflow.
        status: ``OK``, ``ERROR`` or ``UNSET``.
        start_time: That began then or later.
        end_time: That ended then or earlier.
        limit: Traces on a page; None for all.
        page: Which page, from 1.
        filter_expr: A condition of `wherry.filters` on the columns of a trace, or its JSON form.

    Raises:
        ConfigurationError: (a ValueError) the condition cannot be meant.
    """
    where = Where()
    asked = {"run_id": run_id, "session_id": session_id, "agent_id": agent_id, "team_id": team_id}
    for name, value in {**asked, "workflow_id": workflow_id, "status": status}.items():
        where.equal(**{f"r.{name}": value or None})
    where.equal(**{"r.user_id": user_id})
    if start_time:
        where.add("r.start_time >= ?", in_utc(start_time))
    if end_time:
        where.add("r.end_time <= ?", in_utc(end_time))
    add_condition(where, filter_expr, "r.")
    if "traces" not in t.present:
        return [], 0
    counted = yield f"SELECT COUNT(*) FROM {t['traces']} r{where}", where.values
    paging, extra = trace_page(limit, page)
    rows = yield f"{_from(t)}{where}{_grouped(t)} ORDER BY r.start_time DESC{paging}", [*where.values, *extra]
    return [_trace(row) for row in rows], counted[0][0]


@needs(writes=("spans",))
def create_span(t: Tables, span: Any) -> Plan[None]:
    """Store a span of a trace that is stored; see `upsert_trace`."""
    yield _insert(t, "spans", SPANS.names, span.to_dict())


@needs(writes=("spans",))
def create_spans(t: Tables, spans: Sequence[Any]) -> Plan[None]:
    """Store spans of traces that are stored, all or none."""
    if spans:
        yield BEGIN
    for span in spans:
        yield _insert(t, "spans", SPANS.names, span.to_dict())


def _span(row: Sequence[Any]) -> Span:
    values = dict(zip(SPANS.names, row, strict=True))
    return Span.from_dict({**values, "attributes": loads_column(values["attributes"])})


@needs("spans")
def get_span(t: Tables, span_id: str) -> Plan[Span | None]:
    """A span by its id, or None."""
    if "spans" not in t.present:
        return None
    rows = yield f"SELECT {_SPAN} FROM {t['spans']} WHERE span_id = ?", (span_id,)
    return _span(rows[0]) if rows else None


@needs("spans")
def get_spans(
    t: Tables, trace_id: str | None = None, parent_span_id: str | None = None, limit: int | None = 1000
) -> Plan[list[Span]]:
    """Spans of a trace, or those that are part of another span, in the order in which they are stored.

    Args:
        t: Tables of the store.
        trace_id: Of this trace.
        parent_span_id: Part of this span.
        limit: At most so many; None or 0 for all.
    """
    if "spans" not in t.present:
        return []
    where = Where().equal(trace_id=trace_id or None, parent_span_id=parent_span_id or None)
    paging, extra = trace_page(limit or None, None)
    rows = yield f"SELECT {_SPAN} FROM {t['spans']}{where}{paging}", [*where.values, *extra]
    return [_span(row) for row in rows]


@needs("spans")
def get_all_spans(
    t: Tables, trace_id: str | None = None, parent_span_id: str | None = None, limit: int | None = None
) -> Plan[list[Span]]:
    """`get_spans` without a limit of its own, which Agno's blocking SQLite database does not have."""
    return (yield from get_spans(t, trace_id, parent_span_id, limit))
