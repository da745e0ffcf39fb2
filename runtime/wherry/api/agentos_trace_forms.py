"""Traces and spans as AgentOS's endpoints show them: a line of a list, a tree of spans, one span.

What is not there is left out, durations are texts, moments end with Z. Mirrors `agno.os.routers.traces.schemas`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.stores.traces import Span, Trace

_IDS = ("run_id", "session_id", "user_id", "agent_id", "team_id", "workflow_id")
# What is told about a span of each kind: attribute → name in its metadata.
_WORKFLOW = {
    "agno.workflow.description": "description",
    "agno.workflow.steps_count": "steps_count",
    "agno.workflow.steps": "steps",
    "agno.workflow.step_types": "step_types",
}
_ABOUT = {
    "AGENT": {"agno.run.id": "run_id"},
    "LLM": {
        "llm.model_name": "model",
        "llm.token_count.prompt": "input_tokens",
        "llm.token_count.completion": "output_tokens",
    },
    "TOOL": {"tool.name": "tool_name", "tool.parameters": "parameters"},
    "CHAIN": _WORKFLOW,
}
_ANY = {"session.id": "session_id", "user.id": "user_id"}
_TOTALS = {"llm.token_count.prompt": "total_input_tokens", "llm.token_count.completion": "total_output_tokens"}


def summary(trace: Trace, root: Span | None) -> dict[str, Any]:
    """A trace as a line of a list."""
    told = {**_head(trace), "input": root.attributes.get("input.value") if root else None}
    return known({**told, **_places(trace)})


def detail(trace: Trace, spans: list[Span]) -> dict[str, Any]:
    """A trace with the tree of its spans."""
    root = root_of(spans)
    given = output = error = None
    if root is not None:
        given, output = root.attributes.get("input.value"), root.attributes.get("output.value")
        if "ERROR" in (trace.status, root.status_code):
            output, error = None, _error(root)
        if trace.status != "ERROR" and _kind(root) == "CHAIN" and str(output or "None").strip() == "None":
            output = _last_output(root, spans) or output
    told = {**_head(trace), "input": given, "output": output, "error": error, **_places(trace)}
    return known({**told, "tree": tree(trace, spans)})


def session_line(row: dict[str, Any]) -> dict[str, Any]:
    """A session's sums."""
    names = ("session_id", "user_id", "agent_id", "team_id", "workflow_id", "total_traces")
    times = {name: moment(row[name]) for name in ("first_trace_at", "last_trace_at")}
    return known({**{name: row.get(name) for name in names}, **times})


def node(span: Span, below: list[dict[str, Any]] | None = None, step: str | None = None) -> dict[str, Any]:
    """A span with what is below it."""
    failed = span.status_code == "ERROR"
    told = {
        **_span_head(span),
        "input": span.attributes.get("input.value"),
        "output": None if failed else span.attributes.get("output.value"),
        "error": _error(span) if failed else None,
        "spans": below,
        "step_type": step,
        "metadata": _found(span, _ABOUT.get(_kind(span), {}) | _ANY) or None,
    }
    return known(told)


def tree(trace: Trace, spans: list[Span]) -> list[dict[str, Any]]:
    """The roots, each with all that is below it; a root has the times of its trace and the tokens of all requests."""
    below: dict[str | None, list[Span]] = {}
    for span in sorted(spans, key=lambda one: one.start_time):
        below.setdefault(span.parent_span_id, []).append(span)
    roots = below.get(None, [])
    # In the order in which they are stored, the first workflow says what its steps are.
    stored = [span for span in spans if span.parent_span_id is None and _kind(span) == "CHAIN"]
    kinds = next((list(found) for one in stored if (found := one.attributes.get("agno.workflow.step_types"))), [])

    def made(span: Span, step: str | None = None) -> dict[str, Any]:
        return node(span, [made(one) for one in below.get(span.span_id, ())] or None, step)

    def root(span: Span) -> dict[str, Any]:
        steps = enumerate(below.get(span.span_id, ()))
        inside = [made(one, kinds[place] if place < len(kinds) else None) for place, one in steps]
        told = {**_tokens(spans), **(_found(span, _WORKFLOW) if _kind(span) == "CHAIN" else {})}
        return known({**_span_head(span), **_times(trace), "spans": inside or None, "metadata": told or None})

    return [root(span) for span in roots]


def root_of(spans: Iterable[Span]) -> Span | None:
    """The first span that lies below no other."""
    return next((span for span in spans if not span.parent_span_id), None)


def moment(value: datetime | str) -> str:
    """A moment as Pydantic writes it."""
    return (value if isinstance(value, str) else value.isoformat()).removesuffix("+00:00") + "Z"


def at(time: Any) -> str | None:
    """A time of a database, as seconds or as a text, in AgentOS's form."""
    if time is None or isinstance(time, str):
        return time
    return moment(datetime.fromtimestamp(time, UTC))


def _duration(milliseconds: int | None) -> str:
    if milliseconds is None or milliseconds < 1000:
        return f"{milliseconds or 0}ms"
    return f"{milliseconds / 1000:.2f}s"


def _times(one: Trace | Span) -> dict[str, Any]:
    times = {"start_time": moment(one.start_time), "end_time": moment(one.end_time)}
    return {"duration": _duration(one.duration_ms), **times}


def _head(trace: Trace) -> dict[str, Any]:
    counts = {"total_spans": trace.total_spans, "error_count": trace.error_count}
    return {"trace_id": trace.trace_id, "name": trace.name, "status": trace.status, **_times(trace), **counts}


def _places(trace: Trace) -> dict[str, Any]:
    return {**{name: getattr(trace, name) for name in _IDS}, "created_at": moment(trace.created_at)}


def _span_head(span: Span) -> dict[str, Any]:
    kind = _kind(span)
    if kind == "CHAIN":
        kind = "WORKFLOW"
    elif kind == "AGENT" and (span.attributes.get("agno.team.id") or span.attributes.get("team.id")):
        kind = "TEAM"
    return {"id": span.span_id, "name": span.name, "type": kind, **_times(span), "status": span.status_code}


def _kind(span: Span) -> str:
    return str(span.attributes.get("openinference.span.kind", "UNKNOWN"))


def _error(span: Span) -> Any:
    return span.status_message or span.attributes.get("exception.message")


def _found(span: Span, names: dict[str, str]) -> dict[str, Any]:
    return {name: span.attributes[key] for key, name in names.items() if span.attributes.get(key)}


def _tokens(spans: list[Span]) -> dict[str, int]:
    asked = [span for span in spans if _kind(span) == "LLM"]
    sums = {name: sum(span.attributes.get(key) or 0 for span in asked) for key, name in _TOTALS.items()}
    return {name: total for name, total in sums.items() if total > 0}


def _last_output(root: Span, spans: list[Span]) -> Any:
    """The output of the step that ended last: a workflow may tell none of its own."""
    steps = [span for span in spans if span.parent_span_id == root.span_id]
    return max(steps, key=lambda one: one.end_time).attributes.get("output.value") if steps else None


def known(told: dict[str, Any]) -> dict[str, Any]:
    """What is there."""
    return {name: value for name, value in told.items() if value is not None}
