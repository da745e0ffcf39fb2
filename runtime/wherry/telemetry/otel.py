"""Exporting runs to OpenTelemetry with the GenAI conventions: spans and metrics made from the event stream.

Needs the extra `otel`. A listener like the recorder; the application configures the SDK and its exporters.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from wherry.core.errors import require
from wherry.telemetry.hearing import Key, SpanListener, in_forked_children
from wherry.telemetry.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# So many spans are open at most; a stream that its reader left leaves one behind.
_MOST_OPEN = 10_000


# Providers that the conventions name otherwise than Agno does; the others are their names in small letters.
_PROVIDERS = {
    "azure": "azure.ai.openai",
    "awsbedrock": "aws.bedrock",
    "google": "gcp.gemini",
    "mistral": "mistral_ai",
    "vertexai": "gcp.vertex_ai",
    "xai": "x_ai",
}
# What the measurements of many runs have in common.
_SHARED = frozenset({"gen_ai.agent.id", "gen_ai.agent.name", "gen_ai.workflow.name", "wherry.runtime"})


def conventions(event: Any) -> dict[str, Any]:
    """The attributes that say who an event is about."""
    found = {
        "gen_ai.agent.id": getattr(event, "agent_id", None) or getattr(event, "team_id", None),
        "gen_ai.agent.name": getattr(event, "agent_name", None) or getattr(event, "team_name", None),
        "gen_ai.conversation.id": getattr(event, "session_id", None),
        "gen_ai.workflow.name": getattr(event, "workflow_name", None),
        "wherry.run.id": getattr(event, "run_id", None),
        "wherry.runtime": "wherry",
    }
    return {key: value for key, value in found.items() if value}


def model_of(event: Any, name: str | None) -> dict[str, Any]:
    """The attributes that say which model an event is about, and whose it is."""
    provider = (getattr(event, "model_provider", None) or "").lower().replace(" ", "_")
    found = {"gen_ai.request.model": name, "gen_ai.provider.name": _PROVIDERS.get(provider, provider)}
    return {key: value for key, value in found.items() if value}


class Tracer(SpanListener):
    """Makes spans and metrics from events.

    Args:
        tracer_provider, meter_provider: Where they go; OpenTelemetry's global ones by default.
        redactor: Takes secrets out of names and attributes; one that knows the environment's by default.
    """

    def __init__(
        self, tracer_provider: Any = None, meter_provider: Any = None, redactor: Redactor | None = None
    ) -> None:
        require("opentelemetry", "otel", "A tracer")
        from opentelemetry import metrics, trace

        self._trace, self._redactor = trace, redactor or Redactor()
        self._tracer = (tracer_provider or trace.get_tracer_provider()).get_tracer("wherry")
        meter = (meter_provider or metrics.get_meter_provider()).get_meter("wherry")
        self._tokens = meter.create_histogram("gen_ai.client.token.usage", unit="{token}")
        self._seconds = meter.create_histogram("gen_ai.client.operation.duration", unit="s")
        self._first = meter.create_histogram("gen_ai.client.operation.time_to_first_chunk", unit="s")
        self._begin()
        in_forked_children(self._begin)

    def _begin(self) -> None:
        """Begin with nothing; in a forked child anew: what goes on there is the parent's to end."""
        self._open: dict[Key, Any] = {}

    def stop(self) -> None:
        """Stop listening; open spans are ended."""
        super().stop()
        for span in self._open.values():
            span.end()
        self._open.clear()

    def __call__(self, event: Any, run: Any) -> None:
        """Take an event of a run."""
        name = event.event.removeprefix("Team")
        act = _ACTS.get(name)
        if act is not None:
            act(self, event)
        if name == "ModelRequestStarted" and run is not None and run.stream:
            self._open[("model", event.run_id)].set_attribute("gen_ai.request.stream", True)

    def told(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Attributes as they may leave: without secrets, for ids and names are whatever a caller gave."""
        text = self._redactor.text
        return {name: text(value) if isinstance(value, str) else value for name, value in attributes.items()}

    def begin(
        self,
        key: Key,
        name: str,
        parents: Iterable[Key],
        attributes: dict[str, Any],
        *,
        client: bool = False,
    ) -> None:
        """Open a span below the first of some that is open; `client` for what another service does."""
        above = next((self._open[one] for one in parents if one in self._open), None)
        context = self._trace.set_span_in_context(above) if above is not None else None
        while len(self._open) >= _MOST_OPEN:
            self._open.pop(next(iter(self._open))).end()
        said, kinds = self._redactor.text(name), self._trace.SpanKind
        self._open[key] = self._tracer.start_span(
            said, context, kinds.CLIENT if client else kinds.INTERNAL, self.told(attributes)
        )

    def measure(self, key: Key, labels: dict[str, Any], error: str | None) -> None:
        """Note how long a span took; nothing of one run alone, such as its id, may distinguish measurements."""
        began = getattr(self._open.get(key), "start_time", None)
        if began is None:
            return
        if error:
            labels = {**labels, "error.type": error}
        self._seconds.record((time.time_ns() - began) / 1e9, self.told(labels))

    def close_below(self, run_id: str, error: str | None = None) -> None:
        """Close what a run began and did not end: its model request, its calls, its steps."""
        below = [key for key in self._open if key[0] != "run" and (key[1] == run_id or key[1].startswith(f"{run_id}:"))]
        for key in reversed(below):
            if key[0] == "model":
                self.measure(key, _labels(getattr(self._open[key], "attributes", None) or {}), error)
            self.end(key, {}, error)

    def end(self, key: Key, attributes: dict[str, Any], error: str | None = None) -> None:
        """Close a span."""
        span = self._open.pop(key, None)
        if span is None:
            return
        span.set_attributes({name: value for name, value in attributes.items() if value is not None})
        if error:
            error = self._redactor.text(error)
            span.set_status(self._trace.Status(self._trace.StatusCode.ERROR, error))
            span.set_attribute("error.type", error)
        span.end()


def parents_of(event: Any) -> Iterator[Key]:
    """Where a run may belong, the nearest first: a team's run, a step of a workflow, the workflow."""
    above, workflow = getattr(event, "parent_run_id", None), getattr(event, "workflow_run_id", None)
    if above:
        yield "run", above
    if workflow:
        yield "step", f"{workflow}:{getattr(event, 'step_id', None)}"
        yield "run", workflow


def _labels(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What measurements of a model request are told apart by."""
    names = ("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model")
    return {name: attributes[name] for name in names if name in attributes}


def _about_run(event: Any) -> dict[str, Any]:
    kind = "invoke_workflow" if event.event.startswith("Workflow") else "invoke_agent"
    shared = {name: value for name, value in conventions(event).items() if name in _SHARED}
    return {**shared, "gen_ai.operation.name": kind}


def _run_started(tracer: Tracer, event: Any) -> None:
    name = getattr(event, "agent_name", None) or getattr(event, "team_name", None) or ""
    attributes = {**conventions(event), "gen_ai.operation.name": "invoke_agent"}
    attributes |= model_of(event, getattr(event, "model", None))
    tracer.begin(("run", event.run_id), f"invoke_agent {name}".strip(), parents_of(event), attributes)


def _workflow_started(tracer: Tracer, event: Any) -> None:
    attributes = {**conventions(event), "gen_ai.operation.name": "invoke_workflow"}
    tracer.begin(
        ("run", event.run_id), f"invoke_workflow {event.workflow_name or ''}".strip(), parents_of(event), attributes
    )


def _usage(counts: Any) -> dict[str, Any]:
    """Tokens of a model request, or of a whole run."""
    found = {
        "gen_ai.usage.input_tokens": getattr(counts, "input_tokens", None),
        "gen_ai.usage.output_tokens": getattr(counts, "output_tokens", None),
    }
    for name, field in (
        ("gen_ai.usage.cache_read.input_tokens", "cache_read_tokens"),
        ("gen_ai.usage.cache_creation.input_tokens", "cache_write_tokens"),
        ("gen_ai.usage.reasoning.output_tokens", "reasoning_tokens"),
    ):
        found[name] = getattr(counts, field, None) or None
    return found


def _run_ended(tracer: Tracer, event: Any) -> None:
    tracer.close_below(event.run_id)
    tracer.measure(("run", event.run_id), _about_run(event), None)
    tracer.end(("run", event.run_id), _usage(getattr(event, "metrics", None)))


def _run_failed(tracer: Tracer, event: Any) -> None:
    error = getattr(event, "error_type", None) or event.event
    tracer.close_below(event.run_id, error)
    tracer.measure(("run", event.run_id), _about_run(event), error)
    tracer.end(("run", event.run_id), {}, error)


def _model_started(tracer: Tracer, event: Any) -> None:
    attributes = {**conventions(event), "gen_ai.operation.name": "chat", **model_of(event, event.model)}
    parents = [("run", event.run_id)]
    tracer.begin(("model", event.run_id), f"chat {event.model or ''}".strip(), parents, attributes, client=True)


def _model_ended(tracer: Tracer, event: Any) -> None:
    shared = {"gen_ai.operation.name": "chat", **model_of(event, event.model)}
    tracer.measure(("model", event.run_id), shared, None)
    shared = tracer.told(shared)
    for kind, count in (("input", event.input_tokens), ("output", event.output_tokens)):
        if count:
            tracer._tokens.record(count, {**shared, "gen_ai.token.type": kind})  # noqa: SLF001 - a part of the same object
    used = _usage(event)
    attributes = getattr(tracer._open.get(("model", event.run_id)), "attributes", None) or {}  # noqa: SLF001 - a part of the same object
    if event.time_to_first_token and attributes.get("gen_ai.request.stream"):
        used["gen_ai.response.time_to_first_chunk"] = event.time_to_first_token
        tracer._first.record(event.time_to_first_token, shared)  # noqa: SLF001 - a part of the same object
    tracer.end(("model", event.run_id), used)


def _tool_key(event: Any) -> Key:
    return ("tool", f"{event.run_id}:{event.tool.tool_call_id if event.tool else ''}")


def _tool_started(tracer: Tracer, event: Any) -> None:
    name = event.tool.tool_name if event.tool else ""
    attributes = {**conventions(event), "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name or ""}
    attributes["gen_ai.tool.type"] = "function"
    if event.tool and event.tool.tool_call_id:
        attributes["gen_ai.tool.call.id"] = event.tool.tool_call_id
    key = tracer.free(_tool_key(event))
    tracer.begin(key, f"execute_tool {name}", [("run", event.run_id)], attributes)


def _tool_ended(tracer: Tracer, event: Any) -> None:
    failed = event.tool is not None and event.tool.tool_call_error
    tracer.end(tracer.taken(_tool_key(event)), {}, "tool_error" if failed else None)


def _step_key(event: Any) -> Key:
    return ("step", f"{event.run_id}:{event.step_id}")


def _step_started(tracer: Tracer, event: Any) -> None:
    attributes = {**conventions(event), "wherry.step.name": event.step_name or ""}
    above = ("step", f"{event.run_id}:{getattr(event, 'parent_step_id', None)}")
    tracer.begin(_step_key(event), f"step {event.step_name}", [above, ("run", event.run_id)], attributes)


def _step_ended(tracer: Tracer, event: Any) -> None:
    tracer.end(_step_key(event), {})


def _step_failed(tracer: Tracer, event: Any) -> None:
    tracer.end(_step_key(event), {}, "step_error")


_ACTS = {
    "RunStarted": _run_started,
    "RunContinued": _run_started,
    "RunCompleted": _run_ended,
    "RunPaused": _run_ended,
    "RunError": _run_failed,
    "RunCancelled": _run_failed,
    "WorkflowStarted": _workflow_started,
    "WorkflowCompleted": _run_ended,
    "WorkflowPaused": _run_ended,
    "WorkflowError": _run_failed,
    "WorkflowCancelled": _run_failed,
    "ModelRequestStarted": _model_started,
    "ModelRequestCompleted": _model_ended,
    "ToolCallStarted": _tool_started,
    "ToolCallCompleted": _tool_ended,
    "StepStarted": _step_started,
    "StepCompleted": _step_ended,
    "StepError": _step_failed,
}
