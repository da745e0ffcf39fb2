"""Exporting runs to OpenTelemetry with the GenAI conventions: spans and metrics made from the event stream.

Needs the extra `otel`. A listener like the recorder; the application configures the SDK and its exporters.
"""

from __future__ import annotations

import time
from typing import Any

from wherry.core.run import listeners
from wherry.telemetry.redaction import Redactor

# So many spans are open at most; a stream that its reader left leaves one behind.
_MOST_OPEN = 10_000


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


class Tracer:
    """Makes spans and metrics from events.

    Args:
        tracer_provider, meter_provider: Where they go; OpenTelemetry's global ones by default.
        redactor: Takes secrets out of names and attributes; one that knows the environment's by default.
    """

    def __init__(
        self, tracer_provider: Any = None, meter_provider: Any = None, redactor: Redactor | None = None
    ) -> None:
        from opentelemetry import metrics, trace

        self._trace, self._redactor = trace, redactor or Redactor()
        self._tracer = (tracer_provider or trace.get_tracer_provider()).get_tracer("wherry")
        meter = (meter_provider or metrics.get_meter_provider()).get_meter("wherry")
        self._tokens = meter.create_histogram("gen_ai.client.token.usage", unit="{token}")
        self._seconds = meter.create_histogram("gen_ai.client.operation.duration", unit="s")
        self._open: dict[tuple[str, str], Any] = {}

    def start(self) -> Tracer:
        """Begin to listen."""
        listeners.append(self)
        return self

    def stop(self) -> None:
        """Stop listening; open spans are ended."""
        if self in listeners:
            listeners.remove(self)
        for span in self._open.values():
            span.end()
        self._open.clear()

    def __call__(self, event: Any, run: Any) -> None:
        """Take an event of a run."""
        name = event.event.removeprefix("Team")
        act = _ACTS.get(name)
        if act is not None:
            act(self, event)

    def told(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Attributes as they may leave: without secrets, for ids and names are whatever a caller gave."""
        text = self._redactor.text
        return {name: text(value) if isinstance(value, str) else value for name, value in attributes.items()}

    def begin(
        self, key: tuple[str, str], name: str, parent: tuple[str, str] | None, attributes: dict[str, Any]
    ) -> None:
        """Open a span below another one."""
        above = self._open.get(parent) if parent is not None else None
        context = self._trace.set_span_in_context(above) if above is not None else None
        while len(self._open) >= _MOST_OPEN:
            self._open.pop(next(iter(self._open))).end()
        said = self._redactor.text(name)
        self._open[key] = self._tracer.start_span(said, context=context, attributes=self.told(attributes))

    def measure(self, event: Any, error: str | None) -> None:
        """Note how long a run took; nothing of one run alone, such as its id, may distinguish measurements."""
        span = self._open.get(("run", event.run_id))
        began = getattr(span, "start_time", None)
        if began is None:
            return
        labels = {name: value for name, value in conventions(event).items() if name in _SHARED}
        if error:
            labels["error.type"] = error
        kind = "invoke_workflow" if event.event.startswith("Workflow") else "invoke_agent"
        labels["gen_ai.operation.name"] = kind
        self._seconds.record((time.time_ns() - began) / 1e9, self.told(labels))

    def end(self, key: tuple[str, str], attributes: dict[str, Any], error: str | None = None) -> None:
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


def _parent(event: Any) -> tuple[str, str] | None:
    above = getattr(event, "parent_run_id", None) or getattr(event, "workflow_run_id", None)
    return ("run", above) if above else None


def _run_started(tracer: Tracer, event: Any) -> None:
    name = getattr(event, "agent_name", None) or getattr(event, "team_name", None) or ""
    attributes = {**conventions(event), "gen_ai.operation.name": "invoke_agent"}
    if getattr(event, "model", None):
        attributes["gen_ai.request.model"] = event.model
    tracer.begin(("run", event.run_id), f"invoke_agent {name}".strip(), _parent(event), attributes)


def _workflow_started(tracer: Tracer, event: Any) -> None:
    attributes = {**conventions(event), "gen_ai.operation.name": "invoke_workflow"}
    tracer.begin(("run", event.run_id), f"invoke_workflow {event.workflow_name or ''}".strip(), None, attributes)


def _usage(event: Any) -> dict[str, Any]:
    metrics = getattr(event, "metrics", None)
    return {
        "gen_ai.usage.input_tokens": getattr(metrics, "input_tokens", None),
        "gen_ai.usage.output_tokens": getattr(metrics, "output_tokens", None),
    }


def _run_ended(tracer: Tracer, event: Any) -> None:
    tracer.measure(event, None)
    tracer.end(("run", event.run_id), _usage(event))


def _run_failed(tracer: Tracer, event: Any) -> None:
    error = getattr(event, "error_type", None) or event.event
    tracer.measure(event, error)
    tracer.end(("run", event.run_id), {}, error)


def _model_started(tracer: Tracer, event: Any) -> None:
    model = event.model or ""
    attributes = {
        **conventions(event),
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": model,
        "gen_ai.provider.name": (event.model_provider or "").lower(),
    }
    tracer.begin(("model", event.run_id), f"chat {model}", ("run", event.run_id), attributes)


def _model_ended(tracer: Tracer, event: Any) -> None:
    shared = tracer.told({"gen_ai.operation.name": "chat", "gen_ai.request.model": event.model or ""})
    for kind, count in (("input", event.input_tokens), ("output", event.output_tokens)):
        if count:
            tracer._tokens.record(count, {**shared, "gen_ai.token.type": kind})  # noqa: SLF001 - a part of the same object
    used = {"gen_ai.usage.input_tokens": event.input_tokens, "gen_ai.usage.output_tokens": event.output_tokens}
    if event.time_to_first_token:
        used["gen_ai.server.time_to_first_token"] = event.time_to_first_token
    tracer.end(("model", event.run_id), used)


def _tool_key(event: Any) -> tuple[str, str]:
    return ("tool", f"{event.run_id}:{event.tool.tool_call_id if event.tool else ''}")


def _tool_started(tracer: Tracer, event: Any) -> None:
    name = event.tool.tool_name if event.tool else ""
    attributes = {**conventions(event), "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name or ""}
    if event.tool and event.tool.tool_call_id:
        attributes["gen_ai.tool.call.id"] = event.tool.tool_call_id
    tracer.begin(_tool_key(event), f"execute_tool {name}", ("run", event.run_id), attributes)


def _tool_ended(tracer: Tracer, event: Any) -> None:
    failed = event.tool is not None and event.tool.tool_call_error
    tracer.end(_tool_key(event), {}, "tool_error" if failed else None)


def _step_started(tracer: Tracer, event: Any) -> None:
    attributes = {**conventions(event), "wherry.step.name": event.step_name or ""}
    tracer.begin(
        ("step", f"{event.run_id}:{event.step_id}"), f"step {event.step_name}", ("run", event.run_id), attributes
    )


def _step_ended(tracer: Tracer, event: Any) -> None:
    tracer.end(("step", f"{event.run_id}:{event.step_id}"), {})


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
}
