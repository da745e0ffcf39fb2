"""A recorder that is asked for less: how runs, steps and calls of tools ended, or how runs ended alone."""

import asyncio

import pytest
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api.serving import load_app, open_store
from wherry.api.settings import Settings
from wherry.core.errors import ConfigurationError
from wherry.core.run import listeners
from wherry.models.openai import OpenAIChat
from wherry.team import Team
from wherry.telemetry import Recorder, TelemetryStore
from wherry.workflow import Step, StepOutput, Workflow

WAYS = ["run", "run stream", "arun", "arun stream"]


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def fail(a: int) -> int:
    """Fail."""
    raise ValueError(f"no {a}")


def done(made, way, **given):
    """Run one way to the end."""
    if way == "run":
        made.run("Hi", **given)
    elif way == "run stream":
        list(made.run("Hi", stream=True, **given))
    elif way == "arun":
        asyncio.run(made.arun("Hi", **given))
    else:

        async def listened():
            return [event async for event in made.arun("Hi", stream=True, **given)]

        asyncio.run(listened())


def recorded(detail, made, way, **given):
    recorder = Recorder(TelemetryStore(), detail=detail).start()
    try:
        done(made, way, **given)
    finally:
        recorder.stop()
    events = recorder.store.query({}, limit=1000)[0]
    recorder.store.close()
    return events


def kinds(events):
    return [one["event_type"] for one in events]


def calls(name, *given):
    return {"tool_calls": [{"name": name, "arguments": arguments} for arguments in given]}


@pytest.mark.parametrize("way", WAYS)
def test_of_an_agent_the_ends_alone_are_recorded(server, way):
    agent = Agent(name="Ada", model=OpenAIChat(id="m"), tools=[add, fail])
    found = {}
    for detail in ("all", "ends", "runs"):
        server.add(calls("add", {"a": 1, "b": 2}), calls("fail", {"a": 3}), "Done.")
        found[detail] = recorded(detail, agent, way, session_id="s1")
    ends = ["ToolCallCompleted", "ToolCallCompleted", "ToolCallError", "RunCompleted"]
    assert kinds(found["ends"]) == ends
    assert kinds(found["runs"]) == ["RunCompleted"]
    # What is recorded is what would have been recorded anyway.
    for detail in ("ends", "runs"):
        whole = [one for one in found["all"] if one["event_type"] in set(kinds(found[detail]))]
        for less, more in zip(found[detail], whole, strict=True):
            assert less["payload"].keys() == more["payload"].keys()
            assert less["payload"].get("content", "")[:4] == more["payload"].get("content", "")[:4]


@pytest.mark.parametrize("way", WAYS)
def test_of_teams_and_workflows_the_ends_alone_are_recorded(server, way):
    model = OpenAIChat(id="m")
    bob = Agent(name="Bob", id="bob", model=model)
    team = Team(name="Crew", model=model, members=[bob])
    flow = Workflow(name="Trip", steps=[Step(name="ask", agent=bob), lambda given: StepOutput(content="x")])
    give = calls("delegate_task_to_member", {"member_id": "bob", "task": "Do."})
    server.add(give, "Bob's part.", "All done.", give, "Bob's part.", "All done.", "Yes.", "Yes.")
    assert kinds(recorded("ends", team, way)) == ["RunCompleted", "TeamToolCallCompleted", "TeamRunCompleted"]
    assert kinds(recorded("runs", team, way)) == ["RunCompleted", "TeamRunCompleted"]
    ends = ["RunCompleted", "StepCompleted", "StepCompleted", "WorkflowCompleted"]
    assert kinds(recorded("ends", flow, way)) == ends
    assert kinds(recorded("runs", flow, way)) == ["RunCompleted", "WorkflowCompleted"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("detail", ["ends", "runs"])
def test_a_run_that_fails_is_recorded(server, way, detail):
    server.add({"status": 400, "error": "no such model"})
    (only,) = recorded(detail, Agent(name="Ada", model=OpenAIChat(id="m")), way)
    assert only["event_type"] == "RunError"
    assert "no such model" in only["payload"]["content"]


def test_who_wants_all_events_is_told_all_beside_who_wants_the_ends(server):
    server.add("Done.")
    seen = []
    listeners.append(lambda event, run: seen.append(event.event))
    try:
        found = recorded("ends", Agent(name="Ada", model=OpenAIChat(id="m")), "run")
    finally:
        listeners.pop()
    assert kinds(found) == ["RunCompleted"]
    assert seen[0] == "RunStarted"
    assert "ModelRequestCompleted" in seen


def test_what_nobody_wants_is_not_even_told(server):
    """Else it would cost as much: the run asks what is wanted, and not the listener what to leave out."""
    told = []

    class Watched(Recorder):
        def hear(self, run, name, own):
            told.append(name)
            super().hear(run, name, own)

    server.add(calls("add", {"a": 1, "b": 2}), "Done.")
    recorder = Watched(TelemetryStore(), detail="ends").start()
    try:
        Agent(name="Ada", model=OpenAIChat(id="m"), tools=[add]).run("Hi")
    finally:
        recorder.stop()
    recorder.store.close()
    assert told == ["ToolCallCompletedEvent", "RunCompletedEvent"]


def test_a_detail_that_is_none_is_refused():
    with pytest.raises(ConfigurationError, match=r"detail='most'(.|\n)*all, ends, runs"):
        Recorder(TelemetryStore(), detail="most")


def test_an_operator_has_a_server_record_less(server, tmp_path):
    server.add("Done.")
    path = tmp_path / "m.yaml"
    path.write_text("{id: helper, model_ref: 'openai:m'}")
    kept = TelemetryStore(str(tmp_path / "t.db"))
    app = load_app(str(path), open_store(str(tmp_path / "s.db")), kept, Settings(telemetry_detail="runs"))
    with TestClient(app) as client:
        assert client.post("/v1/runtime/wherry/agents/helper:run", json={"input": "Hi"}).status_code == 200
        events = client.get("/v1/runtime/wherry/telemetry/events").json()
    assert kinds(events["items"]) == ["RunCompleted"]
