"""Runs over HTTP after they began: paused workflows, cancelled ones, broken-off ones, a server that stops."""

import asyncio
import logging
import threading

import pytest
from api_desk import BASE, LAUNCH, agent, client_of, confirmed, service_in

from wherry.api import Settings
from wherry.api.guard import access
from wherry.core.waits import LOOPING


@pytest.fixture
def service(tmp_path):
    return service_in(tmp_path)


@pytest.fixture
def client(service):
    with client_of(service) as made:
        yield made


def begin(client, kind, identity):
    """Start a run that nobody waits for."""

    async def begun():
        server = client.app.state.server
        owner = server.services["wherry"].owners[kind][identity]
        return server.runs.start(kind[:-1], owner, owner.make_run("Hi", LOOPING, {"session_id": "s1"}), "")

    return client.portal.call(begun)


@pytest.mark.parametrize("stream", [False, True])
def test_a_paused_workflow_goes_on_with_the_answers(server, client, stream):
    server.add("through")
    paused = client.post(f"{BASE}/workflows/gated:run", json={"input": "Hi"}).json()
    assert (paused["status"], paused["record"]["steps"][0]["status"]) == ("PAUSED", "paused")
    body = {"requirements": confirmed(paused["requirements"]), "stream": stream}
    done = client.post(f"{BASE}/runs/{paused['runId']}:continue", json=body)
    assert "through" in done.text
    after = client.get(f"{BASE}/runs/{paused['runId']}").json()
    assert (after["status"], after["content"]) == ("COMPLETED", "through")


@pytest.mark.parametrize(("kind", "identity"), [("agents", "ada"), ("teams", "crew"), ("workflows", "flow")])
def test_a_run_is_cancelled_while_it_goes_on(server, client, kind, identity):
    cancelled = threading.Event()
    server.add(lambda _: "late" if cancelled.wait(60) else "nobody cancelled")
    job = begin(client, kind, identity)
    assert client.get(f"{BASE}/runs/{job.run_id}").json()["status"] == "RUNNING"
    assert client.post(f"{BASE}/runs/{job.run_id}:continue", json={}).json()["code"] == "conflict"
    assert client.post(f"{BASE}/runs/{job.run_id}:cancel").json() == {"runId": job.run_id, "cancelled": True}
    cancelled.set()
    client.portal.call(job.done.wait)
    assert client.get(f"{BASE}/runs/{job.run_id}").json()["status"] == "CANCELLED"
    assert client.post(f"{BASE}/runs/{job.run_id}:continue", json={}).status_code == 409


def test_a_run_whose_process_died_is_taken_over(server, client, service):
    server.add("done")
    paused = client.post(f"{BASE}/workflows/gated:run", json={"input": "Hi"}).json()
    stored = service.db.get_run(run_id=paused["runId"])
    stored.status = "RUNNING"
    for answer in stored.step_requirements:
        answer.confirmed = True
    service.db.upsert_run(stored, session_id=stored.session_id)
    client.app.state.server.runs.jobs.clear()
    run = f"{BASE}/runs/{paused['runId']}"
    assert client.get(run).json()["status"] == "RUNNING"
    assert client.post(f"{run}:continue", json={}).status_code == 409
    assert client.post(f"{run}:continue", json={"takeOver": True}).json()["status"] == "PAUSED"  # asks again


@pytest.mark.parametrize("status", ["RUNNING", "PENDING", "PAUSED", "COMPLETED"])
def test_a_session_stays_while_another_process_may_go_on_with_a_run_of_it(server, client, service, status):
    server.add("done", "more")
    run = client.post(f"{BASE}/agents/ada:run", json={"input": "Hi", "sessionId": "s1"}).json()["runId"]
    client.post(f"{BASE}/agents/ada:run", json={"input": "Hi again", "sessionId": "s1"})
    client.app.state.server.runs.jobs.clear()
    stored = service.db.get_run(run_id=run)
    stored.status = status
    service.db.upsert_run(stored, session_id="s1")
    answer = client.delete(f"{BASE}/sessions/s1")
    if status in ("PAUSED", "COMPLETED"):
        assert answer.status_code == 204
        return
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert run in answer.json()["detail"]
    assert client.get(f"{BASE}/sessions/s1").status_code == 200
    # Where no run may take so long, its process died.
    with client_of(service, Settings(run_seconds=1e-6)) as later:
        assert later.delete(f"{BASE}/sessions/s1").status_code == 204
        assert later.get(f"{BASE}/sessions/s1").status_code == 404


def test_a_run_that_another_process_has_stored_half_done_keeps_its_session(server, client, service):
    began, go_on = threading.Event(), threading.Event()

    def note(text: str) -> str:
        """Note."""
        return text

    def hold(text: str) -> str:
        """Wait."""
        began.set()
        return text if go_on.wait(60) else "nobody said go on"

    calls = [{"tool_calls": [{"name": name, "arguments": {"text": "x"}}]} for name in ("note", "hold")]
    server.add(*calls, "done")
    service.add("agents", agent("Holding", tools=[note, hold], db=service.db, checkpoint="tool-batch"))
    job = begin(client, "agents", "holding")
    try:
        assert began.wait(60)
        with client_of(service) as other:
            answer = other.delete(f"{BASE}/sessions/s1")
            assert (answer.status_code, "another process" in answer.text) == (409, True)
    finally:
        go_on.set()
    client.portal.call(job.done.wait)
    with client_of(service) as other:
        assert other.delete(f"{BASE}/sessions/s1").status_code == 204


def test_a_finished_run_takes_a_follow_up(server, client):
    server.add("First", "Second")
    first = client.post(f"{BASE}/agents/ada:run", json={"input": "Hi"}).json()
    second = client.post(f"{BASE}/runs/{first['runId']}:continue", json={"input": "And?"}).json()
    assert (second["content"], second["outputs"]["forked_from_run_id"]) == ("Second", first["runId"])
    assert client.get(f"{BASE}/runs/{second['runId']}").json()["content"] == "Second"


def test_a_follow_up_of_a_removed_agent_is_refused(server, client, service):
    server.add(LAUNCH)
    paused = client.post(f"{BASE}/agents/asker:run", json={"input": "Hi"}).json()
    client.app.state.server.runs.jobs.clear()
    service.remove("asker")
    assert "not served" in client.post(f"{BASE}/runs/{paused['runId']}:continue", json={}).json()["detail"]
    assert client.get(f"{BASE}/runs/{paused['runId']}").json()["status"] == "PAUSED"


def test_a_body_may_be_as_deep_as_the_limit(server, client):
    server.add("ok")
    deep = {"n": []}
    for _ in range(97):
        deep = {"n": [deep["n"]]}
    answer = client.post(f"{BASE}/agents/ada:run", json={"input": "Hi", "sessionId": "s1", "sessionState": deep})
    assert answer.status_code == 200
    assert client.get(f"{BASE}/sessions/s1").json()["state"]["n"] == deep["n"]


@pytest.mark.parametrize("depth", [98, 99, 600, 5000])
def test_a_form_leaves_out_what_is_deeper_than_a_run_can_keep(server, client, depth):
    server.add("ok")
    state = '{"n": ' + "[" * depth + "]" * depth + "}"
    form = {"message": "Hi", "stream": "false", "session_id": "s1", "session_state": state}
    answer = client.post("/agents/ada/runs", data=form)
    assert (answer.status_code, answer.json()["content"]) == (200, "ok")
    assert ("n" in client.get(f"{BASE}/sessions/s1").json()["state"]) == (depth <= 99)


def test_keys_are_forgotten_in_order(server, service):
    server.add("a", "b", "c")
    with client_of(service, Settings(kept_keys=1)) as client:
        ids = [
            client.post(f"{BASE}/agents/ada:run", json={}, headers={"idempotency-key": key}).json()["runId"]
            for key in ("one", "two", "two", "one")
        ]
    assert (ids[1] == ids[2], ids[0] == ids[3]) == (True, False)


def test_a_stopping_server_lets_runs_finish_then_asks_then_breaks_off(server, service):
    async def stuck(text: str) -> str:
        await asyncio.sleep(60)
        return text

    service.add("agents", agent("Stuck", tools=[stuck]))
    server.add("soon", {"tool_calls": [{"name": "stuck", "arguments": {"text": "x"}}]})
    with client_of(service, Settings(shutdown_seconds=0.3)) as client:
        runs = client.app.state.server.runs
        quick = begin(client, "agents", "ada")
        client.portal.call(quick.done.wait)
        slow = begin(client, "agents", "stuck")
        while len(server.requests) < 2:
            client.portal.call(asyncio.sleep, 0.01)
        client.portal.call(runs.stop)
        assert client.get("/readyz").status_code == 503
        refused = client.post(f"{BASE}/agents/ada:run", json={})
        assert (refused.status_code, refused.json()["code"]) == (503, "stopping")
        assert (quick.output.content, slow.done.is_set()) == ("soon", True)
        assert client.get(f"{BASE}/runs/{slow.run_id}").json()["code"] == "stopping"


def test_requests_are_logged_when_somebody_listens(client, caplog):
    with caplog.at_level(logging.INFO, access.name):
        client.get(f"{BASE}/agents/sk-abcdefghijklmnop")
    (record,) = caplog.records
    assert '"status": 404' in record.message
    assert "sk-abc" not in record.message
