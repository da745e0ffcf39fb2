"""`/v1/runtime/agno`: the same contract, answered by Agno in a process of its own."""

import asyncio
import json
import threading
import time
import urllib.request

import pytest
from starlette.testclient import TestClient

from wherry.core.errors import ConfigurationError
from wherry.testing import ReplayServer
from wherry_portal.portal.remotes import agno_runtime
from wherry_portal.portal.runtime import runtime_api

CALCULATE = {
    "tool_calls": [{"name": "add", "arguments": {"a": 2, "b": 3}}],
    "when": {"contains": "2 + 3", "last": True},
}
OWNERS = """
from agno.agent import Agent
from agno.models.openai import OpenAIChat
from agno.os import AgentOS
from agno.team import Team
from agno.tools import tool
from agno.workflow import Step, Workflow
from agno.workflow.types import HumanReview

@tool(requires_confirmation=True)
def launch(place: str) -> str:
    "Launch a boat."
    return f"launched at {place}"

def agent(name, **given):
    return Agent(name=name, model=OpenAIChat(id="m"), **given)

CHECK = HumanReview(requires_confirmation=True)
desk = AgentOS(
    agents=[agent("Asker", tools=[launch])],
    teams=[
        Team(id="crew", name="Crew", model=OpenAIChat(id="m"), members=[agent("Mate")]),
        Team(id="crane", name="Crane", model=OpenAIChat(id="m"), members=[agent("Hand")], tools=[launch]),
    ],
    workflows=[
        Workflow(id="flow", name="Flow", steps=[Step(name="One", agent=agent("Stepper"))]),
        Workflow(id="gate", name="Gate", steps=[Step(name="Ask", agent=agent("Gater"), human_review=CHECK)]),
    ],
    telemetry=False,
)
"""


def at(runtime, path):
    return f"/v1/runtime/{runtime}/{path}"


@pytest.fixture(scope="module")
def model():
    """A scripted model that the environment names."""
    with ReplayServer([]) as made, made.environment():
        yield made


@pytest.fixture(scope="module")
def client(model, tmp_path_factory):
    """A portal with both runtimes; Agno's has owners made in code, too."""
    root = tmp_path_factory.mktemp("project")
    (root / "agno_owners.py").write_text(OWNERS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        remote = agno_runtime("agno_owners:desk")
    with TestClient(runtime_api(root, {"agno": remote})) as made:
        yield made


@pytest.fixture(autouse=True)
def own_script(model):
    """Each test has its own script: what a failed one left is not the answer to the next."""
    model.reset()


def both(client, path, **given):
    return [client.post(at(runtime, path), json=given).json() for runtime in ("wherry", "agno")]


def test_a_dual_run_gives_the_same_on_both(client, model):
    pilot = {
        "id": "pilot",
        "model_ref": "openai:m",
        "instructions": "Be brief.",
        "toolkits": ["calculator"],
        "memory_policy": {"persist": True, "window_size": 2},
    }
    for runtime in ("wherry", "agno"):
        assert client.post(at(runtime, "agents"), json=pilot).status_code == 201
        assert client.post(at(runtime, "agents"), json=pilot).status_code == 200
        changed = client.post(at(runtime, "agents"), json={**pilot, "name": "Other"})
        assert changed.status_code == 409
    model.add(CALCULATE, "Five.", CALCULATE, "Five.")
    ours, theirs = both(client, "agents/pilot:run", input="2 + 3?", sessionId="s1", sessionState={"depth": 3})
    assert (ours["runtime"], theirs["runtime"]) == ("wherry", "agno")
    for name in ("status", "content", "sessionId", "kind"):
        assert ours[name] == theirs[name], name
    assert theirs["status"] == "COMPLETED"
    assert ours["session"]["state"] == theirs["session"]["state"] == {"depth": 3}
    assert [one["tool_name"] for one in ours["outputs"]["tools"]] == ["add"]
    assert [one["result"] for one in ours["outputs"]["tools"]] == [one["result"] for one in theirs["outputs"]["tools"]]
    asked = [client.get(at(runtime, "sessions/s1")).json()["history"] for runtime in ("wherry", "agno")]
    assert asked[0] == asked[1]
    assert client.get(at("agno", f"runs/{theirs['runId']}")).json()["content"] == "Five."
    assert [one["id"] for one in client.get(at("agno", "sessions")).json()["items"]] == ["s1"]


def test_streams_tell_the_same_events_on_both(client, model):
    model.add("One two.", "One two.")
    brought = [{"id": "brief", "model_ref": "openai:m"}]
    told = []
    for runtime in ("wherry", "agno"):
        body = {"input": "Hi", "stream": True, "agents": brought}
        text = client.post(at(runtime, "agents/brief:run"), json=body).text
        frames = [json.loads(frame.partition("data: ")[2]) for frame in text.strip().split("\n\n")]
        told.append([(one["event"], sorted(one)) for one in frames[:-1]])
        assert frames[-1]["content"] == "One two."
    assert told[0] == told[1]


def test_events_are_recorded_with_the_runtime_they_are_of(client, model):
    model.add("One two.")
    body = {"input": "Hi", "stream": True, "sessionId": "told", "agents": [{"id": "x", "model_ref": "openai:m"}]}
    client.post(at("agno", "agents/x:run"), json=body)
    found = client.get(at("agno", "telemetry/events?sessionId=told")).json()["items"]
    assert {one["runtime"] for one in found} == {"agno"}
    assert (found[0]["event_type"], found[-1]["event_type"]) == ("RunStarted", "RunCompleted")
    model.add("Whole.")
    client.post(at("agno", "agents/x:run"), json={**body, "stream": False, "sessionId": "whole"})
    found = client.get(at("agno", "telemetry/events?sessionId=whole")).json()["items"]
    assert [one["event_type"] for one in found] == ["RunStarted", "RunCompleted"]
    assert (found[0]["provider_id"], found[0]["payload"]["model_provider"]) == ("m", "OpenAI")


def test_teams_and_workflows_made_in_code_run(client, model):
    listed = {
        kind: [one["id"] for one in client.get(at("agno", kind)).json()["items"]] for kind in ("teams", "workflows")
    }
    assert listed == {"teams": ["crane", "crew"], "workflows": ["flow", "gate"]}
    for path in ("teams/crew:run", "workflows/flow:run"):
        model.add("Done.", "Done.")
        whole = client.post(at("agno", path), json={"input": "Go"}).json()
        assert (whole["status"], whole["content"]) == ("COMPLETED", "Done."), path
        text = client.post(at("agno", path), json={"input": "Go", "stream": True}).text
        last = json.loads(text.strip().split("\n\n")[-1].partition("data: ")[2])
        assert (last["status"], last["content"]) == ("COMPLETED", "Done."), path


def test_steps_make_a_workflow_for_one_run(client, model):
    model.add("First.", "Second.")
    agents = [{"id": name, "model_ref": "openai:m"} for name in ("one", "two")]
    ran = client.post(at("agno", "workflows/made:run"), json={"input": "Go", "agents": agents, "steps": ["one", "two"]})
    assert (ran.json()["status"], ran.json()["content"]) == ("COMPLETED", "Second.")


@pytest.mark.parametrize("path", ["agents/asker", "teams/crane"])
def test_a_paused_run_goes_on(client, model, path):
    model.add({"tool_calls": [{"name": "launch", "arguments": {"place": "pier"}}]}, "Launched.")
    paused = client.post(at("agno", f"{path}:run"), json={"input": "Go", "sessionId": f"p {path}"}).json()
    assert paused["status"] == "PAUSED"
    (requirement,) = paused["requirements"]
    requirement["confirmation"] = True
    requirement["tool_execution"]["confirmed"] = True
    ended = client.post(at("agno", f"runs/{paused['runId']}:continue"), json={"requirements": [requirement]}).json()
    assert (ended["status"], ended["content"]) == ("COMPLETED", "Launched.")


@pytest.mark.parametrize("stream", [False, True])
def test_a_paused_workflow_goes_on(client, model, stream):
    paused = client.post(at("agno", "workflows/gate:run"), json={"input": "Go", "sessionId": f"g {stream}"}).json()
    assert paused["status"] == "PAUSED"
    (requirement,) = paused["outputs"]["step_requirements"]
    place = at("agno", f"runs/{paused['runId']}:continue")
    early = client.post(place, json={"requirements": [requirement]})
    assert (early.status_code, early.json()["code"]) == (409, "conflict")
    model.add("Through.")
    answer = client.post(place, json={"requirements": [{**requirement, "confirmed": True}], "stream": stream})
    text = answer.text.strip().split("\n\n")[-1].partition("data: ")[2] if stream else answer.text
    ended = json.loads(text)
    assert (ended["status"], ended["content"], ended["runId"]) == ("COMPLETED", "Through.", paused["runId"])
    again = client.post(place, json={"requirements": [{**requirement, "confirmed": True}]})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


def test_steps_of_a_registered_workflow_are_compared(client, model):
    model.add("Done.")
    same = client.post(
        at("agno", "workflows/flow:run"), json={"input": "Go", "steps": [{"id": "One", "agent": "stepper"}]}
    )
    assert (same.status_code, same.json()["content"]) == (200, "Done.")
    for steps in (["Two"], ["One", "Two"], [{"id": "One", "agent": "mate"}]):
        other = client.post(at("agno", "workflows/flow:run"), json={"input": "Go", "steps": steps})
        assert (other.status_code, other.json()["code"]) == (409, "conflict")
        assert other.json()["steps"] == ["One"]


@pytest.mark.parametrize(
    "more",
    [
        {"timeouts": {"run": 3}},
        {"timeouts": {"tool_call": 3}},
        {"knowledge": "docs"},
        {"memory": "default"},
        {"memory": "elsewhere", "memory_policy": {"persist": True}},
        {"toolkits": ["hammer"]},
        {"model_ref": "nobody:m"},
    ],
)
def test_what_agno_cannot_be_is_refused(client, more):
    answer = client.post(at("agno", "agents"), json={"id": "odd", "model_ref": "openai:m", **more})
    assert (answer.status_code, answer.json()["code"]) == (422, "manifest")


def test_what_users_tell_is_kept_on_both(client, model):
    keeper = {"id": "keeper", "model_ref": "openai:m", "memory": "default", "memory_policy": {"persist": True}}
    add = {"tool_calls": [{"name": "add_memory", "arguments": {"memory": "Has a boat.", "topics": ["boats"]}}]}
    for runtime in ("wherry", "agno"):
        before = len(model.requests)
        # The manager asks beside the answer, so that the order of the two is not fixed.
        model.add({**add, "when": {"contains": "I have a boat", "tools": "add_memory"}}, "Noted.", "Noted.")
        body = {"input": "I have a boat", "userId": "ada", "agents": [keeper]}
        told = client.post(at(runtime, "agents/keeper:run"), json=body).json()
        assert (told["status"], told["content"]) == ("COMPLETED", "Noted."), runtime
        assert len(model.requests) - before == 3


def asked_meanwhile(client, path, session, stream):
    """Ask for a run in a thread; the thread, what it will be told, and the run's id as telemetry has it."""
    told = []
    body = {"input": "Go", "sessionId": session, "stream": stream}
    thread = threading.Thread(target=lambda: told.append(client.post(at("agno", path), json=body)))
    thread.start()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = client.get(at("agno", f"telemetry/events?sessionId={session}")).json()["items"]
        if found:
            return thread, told, found[0]["run_id"]
        time.sleep(0.05)
    raise AssertionError("the run did not begin")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ["agents/asker:run", "teams/crew:run", "workflows/flow:run"])
def test_a_run_is_cancelled_while_it_goes_on(client, model, path, stream):
    cancelled = threading.Event()
    model.add(lambda _: "late" if cancelled.wait(60) else "nobody cancelled")
    thread, told, run = asked_meanwhile(client, path, f"c-{path[:4]}-{stream}", stream)
    going = client.get(at("agno", f"runs/{run}"))
    assert going.json()["status"] in ("RUNNING", "PENDING")
    answer = client.post(at("agno", f"runs/{run}:cancel"))
    cancelled.set()
    assert (answer.status_code, answer.json()) == (202, {"runId": run, "cancelled": True})
    thread.join(60)
    text = told[0].text.strip().split("\n\n")[-1].partition("data: ")[2] if stream else told[0].text
    assert (json.loads(text)["runId"], json.loads(text)["status"]) == (run, "CANCELLED")
    assert client.get(at("agno", f"runs/{run}")).json()["status"] == "CANCELLED"
    again = client.post(at("agno", f"runs/{run}:cancel"))
    assert (again.status_code, again.json()) == (200, {"runId": run, "cancelled": False})


def test_whoever_asks_at_once_waits_until_it_serves():
    remote = agno_runtime()
    try:
        with urllib.request.urlopen(f"{remote.address}/healthz", timeout=60) as answer:
            assert answer.status == 200
    finally:
        asyncio.run(remote.close())


def test_a_target_that_cannot_be_served_is_said_at_the_start(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match="did not start: ModuleNotFoundError: No module named 'nowhere'"):
        agno_runtime("nowhere:desk")
