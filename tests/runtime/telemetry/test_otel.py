"""Runs as OpenTelemetry spans by the GenAI conventions."""

import asyncio

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from wherry.agent import Agent
from wherry.core.run import listeners
from wherry.models.openai import OpenAIChat
from wherry.team import Team
from wherry.telemetry.otel import Tracer
from wherry.workflow import Workflow


@pytest.fixture
def exported():
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    spans = TracerProvider()
    spans.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = Tracer(spans, MeterProvider([reader])).start()
    exporter.reader, exporter.tracer = reader, tracer
    yield exporter
    tracer.stop()
    assert tracer not in listeners


def spans_of(exporter):
    return {span.name: span for span in exporter.get_finished_spans()}


def agent(**given):
    return Agent(name="Ada", model=OpenAIChat(id="m"), **given)


def test_model_and_tool_spans_lie_below_the_run(server, exported):
    def add(a: int, b: int) -> int:
        return a + b

    server.add({"tool_calls": [{"name": "add", "arguments": {"a": 1, "b": 2}}]}, "3")
    agent(tools=[add]).run("Hi", session_id="s1")
    spans = spans_of(exported)
    assert set(spans) == {"invoke_agent Ada", "chat m", "execute_tool add"}
    run = spans["invoke_agent Ada"]
    assert spans["chat m"].parent.span_id == spans["execute_tool add"].parent.span_id == run.context.span_id
    assert run.attributes["gen_ai.conversation.id"] == "s1"
    assert run.attributes["gen_ai.usage.input_tokens"] > 0
    assert spans["execute_tool add"].attributes["gen_ai.tool.name"] == "add"


def test_calls_at_once_that_share_everything_are_spans_of_their_own(server, exported):
    async def add(a: int, b: int) -> int:
        await both.wait()  # neither ends before the other has begun
        return a + b

    both = asyncio.Barrier(2)
    server.add({"tool_calls": [{"name": "add", "arguments": {"a": 1, "b": 1}, "id": "same"}] * 2}, "done")
    asyncio.run(agent(tools=[add]).arun("Hi"))
    run = spans_of(exported)["invoke_agent Ada"]
    calls = [span for span in exported.get_finished_spans() if span.name == "execute_tool add"]
    assert [span.parent.span_id for span in calls] == [run.context.span_id] * 2


def test_a_tracer_that_is_started_twice_hears_once(server, exported):
    exported.tracer.start()
    server.add("Hi there")
    agent().run("Hi")
    assert sorted(span.name for span in exported.get_finished_spans()) == ["chat m", "invoke_agent Ada"]


def test_tokens_and_seconds_are_measured(server, exported):
    server.add("Hi there")
    list(agent().run("Hi", stream=True))
    found = exported.reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
    assert {metric.name for metric in found} == {
        "gen_ai.client.token.usage",
        "gen_ai.client.operation.duration",
        "gen_ai.client.operation.time_to_first_chunk",
    }


def test_measurements_of_many_runs_are_one_series(server, exported):
    server.add("one", "two", {"status": 400, "error": "no"})
    for number in range(3):
        agent().run("Hi", session_id=f"s{number}")
    found = exported.reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
    (seconds,) = [metric for metric in found if metric.name == "gen_ai.client.operation.duration"]
    of_runs = [one for one in seconds.data.data_points if one.attributes["gen_ai.operation.name"] == "invoke_agent"]
    points = {point.attributes.get("error.type"): point.count for point in of_runs}
    assert sorted(points.values()) == [1, 2]
    assert points[None] == 2
    assert not any(
        "conversation" in name or "run.id" in name for p in seconds.data.data_points for name in p.attributes
    )


def test_a_tool_that_fails_marks_its_span(server, exported):
    def fall() -> str:
        raise ValueError("down")

    server.add({"tool_calls": [{"name": "fall", "arguments": {}}]}, "sorry")
    agent(tools=[fall]).run("Hi")
    span = spans_of(exported)["execute_tool fall"]
    assert span.status.status_code is StatusCode.ERROR
    assert spans_of(exported)["invoke_agent Ada"].status.status_code is StatusCode.UNSET


def test_a_failed_run_marks_its_span(server, exported):
    server.add({"status": 400, "error": "no"})
    agent().run("Hi")
    assert spans_of(exported)["invoke_agent Ada"].status.status_code is StatusCode.ERROR


def test_members_lie_below_their_team(server, exported):
    server.add(
        {"tool_calls": [{"name": "delegate_task_to_member", "arguments": {"member_id": "ada", "task": "go"}}]},
        "done",
        "all done",
    )
    Team(name="Crew", model=OpenAIChat(id="m"), members=[agent()]).run("Hi")
    spans = spans_of(exported)
    assert spans["invoke_agent Ada"].parent.span_id == spans["invoke_agent Crew"].context.span_id


def test_steps_lie_below_their_workflow(server, exported):
    server.add("done")
    Workflow(name="Flow", steps=[agent()]).run("Hi")
    spans = spans_of(exported)
    assert spans["step Ada"].parent.span_id == spans["invoke_workflow Flow"].context.span_id
    assert "invoke_agent Ada" in spans


def test_spans_left_open_are_ended_when_the_tracer_stops(server, exported):
    server.add("one two three")
    stream = agent().run("Hi", stream=True, stream_events=True)
    next(stream)
    exported.tracer.stop()
    assert "invoke_agent Ada" in spans_of(exported)
    stream.close()


@pytest.mark.parametrize("stream", [False, True])
def test_no_secret_leaves_in_a_name_or_an_attribute(server, exported, stream):
    secret = "sk-abcdefghijklmnop1234"

    def look(at: str) -> str:
        return at

    look.__name__ = secret
    server.add({"tool_calls": [{"name": secret, "arguments": {"at": "x"}, "id": f"call {secret}"}]}, "seen")
    asked = Agent(id=f"id {secret}", name=f"Ada {secret}", model=OpenAIChat(id=f"m {secret}"), tools=[look])
    ran = asked.run("Hi", session_id=f"s {secret}", stream=stream)
    assert stream == bool(stream and list(ran))
    server.add({"status": 400, "error": secret})
    failed = asked.run("Hi", session_id=f"s {secret}", stream=stream)
    assert stream == bool(stream and list(failed))
    spans = exported.get_finished_spans()
    assert {span.name.split()[0] for span in spans} == {"invoke_agent", "chat", "execute_tool"}
    measured = exported.reader.get_metrics_data().to_json()
    told = "".join(span.to_json() for span in spans) + measured
    assert secret not in told
    assert "s [redacted]" in told
    assert "m [redacted]" in measured
