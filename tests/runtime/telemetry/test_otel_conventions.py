"""Spans and measurements by OpenTelemetry's GenAI conventions: kinds, names of providers, ends and places."""

import asyncio
from types import SimpleNamespace

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes as names
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics
from opentelemetry.trace import SpanKind, StatusCode

from wherry.agent import Agent
from wherry.models.openai import OpenAIChat
from wherry.team import Team
from wherry.telemetry import Recorder, TelemetryStore
from wherry.telemetry.otel import Tracer, model_of
from wherry.workflow import Step, Workflow

KNOWN = {value for name, value in vars(names).items() if name.startswith("GEN_AI_") and isinstance(value, str)}
WAYS = ["run", "stream", "arun", "astream"]


class Exported:
    """What a tracer told."""

    def __init__(self):
        self.spans, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.spans))
        self.tracer = Tracer(provider, MeterProvider([self.reader])).start()

    def named(self):
        """Finished spans by name."""
        return {span.name: span for span in self.spans.get_finished_spans()}

    def points(self, metric):
        """The points of a measurement: attributes and count."""
        scopes = self.reader.get_metrics_data().resource_metrics[0].scope_metrics
        (found,) = [one for one in scopes[0].metrics if one.name == metric]
        return [(dict(one.attributes), one.count) for one in found.data.data_points]


@pytest.fixture
def told():
    made = Exported()
    yield made
    made.tracer.stop()


def ask(owner, way, **given):
    """Run in one of the four ways, to the end."""
    if way == "run":
        return owner.run("Hi", **given)
    if way == "stream":
        return list(owner.run("Hi", stream=True, **given))
    if way == "arun":
        return asyncio.run(owner.arun("Hi", **given))

    async def read():
        return [event async for event in owner.arun("Hi", stream=True, **given)]

    return asyncio.run(read())


def agent(name="Ada", **given):
    return Agent(name=name, model=OpenAIChat(id="m"), **given)


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


@pytest.mark.parametrize("way", WAYS)
def test_a_run_is_told_by_the_conventions(server, told, way):
    server.add({"tool_calls": [{"name": "add", "arguments": {"a": 1, "b": 2}}]}, "3")
    ask(agent(tools=[add]), way, session_id="s1")
    spans = told.named()
    assert {name: span.kind for name, span in spans.items()} == {
        "invoke_agent Ada": SpanKind.INTERNAL,
        "chat m": SpanKind.CLIENT,
        "execute_tool add": SpanKind.INTERNAL,
    }
    for span in spans.values():
        assert {name for name in span.attributes if name.startswith("gen_ai.")} <= KNOWN
        assert span.attributes["gen_ai.conversation.id"] == "s1"
    for name in ("invoke_agent Ada", "chat m"):
        assert spans[name].attributes["gen_ai.provider.name"] == "openai"
        assert spans[name].attributes["gen_ai.request.model"] == "m"
    chat, tool = spans["chat m"].attributes, spans["execute_tool add"].attributes
    assert chat.get("gen_ai.request.stream", False) is (way in ("stream", "astream"))
    assert ("gen_ai.response.time_to_first_chunk" in chat) is (way in ("stream", "astream"))
    assert (tool["gen_ai.tool.type"], bool(tool["gen_ai.tool.call.id"])) == ("function", True)


def test_measurements_are_told_apart_by_operation_provider_and_model(server, told):
    server.add("one", "two")
    for _ in range(2):
        ask(agent(), "run")
    chat = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "m"}
    seconds = told.points(gen_ai_metrics.GEN_AI_CLIENT_OPERATION_DURATION)
    assert (chat, 2) in seconds
    assert len(seconds) == 2
    tokens = told.points(gen_ai_metrics.GEN_AI_CLIENT_TOKEN_USAGE)
    assert sorted(labels["gen_ai.token.type"] for labels, _ in tokens) == ["input", "output"]
    assert all({**chat, "gen_ai.token.type": labels["gen_ai.token.type"]} == labels for labels, _ in tokens)


@pytest.mark.parametrize("way", WAYS)
def test_a_request_that_failed_is_closed_with_its_run(server, told, way):
    server.add({"status": 400, "error": "no"})
    ask(agent(), way)
    spans = told.named()
    assert set(spans) == {"invoke_agent Ada", "chat m"}
    for span in spans.values():
        assert span.status.status_code is StatusCode.ERROR
        assert span.attributes["error.type"]
    (failed,) = [
        labels
        for labels, _ in told.points("gen_ai.client.operation.duration")
        if labels["gen_ai.operation.name"] == "chat"
    ]
    assert failed["error.type"] == spans["chat m"].attributes["error.type"]
    assert failed["gen_ai.provider.name"] == "openai"


@pytest.mark.parametrize("way", WAYS)
def test_what_a_workflow_asks_lies_below_its_steps(server, told, way):
    give = {"tool_calls": [{"name": "delegate_task_to_member", "arguments": {"member_id": "mate", "task": "go"}}]}
    server.add("first", give, "member", "all done")
    crew = Team(name="Crew", model=OpenAIChat(id="m"), members=[agent("Mate")])
    steps = [Step(name="One", agent=agent()), Step(name="Two", team=crew)]
    ask(Workflow(name="Flow", steps=steps), way, session_id="s1")
    spans = told.named()
    below = {
        "step One": "invoke_workflow Flow",
        "step Two": "invoke_workflow Flow",
        "invoke_agent Ada": "step One",
        "invoke_agent Crew": "step Two",
        "invoke_agent Mate": "invoke_agent Crew",
    }
    for name, above in below.items():
        assert spans[name].parent.span_id == spans[above].context.span_id, name
    assert len({span.context.trace_id for span in spans.values()}) == 1
    assert {span.attributes["gen_ai.conversation.id"] for span in spans.values()} == {"s1"}


@pytest.mark.parametrize("way", WAYS)
def test_events_of_steps_are_found_by_their_workflows_run(server, tmp_path, way):
    server.add("first")
    recorder = Recorder(TelemetryStore(str(tmp_path / "t.db"))).start()
    ask(Workflow(name="Flow", steps=[Step(name="One", agent=agent())]), way, session_id="s1")
    recorder.stop()
    everything = recorder.store.query({"sessionId": "s1"})[0]
    (begun,) = [one for one in everything if one["event_type"] == "WorkflowStarted"]
    found = recorder.store.query({"workflowRunId": begun["run_id"]})[0]
    assert found == everything
    (ran,) = [one for one in found if one["event_type"] == "RunStarted"]
    assert ran["payload"]["step_name"] == "One"


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("OpenAI", "openai"),
        ("Anthropic", "anthropic"),
        ("Google", "gcp.gemini"),
        ("Azure", "azure.ai.openai"),
        ("xAI", "x_ai"),
        ("Mistral", "mistral_ai"),
        ("DeepSeek", "deepseek"),
        ("Tuning Engines", "tuning_engines"),
    ],
)
def test_providers_have_the_names_of_the_conventions(provider, name):
    assert model_of(SimpleNamespace(model_provider=provider), "m")["gen_ai.provider.name"] == name
