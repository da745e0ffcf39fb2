"""Runs as Agno's traces and spans: a listener that makes the rows of a trace from the events of its runs.

A trace is handed on when its root has ended, whole. Needs no OpenTelemetry; `wherry.tracing.setup_tracing` starts one,
`span_writing` stores what it makes.
"""

from __future__ import annotations

import secrets
import threading
import weakref
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wherry.core.workflow.step_parallel import joined_text
from wherry.stores.traces import Span, create_trace_from_spans
from wherry.telemetry import span_attributes as attributes
from wherry.telemetry.hearing import Key, SpanListener, in_forked_children
from wherry.telemetry.otel import parents_of
from wherry.telemetry.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wherry.stores.traces import Trace

# So many traces are open at most; the oldest of more is stored as it is.
_MOST_OPEN = 1_000


class _Held:
    """Lives as long as the run that holds it."""

    __slots__ = ("__weakref__",)


class _Open:
    """A span that goes on."""

    __slots__ = ("attributes", "began", "key", "message", "name", "node", "parent", "span_id", "status", "trace")

    def __init__(self, key: Key, name: str, parent: _Open | None, trace: _OpenTrace) -> None:
        self.key, self.name, self.parent, self.trace = key, name, parent, trace
        self.span_id = self.node = secrets.token_hex(8)
        self.began = datetime.now(UTC)
        self.status = "UNSET"
        self.message: str | None = None
        self.attributes: dict[str, Any] = {}


class _OpenTrace:
    """A trace that goes on: its spans so far, and the keys of those that are open."""

    def __init__(self) -> None:
        self.trace_id = secrets.token_hex(16)
        self.spans: list[Span] = []
        self.keys: dict[Key, None] = {}


class SpanMaker(SpanListener):
    """Makes traces from events, as `openinference-instrumentation-agno` makes them of Agno's runs.

    Args:
        store: Called with each trace that has ended and its spans.
        redactor: Takes secrets out of attributes; one that knows the environment's by default.
    """

    def __init__(self, store: Callable[[Trace, list[Span]], None], redactor: Redactor | None = None) -> None:
        self._store, self._redactor = store, redactor or Redactor()
        self._begin()
        in_forked_children(self._begin)

    def _begin(self) -> None:
        """Begin with nothing; in a forked child anew: what goes on there is the parent's to store."""
        self._open: dict[Key, _Open] = {}
        # A group of steps that is no span of its own stands for what it is part of.
        self._groups: dict[Key, _Open | None] = {}
        self._roots: deque[Key] = deque()
        # Roots whose runs nobody holds any more: those of them that are open were broken off, and tell no end.
        self._left: deque[_Open] = deque()
        self._lock = threading.Lock()

    def stop(self) -> None:
        """Stop listening; what is open is stored as it is."""
        super().stop()
        for root in tuple(self._roots):
            self.end(root)

    def watch(self, span: _Open, run: Any) -> None:
        """Note that a trace goes on as long as its run: a stream that its reader leaves tells no end."""
        if span.parent is None:
            run.extra["traced"] = held = _Held()
            # It may be let go of anywhere, this object's own lock included: the trace is stored at the next event.
            weakref.finalize(held, self._left.append, span).atexit = False

    def __call__(self, event: Any, run: Any) -> None:
        """Take an event of a run."""
        while self._left:
            left = self._left.popleft()
            if self._open.get(left.key) is left:
                self.end(left.key)
        act = _ACTS.get(event.event.removeprefix("Team"))
        if act is not None and run is not None:
            act(self, event, run)

    def begin(self, key: Key, name: str, parents: Iterable[Key], told: dict[str, Any]) -> _Open:
        """Open a span below the first of some that is open; as the root of a trace of its own when none is."""
        with self._lock:
            above = next((found for one in parents if (found := self._found(one)) is not None), None)
            span = _Open(key, name, above, _OpenTrace() if above is None else above.trace)
            before = self._open.get(key)
            self._open[key] = span
            span.trace.keys[key] = None
            if above is None:
                self._roots.append(key)
        span.attributes = told
        if before is not None and before.trace is not span.trace:
            self._finish(before.trace, before)
        while len(self._roots) > _MOST_OPEN:
            self.end(self._roots[0])
        return span

    def _found(self, key: Key) -> _Open | None:
        return self._open.get(key) or self._groups.get(key)

    def found(self, key: Key) -> _Open | None:
        """The open span of a key."""
        return self._open.get(key)

    def group(self, key: Key, parents: Iterable[Key]) -> None:
        """Note a group that is no span: what is below it is below what the group is part of."""
        above = next((found for one in parents if (found := self._found(one)) is not None), None)
        self._groups[key] = above
        if above is not None:
            above.trace.keys[key] = None

    def end(self, key: Key, told: dict[str, Any] | None = None, error: str | None = None, status: str = "OK") -> None:
        """Close a span; the end of a root closes what is open below it, and hands the trace on."""
        span = self._open.get(key)
        if span is None:
            return
        span.attributes |= told or {}
        span.status, span.message = ("ERROR", error) if error is not None else (status, None)
        if span.parent is None:
            self._finish(span.trace, span)
        else:
            self._close(span)

    def _close(self, span: _Open) -> None:
        with self._lock:
            if self._open.get(span.key) is span:
                del self._open[span.key]
            span.trace.keys.pop(span.key, None)
        ended = datetime.now(UTC)
        span.trace.spans.append(
            Span(
                span_id=span.span_id,
                trace_id=span.trace.trace_id,
                parent_span_id=span.parent.span_id if span.parent is not None else None,
                name=span.name,
                span_kind="INTERNAL",
                status_code=span.status,
                status_message=span.message and self._redactor.text(span.message),
                start_time=span.began,
                end_time=ended,
                duration_ms=int((ended - span.began).total_seconds() * 1000),
                attributes=self._redactor.data(span.attributes),
                created_at=ended,
            )
        )

    def _finish(self, trace: _OpenTrace, root: _Open) -> None:
        for key in reversed(tuple(trace.keys)):
            self._groups.pop(key, None)
            span = self._open.get(key)
            if span is not None and span is not root and span.trace is trace:
                self._close(span)
        self._close(root)
        with self._lock:
            if root.key in self._roots:
                self._roots.remove(root.key)
        made = create_trace_from_spans(trace.spans)
        if made is not None:
            # The trace fared as its root did: a tool that failed is the model's to deal with.
            made.status = "ERROR" if root.status == "ERROR" else "OK"
            self._store(made, trace.spans)


def _way(run: Any, name: str) -> str:
    return name if run.waits.blocking else f"a{name}"


def _below(maker: SpanMaker, event: Any) -> list[Key]:
    """Where a run belongs; the step around it is opened when the run is heard of first."""
    parents = list(parents_of(event))
    step = next((key for key in parents if key[0] == "step"), None)
    workflow = getattr(event, "workflow_run_id", None)
    name = getattr(event, "step_name", None)
    if step is None or not name or maker.found(step) is not None:
        return parents
    around = ("run", str(workflow))
    if maker.found(around) is not None:
        maker.begin(step, "", [around], {})
    return parents


def _node(maker: SpanMaker, span: _Open, told: dict[str, Any]) -> None:
    """Place a span in the graph of runs and steps, which leaves out model requests and tool calls."""
    told[attributes.NODE] = span.node
    if span.parent is not None:
        told[attributes.NODE_ABOVE] = span.parent.node
    span.attributes = told


def _run_started(maker: SpanMaker, event: Any, run: Any, verb: str = "run") -> None:
    named = attributes.called(run.owner.name, "Team" if event.event.startswith("Team") else "Agent")
    key = ("run", event.run_id)
    span = maker.begin(key, f"{named}.{_way(run, verb)}", _below(maker, event), {})
    maker.watch(span, run)
    _node(maker, span, attributes.of_run(run))


def _run_continued(maker: SpanMaker, event: Any, run: Any) -> None:
    _run_started(maker, event, run, "continue_run")


def _run_ended(maker: SpanMaker, event: Any, run: Any) -> None:
    _end_below(maker, event.run_id, None)
    maker.end(("run", event.run_id), attributes.of_ended_run(run))


def _run_failed(maker: SpanMaker, event: Any, run: Any) -> None:
    if maker.found(("run", event.run_id)) is None:
        _run_started(maker, event, run)
    _end_below(maker, event.run_id, f"{_error_of(event)}: {event.content}")
    told = attributes.of_ended_run(run)
    maker.end(("run", event.run_id), told, error="run status: error")


def _error_of(event: Any) -> str:
    """The class of an error by the name that its event gives it."""
    return "".join(part.capitalize() for part in (event.error_type or "error").split("_"))


def _end_below(maker: SpanMaker, run_id: str, error: str | None) -> None:
    """Close what a run began and did not end."""
    span = maker.found(("run", run_id))
    begun = tuple(span.trace.keys) if span is not None else ()
    for key in reversed([key for key in begun if key[0] == "tool" and key[1].startswith(f"{run_id}:")]):
        maker.end(key, status="UNSET")
    maker.end(("model", run_id), error=error, status="UNSET")


def _model_started(maker: SpanMaker, event: Any, run: Any) -> None:
    key = ("model", event.run_id)
    maker.end(key, error="ModelProviderError")  # a request whose model failed: another model is asked now
    maker.begin(key, f"{run.model.name}.{_request_way(run)}", [("run", event.run_id)], attributes.of_request(run))


def _streamed(run: Any) -> bool:
    from wherry.core.asking.structured import parses_structured

    return bool(run.stream) and not parses_structured(run)


def _request_way(run: Any) -> str:
    return _way(run, "invoke_stream" if _streamed(run) else "invoke")


def _model_ended(maker: SpanMaker, event: Any, run: Any) -> None:
    maker.end(("model", event.run_id), attributes.of_reply(run, streamed=_streamed(run)))


def _tool_key(event: Any) -> Key:
    # Calls may share an id; then their arguments tell them apart.
    tool = event.tool
    return ("tool", f"{event.run_id}:{tool.tool_call_id}:{attributes.as_text(tool.tool_args or {})}")


def _tool_started(maker: SpanMaker, event: Any, run: Any) -> None:
    if event.tool is not None:
        told = attributes.of_call(run, event.tool)
        maker.begin(maker.free(_tool_key(event)), event.tool.tool_name, [("run", event.run_id)], told)


def _tool_ended(maker: SpanMaker, event: Any, run: Any) -> None:
    tool = event.tool
    if tool is not None:
        told = {"output.value": str(tool.result), "output.mime_type": attributes.TEXT}
        maker.end(maker.taken(_tool_key(event)), told, error=str(tool.result) if tool.tool_call_error else None)


def _workflow_started(maker: SpanMaker, event: Any, run: Any) -> None:
    named, above = attributes.called(run.workflow.name, "Workflow"), run.output.parent_run_id
    parents = [("step", f"{above}:{run.output.workflow_step_id}"), ("run", above)] if above else []
    span = maker.begin(("run", event.run_id), f"{named}.{_way(run, 'run')}", parents, {})
    maker.watch(span, run)
    _node(maker, span, attributes.of_workflow(run))


def _workflow_ended(maker: SpanMaker, event: Any, run: Any, error: str | None = None) -> None:
    output, workflow = run.output, run.workflow
    told = {} if error else attributes.of_output(output.content)
    told |= {"agno.workflow.id": output.workflow_id or workflow.id, "agno.run.id": output.run_id}
    maker.end(("run", event.run_id), told, error=error)


def _workflow_failed(maker: SpanMaker, event: Any, run: Any) -> None:
    _workflow_ended(maker, event, run, error=str(event.error))


def _step_key(event: Any) -> Key:
    return ("step", f"{event.run_id}:{event.step_id}")


def _around(event: Any) -> list[Key]:
    return [("step", f"{event.run_id}:{getattr(event, 'parent_step_id', None)}"), ("run", event.run_id)]


def _step_started(maker: SpanMaker, event: Any, run: Any) -> None:
    key, way = _step_key(event), "execute_stream" if run.stream else "execute"
    step, given = run.extra.get("at_step", {}).get(event.step_id, (None, None))
    span = maker.found(key) or maker.begin(key, "", _around(event), {})
    span.name = f"{attributes.called(event.step_name, 'Step')}.{_way(run, way)}"
    told = {attributes.NODE_NAME: event.step_name} if event.step_name else {}
    _node(maker, span, told | attributes.of_step(step, given))


def _step_ended(maker: SpanMaker, event: Any, run: Any) -> None:
    maker.end(_step_key(event), attributes.of_output(event.content))


def _step_failed(maker: SpanMaker, event: Any, run: Any) -> None:
    maker.end(_step_key(event), error=str(event.error))


def _parallel_started(maker: SpanMaker, event: Any, run: Any) -> None:
    named = f"{attributes.called(event.step_name, 'Parallel')}.{_way(run, 'execute')}"
    span = maker.begin(_step_key(event), named, _around(event), {})
    told = {attributes.KIND: "CHAIN", "agno.parallel.step_count": event.parallel_step_count}
    given = run.extra.get("at_step", {}).get(event.step_id, (None, None))[1]
    _node(maker, span, {**told, "input.value": attributes.step_input(given)})


def _parallel_ended(maker: SpanMaker, event: Any, run: Any) -> None:
    maker.end(_step_key(event), attributes.of_output(joined_text(event.step_results or [])))


def _group_started(maker: SpanMaker, event: Any, run: Any) -> None:
    maker.group(_step_key(event), _around(event))


_ACTS: dict[str, Callable[[SpanMaker, Any, Any], None]] = {
    "RunStarted": _run_started,
    "RunContinued": _run_continued,
    "RunCompleted": _run_ended,
    "RunPaused": _run_ended,
    "RunCancelled": _run_ended,
    "RunError": _run_failed,
    "WorkflowStarted": _workflow_started,
    "WorkflowCompleted": _workflow_ended,
    "WorkflowPaused": _workflow_ended,
    "WorkflowCancelled": _workflow_ended,
    "WorkflowError": _workflow_failed,
    "ModelRequestStarted": _model_started,
    "ModelRequestCompleted": _model_ended,
    "ToolCallStarted": _tool_started,
    "ToolCallCompleted": _tool_ended,
    "StepStarted": _step_started,
    "StepCompleted": _step_ended,
    "StepError": _step_failed,
    "ParallelExecutionStarted": _parallel_started,
    "ParallelExecutionCompleted": _parallel_ended,
    "ConditionExecutionStarted": _group_started,
    "LoopExecutionStarted": _group_started,
    "RouterExecutionStarted": _group_started,
    "StepsExecutionStarted": _group_started,
}
