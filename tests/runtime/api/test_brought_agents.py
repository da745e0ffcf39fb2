"""What a run request brings along: agents for this run, workflows made of steps, and what contradicts them."""

import pytest
from api_desk import BASE, client_of, service_in

from wherry.api import Settings

GUEST = {"id": "guest", "model_ref": "openai:m"}
SECOND = {"id": "second", "model_ref": "openai:m", "instructions": "Be brief."}


@pytest.fixture
def client(tmp_path):
    with client_of(service_in(tmp_path)) as made:
        yield made


def run(client, path, **body):
    answer = client.post(f"{BASE}/{path}:run", json={"input": "x", **body})
    return answer.status_code, answer.json()


def test_an_agent_is_used_for_its_run_and_not_registered(server, tmp_path):
    server.add("brought")
    tokens = {"runner-token": frozenset({"run", "read"})}
    with client_of(service_in(tmp_path), Settings(tokens=tokens)) as client:
        client.headers["authorization"] = "Bearer runner-token"
        status, said = run(client, "agents/guest", agents=[GUEST])
        assert (status, said["content"]) == (200, "brought")
        assert client.get(f"{BASE}/runs/{said['runId']}").json()["content"] == "brought"
        assert run(client, "agents/guest")[0] == 404
        assert client.post(f"{BASE}/agents", json=GUEST).status_code == 403


def test_a_registered_agent_may_be_brought_again_but_not_changed(server, client):
    server.add("the registered one")
    client.post(f"{BASE}/agents", json=GUEST)
    assert run(client, "agents/guest", agents=[GUEST])[1]["content"] == "the registered one"
    for changed in ({**GUEST, "name": "Other"}, {"id": "ada", "model_ref": "openai:m"}):
        status, said = run(client, f"agents/{changed['id']}", agents=[changed])
        assert (status, said["code"]) == (409, "conflict")


def test_steps_make_a_workflow_of_registered_and_brought_agents(server, client):
    server.add("one", "two")
    client.post(f"{BASE}/agents", json=GUEST)
    steps = [{"id": "draft", "agent": "guest"}, "second"]
    status, said = run(client, "workflows/letters", steps=steps, agents=[SECOND], sessionId="s1")
    assert (status, said["content"], said["kind"]) == (200, "two", "workflow")
    assert [(step["id"], step["agent_id"], step["status"]) for step in said["record"]["steps"]] == [
        ("draft", "guest", "completed"),
        ("second", "second", "completed"),
    ]
    assert said["record"]["resources_used"]["prompt_tokens"] > 0
    assert "one" in str(server.requests[1].body)
    assert client.get(f"{BASE}/sessions/s1").json()["kind"] == "workflow"
    assert run(client, "workflows/letters")[0] == 404


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("workflows/new", {"steps": ["nobody"]}, 409, "'nobody', which is not registered"),
        ("workflows/new", {"steps": [{"id": "a", "agent": "ada"}, {"id": "a", "agent": "ada"}]}, 422, "'a'"),
        ("workflows/new", {"steps": [7]}, 400, "Step 1"),
        ("workflows/new", {"steps": [{"agent": "ada"}]}, 400, "Step 1"),
        ("workflows/new", {"steps": []}, 404, "no workflow"),
        ("workflows/flow", {"steps": ["Other"]}, 409, "['Stepper']"),
        ("workflows/flow", {"steps": [{"id": "Stepper", "agent": "ada"}]}, 409, "not by 'ada'"),
        ("agents/none", {"agents": [{"id": "x y", "model_ref": "openai:m"}]}, 422, "'x y'"),
    ],
)
def test_what_contradicts_itself_is_refused(client, path, body, status, said):
    got, problem = run(client, path, **body)
    assert (got, said in problem["detail"]) == (status, True), problem


def test_steps_that_name_their_agents_are_agreed_to(server, client):
    server.add("done")
    assert run(client, "workflows/flow", steps=[{"id": "Stepper", "agent": "stepper"}])[0] == 200


def test_keys_that_a_manifest_hides_never_reach_telemetry(server, client):
    server.add("well")
    hidden = {**GUEST, "memory_policy": {"redaction": ["diagnosis"]}}
    said = run(client, "agents/guest", agents=[hidden], sessionState={"diagnosis": "flu", "town": "Wroxham"})[1]
    events = client.get(f"{BASE}/telemetry/events", params={"runId": said["runId"]}).text
    assert "flu" not in events
    assert "Wroxham" in events
