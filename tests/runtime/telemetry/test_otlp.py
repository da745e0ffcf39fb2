"""Spans and metrics over OTLP, to a receiver on loopback that reads the protocol's own messages."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from wherry.agent import Agent
from wherry.core.errors import ConfigurationError
from wherry.core.run import listeners
from wherry.models.openai import OpenAIChat
from wherry.telemetry.otlp import export_when_asked

MESSAGES = {"/v1/traces": ExportTraceServiceRequest, "/v1/metrics": ExportMetricsServiceRequest}


@pytest.fixture
def receiver(monkeypatch):
    """A collector that keeps what it is sent, and the variable that names it."""
    got = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self):
            raw = self.rfile.read(int(self.headers["content-length"]))
            got.append(MESSAGES[self.path].FromString(raw))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        yield got
        server.shutdown()


@pytest.mark.parametrize(("name", "shown"), [(None, "wherry"), ("desk", "desk")])
def test_runs_arrive_as_spans_and_metrics(server, receiver, monkeypatch, name, shown):
    if name:
        monkeypatch.setenv("OTEL_SERVICE_NAME", name)
    server.add("Hi there")
    with export_when_asked():
        Agent(name="Ada", model=OpenAIChat(id="m")).run("Hi", session_id="s1")
    traces = [message for message in receiver if isinstance(message, ExportTraceServiceRequest)]
    (resource,) = {
        one.value.string_value for one in traces[0].resource_spans[0].resource.attributes if one.key == "service.name"
    }
    assert resource == shown
    spans = [
        span
        for message in traces
        for all_of in message.resource_spans
        for one in all_of.scope_spans
        for span in one.spans
    ]
    assert {span.name for span in spans} == {"invoke_agent Ada", "chat m"}
    run = next(span for span in spans if span.name == "invoke_agent Ada")
    assert {"gen_ai.conversation.id", "gen_ai.usage.output_tokens"} <= {one.key for one in run.attributes}
    metrics = [message for message in receiver if isinstance(message, ExportMetricsServiceRequest)]
    names = {metric.name for metric in metrics[-1].resource_metrics[0].scope_metrics[0].metrics}
    assert names == {"gen_ai.client.token.usage", "gen_ai.client.operation.duration"}


def test_without_an_address_nothing_listens(monkeypatch):
    for name in ("", "_TRACES", "_METRICS"):
        monkeypatch.delenv(f"OTEL_EXPORTER_OTLP{name}_ENDPOINT", raising=False)
    before = list(listeners)
    with export_when_asked():
        assert listeners == before


def test_an_address_without_the_extra_says_what_to_install(monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.metric_exporter", None)
    with pytest.raises(ConfigurationError, match="pip install 'wherry"), export_when_asked():
        pass
