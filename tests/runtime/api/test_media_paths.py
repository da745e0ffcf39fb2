"""Media that a client names by a path: refused on servers with tokens, before anything is read."""

import json

import pytest
from api_desk import BASE, agent, client_of, confirmed, service_in

from wherry.api import Settings
from wherry.workflow import HumanReview, Step, Workflow

TOKEN = "a-token-of-a-client"
FIELDS = ["images", "audio", "videos", "input_files"]
OUTPUTS = ["audio_output", "image_output", "video_output", "file_output"]
OWNERS = {"agents": "ada", "teams": "crew", "workflows": "flow"}


@pytest.fixture
def path(tmp_path):
    """A file that a client must not have; its words would be seen in what the model is asked."""
    made = tmp_path / "secret.txt"
    made.write_text("the harbour's secret")
    return str(made)


def guarded(tmp_path, scopes=("read", "run")):
    client = client_of(service_in(tmp_path), Settings(tokens={TOKEN: frozenset(scopes)}))
    client.headers["authorization"] = f"Bearer {TOKEN}"
    return client


def is_refused(answer, path):
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "media_path"
    assert path in answer.json()["detail"]


@pytest.mark.parametrize("stream", ["false", "true"])
@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("kind", OWNERS)
def test_a_form_may_not_name_a_path(tmp_path, server, path, kind, name, stream):
    media = [{"url": "http://127.0.0.1:9/a"}, {"filepath": path}]
    with guarded(tmp_path, ("admin", "read", "run")) as client:
        form = {"message": "Hi", "stream": stream, name: json.dumps(media)}
        is_refused(client.post(f"/{kind}/{OWNERS[kind]}/runs", data=form), path)
        is_refused(client.post(f"/{kind}/{OWNERS[kind]}/runs", json={**form, name: media}), path)
    assert server.requests == []


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("place", ["images", "audio", "videos", "files", *OUTPUTS])
@pytest.mark.parametrize("kind", OWNERS)
def test_a_message_of_an_input_may_not_name_a_path(tmp_path, server, path, kind, place, stream):
    medium = {"filepath": path}
    message = {"role": "user", "content": "Hi", place: medium if place in OUTPUTS else [medium]}
    with guarded(tmp_path) as client:
        for given in (message, [{"role": "assistant", "content": "Hello"}, message]):
            body = {"input": given, "stream": stream}
            is_refused(client.post(f"{BASE}/{kind}/{OWNERS[kind]}:run", json=body), path)
    assert server.requests == []


def reviewed(tmp_path):
    """A service whose workflow asks about the output of its step."""
    service = service_in(tmp_path)
    step = Step(name="Log", agent=agent("Clerk"), human_review=HumanReview(requires_output_review=True))
    flow = Workflow(name="Reviewed", steps=[step], db=service.owners["workflows"]["flow"].db)
    service.owners["workflows"]["reviewed"] = flow
    return service


INSIDE = {
    "an output": lambda media: {"step_output": {"content": "x", **media}},
    "an input": lambda media: {"step_input": {"input": "x", **media}},
    "a step inside": lambda media: {"step_output": {"content": "x", "steps": [{"content": "y", **media}]}},
    "an earlier step": lambda media: {"step_input": {"previous_step_outputs": {"a": {"content": "y", **media}}}},
}


@pytest.mark.parametrize("face", ["contract", "form"])
@pytest.mark.parametrize("case", INSIDE)
def test_an_answer_about_a_step_may_not_bring_a_path(tmp_path, server, path, case, face):
    server.add("Logged.", "never asked")
    settings = Settings(tokens={TOKEN: frozenset({"read", "run"})})
    with client_of(reviewed(tmp_path), settings) as client:
        client.headers["authorization"] = f"Bearer {TOKEN}"
        paused = client.post(f"{BASE}/workflows/reviewed:run", json={"input": "Hi", "sessionId": "s"}).json()
        assert paused["status"] == "PAUSED"
        answers = [{**one, "confirmed": True} for one in paused["requirements"]]
        bad = [{**one, **INSIDE[case]({"files": [{"filepath": path}]})} for one in answers]
        if face == "contract":
            again = client.post(f"{BASE}/runs/{paused['runId']}:continue", json={"requirements": bad})
        else:
            form = {"session_id": "s", "stream": "false", "step_requirements": json.dumps(bad)}
            again = client.post(f"/workflows/reviewed/runs/{paused['runId']}/continue", data=form)
        is_refused(again, path)
        # The run still waits, and goes on with an answer without one.
        done = client.post(f"{BASE}/runs/{paused['runId']}:continue", json={"requirements": answers})
        assert done.json()["status"] == "COMPLETED"
    assert len(server.requests) == 1


def test_a_field_of_that_name_elsewhere_is_nobodys_path(tmp_path, server, path):
    server.add("one", {"tool_calls": [{"name": "launch", "arguments": {"place": "pier"}}]}, "Done.")
    with guarded(tmp_path) as client:
        body = {"input": "Hi", "sessionState": {"files": [{"filepath": path}]}, "metadata": {"filepath": path}}
        assert client.post(f"{BASE}/agents/ada:run", json=body).json()["status"] == "COMPLETED"
        paused = client.post(f"{BASE}/agents/asker:run", json={"input": "Hi"}).json()
        answers = confirmed(paused["requirements"])
        answers[0]["tool_execution"]["tool_args"] = {"place": "pier", "files": [{"filepath": path}]}
        done = client.post(f"{BASE}/runs/{paused['runId']}:continue", json={"requirements": answers})
        assert done.status_code == 200


@pytest.mark.parametrize("face", ["contract", "form"])
def test_without_tokens_a_path_is_read(tmp_path, server, path, face):
    server.add("Read.")
    with client_of(service_in(tmp_path)) as client:
        if face == "form":
            form = {"message": "Hi", "stream": "false", "input_files": json.dumps([{"filepath": path}])}
            done = client.post("/agents/ada/runs", data=form)
        else:
            message = {"role": "user", "content": "Hi", "files": [{"filepath": path}]}
            done = client.post(f"{BASE}/agents/ada:run", json={"input": message})
    assert done.json()["status"] == "COMPLETED"
    assert len(server.requests) == 1
    assert "secret.txt" in str(server.requests[0].body)
