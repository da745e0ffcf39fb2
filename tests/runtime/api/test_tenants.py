"""What a token's holder is told about its runs: its own names for its sessions, wherever they stand."""

import hashlib

import pytest
from api_desk import BASE, LAUNCH, client_of, confirmed, service_in

from wherry.api import Settings
from wherry.session import AgentSession

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


OTHER = "second-of-two-tokens"


@pytest.fixture
def two(tmp_path):
    """A client of a server with two tokens, and the headers of each."""
    settings = Settings(tokens={token: frozenset({"read", "run"}) for token in (TOKEN, OTHER)})
    service = service_in(tmp_path)
    ada = service.owners["agents"]["ada"]
    ada.add_history_to_context, ada.num_history_runs = True, 5
    with client_of(service, settings) as client:
        yield client, *({"authorization": f"Bearer {token}"} for token in (TOKEN, OTHER))


def run_without_session(client, headers, way):
    """A run that names no session: its id and that of its session, as the caller knows them."""
    if way == "form":
        form = {"message": "My word is blue-horse.", "stream": "false"}
        told = client.post("/agents/ada/runs", data=form, headers=headers).json()
        return told["run_id"], told["session_id"]
    told = client.post(f"{BASE}/agents/ada:run", json={"input": "My word is blue-horse."}, headers=headers).json()
    return told["runId"], told["sessionId"]


@pytest.mark.parametrize("way", ["contract", "form"])
def test_callers_that_name_no_session_do_not_meet(two, server, way):
    client, mine, yours = two
    server.add({"content": "Noted.", "times": "forever"})
    runs = [run_without_session(client, headers, way) for headers in (mine, mine, yours)]
    assert len({session for _, session in runs}) == 3
    for request in server.requests:
        assert str(request.body).count("blue-horse") == 1
    # What a run was told under is where it is found again, by its caller only, also by another process.
    client.app.state.server.runs.jobs.clear()
    for (run, session), headers, others in zip(runs, (mine, mine, yours), (yours, yours, mine), strict=True):
        assert client.get(f"{BASE}/runs/{run}", headers=headers).json()["sessionId"] == session
        assert client.get(f"{BASE}/sessions/{session}", headers=headers).status_code == 200
        assert len(client.get(f"{BASE}/telemetry/events?runId={run}", headers=headers).json()["items"]) > 3
        for path in (f"runs/{run}", f"sessions/{session}"):
            assert client.get(f"{BASE}/{path}", headers=others).status_code == 404
        assert client.post(f"{BASE}/runs/{run}:cancel", headers=others).status_code == 404
        assert client.post(f"{BASE}/runs/{run}:continue", json={"input": "x"}, headers=others).status_code == 404
        assert client.get(f"/agents/ada/runs/{run}", headers=others).status_code == 404
        assert client.delete(f"{BASE}/sessions/{session}", headers=others).status_code == 404
        assert client.get(f"{BASE}/telemetry/events?runId={run}", headers=others).json()["items"] == []


def test_the_session_of_a_manifest_is_each_callers_own(two, server):
    client, mine, yours = two
    server.add({"content": "Noted.", "times": "forever"})
    kept = {"id": "kept", "model_ref": "openai:m", "session_policy": {"session_id": "desk"}}
    for headers in (mine, yours, mine):
        told = client.post(f"{BASE}/agents/kept:run", json={"input": "Hi", "agents": [kept]}, headers=headers).json()
        assert told["sessionId"] == "desk"
    found = [
        client.get(f"{BASE}/telemetry/events?sessionId=desk&eventType=RunStarted", headers=h) for h in (mine, yours)
    ]
    assert [len(one.json()["items"]) for one in found] == [2, 1]


def test_sessions_of_others_hide_none(two, server):
    client, mine, yours = two
    server.add({"content": "Noted.", "times": "forever"})
    for number in range(2):
        client.post(f"{BASE}/agents/ada:run", json={"input": "Hi", "sessionId": f"m{number}"}, headers=mine)
    service = client.app.state.server.services["wherry"]
    theirs = f"{hashlib.sha256(OTHER.encode()).hexdigest()[:12]}."
    for number in range(450):
        session = AgentSession(
            session_id=f"{theirs}y{number}", agent_id="ada", created_at=2_000_000_000, updated_at=2_000_000_000
        )
        service.db.upsert_session(session)
    listed = client.get(f"{BASE}/sessions?limit=5", headers=mine).json()["items"]
    assert {one["id"] for one in listed} == {"m0", "m1"}
    assert len(client.get(f"{BASE}/sessions?limit=1", headers=mine).json()["items"]) == 1
    assert len(client.get(f"{BASE}/sessions?limit=300", headers=yours).json()["items"]) == 300


def test_events_are_counted_for_each_caller(two, server):
    client, mine, yours = two
    server.add({"content": "Noted.", "times": "forever"})
    for headers in (mine, mine, yours):
        client.post(f"{BASE}/agents/ada:run", json={"input": "Hi"}, headers=headers)
    client.get(f"{BASE}/telemetry/events", headers=mine)
    told = [client.get(f"{BASE}/telemetry/metrics", headers=headers).json()["events"] for headers in (mine, yours)]
    assert [one["wherry"]["RunStarted"] for one in told] == [2, 1]


def test_a_run_stays_its_callers_when_an_admin_goes_on_with_it(tmp_path, server):
    server.add(LAUNCH, "Done.")
    tokens = {TOKEN: frozenset({"read", "run"}), OTHER: frozenset({"read", "run"}), "boss": frozenset({"admin"})}
    service = service_in(tmp_path)
    service.db = service.owners["agents"]["asker"].db = None  # what this process knows is all there is
    with client_of(service, Settings(tokens=tokens)) as client:
        mine, yours, boss = ({"authorization": f"Bearer {token}"} for token in tokens)
        paused = client.post(f"{BASE}/agents/asker:run", json={"input": "Hi", "sessionId": "s1"}, headers=mine).json()
        path, answer = f"{BASE}/runs/{paused['runId']}", {"requirements": confirmed(paused["requirements"])}
        assert client.post(f"{path}:continue", json=answer, headers=boss).json()["status"] == "COMPLETED"
        told = client.get(path, headers=mine)
        assert (told.json()["status"], told.json()["sessionId"]) == ("COMPLETED", "s1")
        assert PREFIX not in told.text
        assert client.get(path, headers=yours).status_code == 404


def test_keys_of_two_callers_are_not_the_same_key(two, server):
    client, mine, yours = two
    server.add({"content": "Noted.", "times": "forever"})

    def asked(headers, text="Hi"):
        return client.post(f"{BASE}/agents/ada:run", json={"input": text}, headers={**headers, "idempotency-key": "k"})

    runs = [asked(headers).json()["runId"] for headers in (mine, yours, mine, yours)]
    assert runs == runs[:2] * 2
    assert runs[0] != runs[1]
    assert [asked(headers, "Else").status_code for headers in (mine, yours)] == [409, 409]
