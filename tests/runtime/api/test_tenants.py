"""What a token's holder is told about its runs: its own names for its sessions, wherever they stand."""

import hashlib

import pytest
from api_desk import BASE, LAUNCH, client_of, confirmed, service_in

from wherry.api import Settings

TOKEN = "first-of-two-tokens"
PREFIX = hashlib.sha256(TOKEN.encode()).hexdigest()[:12]
RUNS = {"agents": "ada", "teams": "crew", "workflows": "flow"}


@pytest.fixture
def client(tmp_path):
    settings = Settings(tokens={TOKEN: frozenset({"read", "run"})})
    with client_of(service_in(tmp_path), settings) as client:
        client.headers["authorization"] = f"Bearer {TOKEN}"
        yield client


def read_all(client, kind, run):
    """Everything that can be read about a run afterwards."""
    paths = [f"{BASE}/runs/{run}", f"{BASE}/sessions", f"{BASE}/sessions/s1", f"{BASE}/telemetry/events"]
    paths += [f"/{kind}/{RUNS[kind]}/runs?session_id=s1", f"/{kind}/{RUNS[kind]}/runs/{run}"]
    answers = [client.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {200}
    return "".join(answer.text for answer in answers)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", RUNS)
def test_sessions_have_the_callers_names(client, server, kind, stream):
    server.add("one", "two")
    body = {"input": "Hi", "sessionId": "s1", "stream": stream}
    told = client.post(f"{BASE}/{kind}/{RUNS[kind]}:run", json=body)
    run = told.headers.get("x-run-id") or told.json()["runId"]
    form = {"message": "Hi", "session_id": "s1", "stream": str(stream).lower()}
    text = told.text + client.post(f"/{kind}/{RUNS[kind]}/runs", data=form).text + read_all(client, kind, run)
    assert '"s1"' in text
    assert PREFIX not in text


def test_a_paused_run_goes_on_by_the_callers_names(client, server):
    server.add(LAUNCH, "Done.")
    paused = client.post(f"{BASE}/agents/asker:run", json={"input": "Hi", "sessionId": "s1"})
    answer = {"requirements": confirmed(paused.json()["requirements"])}
    done = client.post(f"{BASE}/runs/{paused.json()['runId']}:continue", json=answer)
    assert (done.json()["status"], done.json()["content"], done.json()["sessionId"]) == ("COMPLETED", "Done.", "s1")
    assert PREFIX not in paused.text + done.text


def test_runs_that_end_with_an_error_are_counted_as_failed(client, server):
    server.add({"status": 400, "error": "no"}, "well")
    for _ in range(2):
        client.post(f"{BASE}/agents/ada:run", json={"input": "Hi"})
    assert client.get(f"{BASE}/telemetry/metrics").json()["runs"] == {"active": 0, "served": 2, "failed": 1}
    assert 'wherry_runs_failed_total{runtime="wherry"} 1' in client.get("/metrics").text
