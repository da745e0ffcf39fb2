"""Two servers on one database, in one process: who goes on with a run that the other one began."""

import json

import pytest
from api_desk import BASE, LAUNCH, client_of, confirmed, service_in


@pytest.fixture
def pair(tmp_path):
    with client_of(service_in(tmp_path)) as here, client_of(service_in(tmp_path)) as there:
        yield here, there


def launches(server):
    """How often the tool was called, as the model was told."""
    return str(server.requests[-1].body).count("launched at pier")


def test_what_another_server_went_on_with_is_told_and_not_done_twice(server, pair):
    here, there = pair
    server.add(LAUNCH, "It floats", "Thanks")
    paused = here.post(f"{BASE}/agents/asker:run", json={"input": "Go", "sessionId": "s1"}).json()
    run = f"{BASE}/runs/{paused['runId']}"
    assert here.get(run).json()["status"] == "PAUSED"
    answer = {"requirements": confirmed(paused["requirements"])}
    assert there.post(f"{run}:continue", json=answer).json()["content"] == "It floats"
    told = here.get(run).json()
    assert (told["status"], told["content"]) == ("COMPLETED", "It floats")
    assert here.get(f"/agents/asker/runs/{paused['runId']}").json()["status"] == "COMPLETED"
    again = here.post(f"{run}:continue", json=answer)
    assert again.json()["status"] == "COMPLETED"
    assert launches(server) == 1


@pytest.mark.parametrize("way", ["contract", "form"])
def test_a_workflow_that_another_server_went_on_with_is_over(server, pair, way):
    here, there = pair
    server.add({"content": "through", "times": "forever"})
    paused = here.post(f"{BASE}/workflows/gated:run", json={"input": "Hi", "sessionId": "s1"}).json()
    answers = confirmed(paused["requirements"])
    run = paused["runId"]
    assert there.post(f"{BASE}/runs/{run}:continue", json={"requirements": answers}).json()["status"] == "COMPLETED"
    asked = len(server.requests)
    if way == "contract":
        again = here.post(f"{BASE}/runs/{run}:continue", json={"requirements": answers})
    else:
        form = {"session_id": "s1", "stream": "false", "step_requirements": json.dumps(answers)}
        again = here.post(f"/workflows/gated/runs/{run}/continue", data=form)
    assert (again.status_code, len(server.requests)) == (409, asked)
    assert here.get(f"{BASE}/runs/{run}").json()["status"] == "COMPLETED"


def test_a_run_that_nobody_went_on_with_stays_as_it_was_here(server, pair):
    here, _ = pair
    server.add(LAUNCH)
    streamed = here.post(f"{BASE}/agents/asker:run", json={"input": "Go", "sessionId": "s1", "stream": True})
    run = streamed.headers["x-run-id"]
    again = here.get(f"{BASE}/runs/{run}", headers={"accept": "text/event-stream", "last-event-id": "0"})
    # The events as they were told, those among them that no database keeps.
    assert again.text == streamed.text.split("\n\n", 1)[1]
    assert "event: RunContent\n" in again.text
