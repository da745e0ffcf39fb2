"""The run endpoints of AgentOS: forms in, JSON or server-sent events out."""

import pytest
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api.os import AgentOS
from wherry.models.openai import OpenAIChat
from wherry.team import Team
from wherry.workflow import Workflow

KINDS = [("agents", "ada"), ("teams", "crew"), ("workflows", "flow")]


@pytest.fixture
def client():
    def ada():
        return Agent(name="Ada", model=OpenAIChat(id="m"))

    crew = Team(name="Crew", model=OpenAIChat(id="m"), members=[ada()])
    app = AgentOS(name="Desk", agents=[ada()], teams=[crew], workflows=[Workflow(name="Flow", steps=[ada()])]).get_app()
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


@pytest.mark.parametrize(("kind", "identity"), KINDS)
def test_a_form_is_answered_whole_or_streamed(server, client, kind, identity):
    server.add("Hello", "Hello again")
    path = f"/{kind}/{identity}/runs"
    whole = client.post(path, data={"message": "Hi", "stream": "false", "session_state": '{"a": 1}'})
    assert whole.json()["content"] == "Hello"
    streamed = client.post(path, data={"message": "Hi"})
    names = [line.removeprefix("event: ") for line in streamed.text.split("\n") if line.startswith("event")]
    assert names[0].endswith("Started")
    assert names[-1].endswith("Completed")


@pytest.mark.parametrize(("kind", "identity"), KINDS)
def test_owners_are_listed_and_shown(client, kind, identity):
    assert [one["id"] for one in client.get(f"/{kind}").json()] == [identity]
    assert client.get(f"/{kind}/{identity}").json()["id"] == identity
    assert client.get(f"/{kind}/none").json()["detail"].endswith("not found")
    assert client.post(f"/{kind}/none/runs", data={"message": "x"}).status_code == 404


def test_json_is_taken_too(server, client):
    server.add("Hello")
    answer = client.post("/agents/ada/runs", json={"message": "Hi", "stream": False, "session_state": {"a": 1}})
    assert answer.json()["content"] == "Hello"


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ({}, "message"),
        ({"message": "x", "session_state": "{bad"}, "session_state"),
        ({"message": "x", "metadata": "{bad"}, "metadata"),
        ({"message": "x", "dependencies": "[1]"}, "dependencies"),
    ],
)
def test_a_form_that_cannot_be_used_names_the_field(client, form, place):
    answer = client.post("/agents/ada/runs", data=form)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", place]


def test_runs_are_cancelled_by_id(server, client):
    server.add("Hello")
    run = client.post("/agents/ada/runs", data={"message": "Hi", "stream": "false"}).json()["run_id"]
    assert client.post(f"/agents/ada/runs/{run}/cancel").status_code == 200
    assert client.post("/agents/ada/runs/none/cancel").status_code == 404
