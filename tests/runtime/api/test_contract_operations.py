"""The operations of the contract, and a problem document for every mistake."""

import csv
import io
import json
import time
from datetime import datetime, timedelta, timezone

import pytest
from api_desk import confirmed
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api import RuntimeService, Settings, create_app
from wherry.db.sqlite import SqliteDb
from wherry.models.openai import OpenAIChat
from wherry.run import RunContext
from wherry.run.cancel import get_active_runs
from wherry.team import Team
from wherry.telemetry import Recorder, TelemetryStore
from wherry.tools import tool
from wherry.workflow import Workflow

BASE = "/v1/runtime/wherry"
KINDS = [("agents", "ada"), ("teams", "crew"), ("workflows", "flow")]


def agent(name="Ada", **given):
    return Agent(name=name, model=OpenAIChat(id="m"), **given)


@tool(requires_confirmation=True)
def launch(place: str) -> str:
    """Launch a boat."""
    return f"launched at {place}"


@pytest.fixture
def service(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "s.db"))
    return RuntimeService(
        [agent(db=db), agent("Asker", tools=[launch], db=db)],
        [Team(name="Crew", model=OpenAIChat(id="m"), members=[agent("Mate")], db=db)],
        [Workflow(name="Flow", steps=[agent("Stepper")], db=db)],
        telemetry=TelemetryStore(str(tmp_path / "t.db")),
        db=db,
    )


@pytest.fixture
def app_of(service, tmp_path):
    def make(settings=None, **given):
        given = {"recorder": Recorder(service.telemetry), "results": tmp_path, **given}
        return TestClient(create_app(service, settings, **given), raise_server_exceptions=False)

    return make


@pytest.fixture
def client(app_of):
    with app_of() as made:
        yield made


def frames(answer):
    """The server-sent events of an answer: id, name, data."""
    found = []
    for block in answer.text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


def problem(answer, status, code):
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert "Traceback" not in answer.text
    return body


@pytest.mark.parametrize(("kind", "identity"), KINDS)
def test_owners_are_listed_and_shown(client, kind, identity):
    listed = client.get(f"{BASE}/{kind}").json()["items"]
    shown = client.get(f"{BASE}/{kind}/{identity}").json()
    assert shown in listed
    assert (shown["kind"], shown["registeredFrom"]) == (kind[:-1], "code")


@pytest.mark.parametrize(("kind", "identity"), KINDS)
def test_a_run_is_answered_whole(server, client, kind, identity):
    server.add("Hello there")
    said = client.post(f"{BASE}/{kind}/{identity}:run", json={"input": "Hi", "sessionId": "s1"}).json()
    assert (said["status"], said["content"], said["sessionId"]) == ("COMPLETED", "Hello there", "s1")
    assert (said["kind"], said["session"]["id"]) == (kind[:-1], "s1")
    assert client.get(f"{BASE}/runs/{said['runId']}").json()["content"] == "Hello there"


@pytest.mark.parametrize(("kind", "identity"), KINDS)
def test_a_run_is_streamed_and_can_be_read_again(server, client, kind, identity):
    server.add("one two three")
    answer = client.post(f"{BASE}/{kind}/{identity}:run", json={"input": "Hi", "stream": True})
    found = frames(answer)
    assert [number for number, _, _ in found] == list(range(len(found)))
    assert (found[-1][1], found[-1][2]["content"]) == ("result", "one two three")
    run = f"{BASE}/runs/{answer.headers['x-run-id']}"
    rest = client.get(run, headers={"accept": "text/event-stream", "last-event-id": "1"})
    assert frames(rest) == found[2:]


@pytest.mark.parametrize(("kind", "identity"), KINDS)
def test_a_client_that_accepts_events_is_streamed_to(server, client, kind, identity):
    server.add("one two three")
    accept = {"accept": "text/event-stream"}
    found = frames(client.post(f"{BASE}/{kind}/{identity}:run", json={"input": "Hi"}, headers=accept))
    assert len(found) > 4
    assert (found[-1][1], found[-1][2]["content"]) == ("result", "one two three")


def test_a_client_that_accepts_events_is_streamed_what_follows_its_answer(server, client):
    server.add({"tool_calls": [{"name": "launch", "arguments": {"place": "pier"}}]}, "It floats")
    paused = client.post(f"{BASE}/agents/asker:run", json={"input": "Go", "sessionId": "s2"}).json()
    body = {"requirements": confirmed(paused["requirements"])}
    path = f"{BASE}/runs/{paused['runId']}:continue"
    found = frames(client.post(path, json=body, headers={"accept": "text/event-stream"}))
    assert "RunContent" in [name for _, name, _ in found]
    assert found[-1][2]["content"] == "It floats"


def test_a_paused_run_is_continued(server, client):
    server.add({"tool_calls": [{"name": "launch", "arguments": {"place": "pier"}}]}, "It floats")
    paused = client.post(f"{BASE}/agents/asker:run", json={"input": "Go", "sessionId": "s2"}).json()
    assert paused["status"] == "PAUSED"
    requirements = paused["requirements"]
    for one in requirements:
        one["confirmation"] = True
        one["tool_execution"]["confirmed"] = True
    address = f"{BASE}/runs/{paused['runId']}:continue"
    done = client.post(address, json={"requirements": requirements}).json()
    assert (done["status"], done["content"]) == ("COMPLETED", "It floats")
    assert "launched at pier" in str(server.requests[-1].body)


@pytest.mark.parametrize("given", [{"requirements": [5]}, {"requirements": 5}, {"colour": "red"}])
def test_a_continue_that_makes_no_sense_is_refused(server, client, given):
    server.add({"tool_calls": [{"name": "launch", "arguments": {"place": "pier"}}]})
    paused = client.post(f"{BASE}/agents/asker:run", json={"input": "Go"}).json()
    problem(client.post(f"{BASE}/runs/{paused['runId']}:continue", json=given), 400, "bad_request")


def test_a_finished_run_is_not_cancelled(server, client):
    server.add("Hi")
    run = client.post(f"{BASE}/agents/ada:run", json={"input": "Hi"}).json()["runId"]
    assert client.post(f"{BASE}/runs/{run}:cancel").json() == {"runId": run, "cancelled": False}


def test_the_same_key_gives_the_same_run(server, client):
    server.add("once")
    ask = {"url": f"{BASE}/agents/ada:run", "headers": {"idempotency-key": "k1"}}
    first = client.post(json={"input": "Hi"}, **ask).json()
    assert client.post(json={"input": "Hi"}, **ask).json()["runId"] == first["runId"]
    assert len(server.requests) == 1
    problem(client.post(json={"input": "other"}, **ask), 409, "conflict")


def test_steps_of_another_workflow_are_a_conflict(server, client):
    server.add("fine")
    assert client.post(f"{BASE}/workflows/flow:run", json={"input": "Hi", "steps": ["Stepper"]}).status_code == 200
    body = problem(client.post(f"{BASE}/workflows/flow:run", json={"steps": [{"id": "Other"}]}), 409, "conflict")
    assert body["steps"] == ["Stepper"]


def test_sessions_are_listed_shown_and_deleted(server, client):
    for kind, identity in KINDS:
        server.add("Hello")
        client.post(f"{BASE}/{kind}/{identity}:run", json={"input": "Hi", "sessionId": f"s-{kind}", "userId": "u"})
    assert {one["id"] for one in client.get(f"{BASE}/sessions").json()["items"]} == {f"s-{kind}" for kind, _ in KINDS}
    for kind, _ in KINDS:
        shown = client.get(f"{BASE}/sessions/s-{kind}").json()
        assert (shown["kind"], shown["userId"]) == (kind[:-1], "u")
        assert {"role": "user", "content": "Hi"} in shown["history"]
        assert client.delete(f"{BASE}/sessions/s-{kind}").status_code == 204
        problem(client.get(f"{BASE}/sessions/s-{kind}"), 404, "not_found")


def test_agents_are_registered_from_manifests(server, client):
    given = {"id": "made", "model_ref": "openai:m"}
    statuses = [client.post(f"{BASE}/agents", json=given).status_code for _ in range(2)]
    assert statuses == [201, 200]
    assert client.get(f"{BASE}/agents/made").json()["manifest"]["model_ref"] == "openai:m"
    problem(client.post(f"{BASE}/agents", json={**given, "name": "other"}), 409, "conflict")
    server.add("made it")
    assert client.post(f"{BASE}/agents/made:run", json={"input": "x"}).json()["content"] == "made it"
    assert client.delete(f"{BASE}/agents/made").status_code == 204
    problem(client.delete(f"{BASE}/agents/made"), 404, "not_found")


def test_a_request_may_bring_its_agent(server, client):
    server.add("brought")
    given = {"input": "x", "agents": [{"id": "guest", "model_ref": "openai:m"}]}
    assert client.post(f"{BASE}/agents/guest:run", json=given).json()["content"] == "brought"


def test_telemetry_is_filtered(server, client):
    server.add("Hello")
    run = client.post(f"{BASE}/agents/ada:run", json={"input": "Hi", "sessionId": "s1"}).json()["runId"]
    events = f"{BASE}/telemetry/events"
    found = client.get(events, params={"runId": run, "sessionId": "s1", "eventType": "RunStarted"}).json()["items"]
    assert [one["event_type"] for one in found] == ["RunStarted"]
    page = client.get(events, params={"limit": 1}).json()
    following = client.get(events, params={"limit": 1, "cursor": page["nextCursor"]}).json()
    assert page["items"][0]["event_id"] != following["items"][0]["event_id"]
    assert client.get(events, params={"since": "2999-01-01"}).json()["items"] == []
    first = page["items"][0]["timestamp"]
    moment = datetime.fromisoformat(first)
    same = [moment.isoformat(), moment.replace(tzinfo=None).isoformat(), first.replace("+00:00", "Z")]
    same += [moment.astimezone(timezone(timedelta(hours=offset))).isoformat() for offset in (-7, 9)]
    for since in same:
        assert client.get(events, params={"since": since, "limit": 1}).json()["items"] == page["items"]
    assert client.get(f"{events}?since={same[-1]}&limit=1").json()["items"] == page["items"]  # a plus, not encoded
    later = (moment + timedelta(seconds=1)).astimezone(timezone(timedelta(hours=9))).isoformat()
    assert page["items"][0] not in client.get(events, params={"since": later}).json()["items"]
    for since in ("yesterday", "1", "2026-13-01", ""):
        answer = client.get(events, params={"since": since})
        assert (answer.status_code, answer.json()["field"]) == (400, "since")
    counts = client.get(f"{BASE}/telemetry/metrics").json()
    assert counts["events"]["wherry"]["RunCompleted"] == 1
    assert counts["runs"] == {"active": 0, "served": 1, "failed": 0}


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=1001", "cursor=-1", "limit=²"])
def test_numbers_that_make_no_sense_are_refused(client, query):
    problem(client.get(f"{BASE}/telemetry/events?{query}"), 400, "bad_request")


@pytest.mark.parametrize(
    "given",
    [
        {"sessionId": 5},
        {"userId": []},
        {"sessionState": [1]},
        {"stream": "yes"},
        {"history": 1},
        {"metadata": "x"},
        {"colour": "red"},
        {"agents": "x"},
    ],
)
def test_fields_of_a_wrong_kind_are_refused(client, given):
    body = problem(client.post(f"{BASE}/agents/ada:run", json={"input": "x", **given}), 400, "bad_request")
    assert body["field"] == next(iter(given))


@pytest.mark.parametrize(
    ("method", "path", "given", "status", "code"),
    [
        ("POST", "/agents/ada:run", {"content": b"{bad"}, 400, "bad_request"),
        ("POST", "/agents/ada:run", {"content": b"[1]"}, 400, "bad_request"),
        ("POST", "/agents/ada:run", {"data": {"input": "x"}}, 415, "unsupported_media_type"),
        ("POST", "/agents/none:run", {"json": {}}, 404, "not_found"),
        ("POST", "/agents/ada:run", {"json": {"agents": [5]}}, 422, "manifest"),
        ("POST", "/agents", {"json": {"id": "x"}}, 422, "manifest"),
        ("GET", "/agents/none", {}, 404, "not_found"),
        ("GET", "/runs/none", {}, 404, "not_found"),
        ("POST", "/runs/none:cancel", {}, 404, "not_found"),
        ("POST", "/runs/none:continue", {"json": {}}, 404, "not_found"),
        ("GET", "/sessions/none", {}, 404, "not_found"),
        ("DELETE", "/sessions/none", {}, 404, "not_found"),
        ("GET", "/robots", {}, 404, "not_found"),
        ("PUT", "/agents", {}, 405, "method_not_allowed"),
        ("POST", "/benchmarks", {}, 404, "not_found"),
        ("POST", "/parity-tests:run", {}, 404, "not_found"),
    ],
)
def test_mistakes_are_answered_with_problems(client, method, path, given, status, code):
    problem(client.request(method, BASE + path, **given), status, code)


def test_a_runtime_that_is_not_there_is_named(client):
    assert "agno" in problem(client.get("/v1/runtime/agno/agents"), 404, "not_found")["detail"]


def test_a_position_that_is_no_number_is_refused(server, client):
    server.add("Hi")
    run = client.post(f"{BASE}/agents/ada:run", json={"input": "Hi"}).json()["runId"]
    headers = {"accept": "text/event-stream", "last-event-id": "x"}
    problem(client.get(f"{BASE}/runs/{run}", headers=headers), 400, "bad_request")


def test_a_body_that_is_too_large_is_refused(app_of):
    with app_of(Settings(largest_body=20)) as client:
        problem(client.post(f"{BASE}/agents/ada:run", json={"input": "x" * 50}), 413, "too_large")
        pieces = iter([b'{"input": "', b"x" * 50, b'"}'])
        headers = {"content-type": "application/json"}
        problem(client.post(f"{BASE}/agents/ada:run", content=pieces, headers=headers), 413, "too_large")


def test_too_many_runs_are_told_to_wait(app_of):
    with app_of(Settings(concurrent_runs=0, waiting_runs=0, retry_after=3)) as client:
        answer = client.post(f"{BASE}/agents/ada:run", json={"input": "x"})
        problem(answer, 429, "busy")
        assert answer.headers["retry-after"] == "3"


@pytest.mark.parametrize("stream", [False, True])
def test_a_run_that_takes_too_long_is_a_timeout(server, app_of, stream):
    server.add({"content": "late", "think": 60})
    before = get_active_runs()
    with app_of(Settings(run_seconds=0.05)) as client:
        answer = client.post(f"{BASE}/agents/ada:run", json={"input": "x", "stream": stream})
        if stream:
            assert (frames(answer)[-1][1], frames(answer)[-1][2]["code"]) == ("problem", "timeout")
        else:
            problem(answer, 504, "timeout")
    assert get_active_runs() == before


def test_a_run_that_cannot_be_asked_to_stop_is_a_timeout_all_the_same(server, app_of, service, caplog):
    class Deaf(Agent):
        @staticmethod
        def cancel_run(run_id):
            raise ConnectionError(f"Redis knows nothing of {run_id}")

    service.add("agents", Deaf(name="Deaf", model=OpenAIChat(id="m")))
    server.add({"content": "late", "think": 20})
    with app_of(Settings(run_seconds=0.05)) as client:
        problem(client.post(f"{BASE}/agents/deaf:run", json={"input": "x"}), 504, "timeout")
    assert "could not be asked to stop" in caplog.text


def test_finished_runs_are_forgotten_in_order_unless_a_database_has_them(server, app_of, service):
    service.add("agents", agent("Brief"))
    server.add("a", "b", "c")
    with app_of(Settings(kept_runs=1)) as client:
        brief, kept, last = (
            client.post(f"{BASE}/agents/{name}:run", json={"input": "x"}).json() for name in ("brief", "ada", "ada")
        )
        problem(client.get(f"{BASE}/runs/{brief['runId']}"), 404, "not_found")
        assert client.get(f"{BASE}/runs/{kept['runId']}").json()["content"] == "b"
        assert client.get(f"{BASE}/runs/{last['runId']}").json()["content"] == "c"


def test_jobs_are_started_and_their_results_shown(app_of, tmp_path, caplog):
    (tmp_path / "bench.json").write_text('{"cases": 3}')

    def fail(asked):
        raise RuntimeError("no")

    with app_of(jobs={"benchmarks": lambda asked: asked, "parity-tests": fail}) as client:
        started = client.post(f"{BASE}/benchmarks", json={"quick": True})
        assert (started.status_code, started.json()["kind"]) == (202, "benchmarks")
        assert client.post(f"{BASE}/parity-tests:run", json={}).status_code == 202
        shown = client.get(f"{BASE}/benchmarks").json()
        assert shown["results"] == {"cases": 3}
        assert {job["kind"] for job in shown["jobs"]} == {"benchmarks", "parity-tests"}
        deadline = time.monotonic() + 60
        while shown["jobs"][1]["status"] == "running" and time.monotonic() < deadline:
            shown = client.get(f"{BASE}/benchmarks").json()
        assert (shown["jobs"][1]["status"], shown["jobs"][1]["error"]) == ("failed", "RuntimeError: no")
    assert caplog.records[-1].exc_info[0] is RuntimeError


def test_the_support_matrix_is_told(client):
    said = client.get(f"{BASE}/support-matrix").json()
    assert said["reference"]
    assert {row["status"] for row in said["features"]} <= {"available", "limited", "planned", "not_migrated"}
    table = client.get(f"{BASE}/support-matrix", headers={"Accept": "text/csv"})
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.splitlines()[0] == "id,status,reason,fallback,planned"
    assert len(list(csv.DictReader(io.StringIO(table.text)))) == len(said["features"])


@pytest.mark.parametrize("asked", [{}, {"Accept": "*/*"}, {"Accept": "application/json, text/csv"}])
def test_the_support_matrix_is_json_unless_only_csv_is_asked_for(client, asked):
    answer = client.get(f"{BASE}/support-matrix", headers=asked)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["vary"] == "Accept"


def test_the_support_matrix_of_a_site_is_answered_as_the_site_offers_it(app_of, tmp_path):
    (tmp_path / "support-matrix.json").write_text('{"reference": "agno 1", "features": []}\n')
    (tmp_path / "support-matrix.csv").write_text("id\nagent.core\n")
    with app_of(matrix=tmp_path) as client:
        assert client.get(f"{BASE}/support-matrix").text == '{"reference": "agno 1", "features": []}\n'
        assert client.get(f"{BASE}/support-matrix", headers={"Accept": "text/csv"}).text == "id\nagent.core\n"


def test_the_server_tells_about_itself(client):
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.get("/readyz").json() == {"status": "ready"}
    assert 'wherry_runs_total{runtime="wherry"} 0' in client.get("/metrics").text
    assert client.get("/openapi.yaml").text.startswith("openapi:") or "openapi" in client.get("/openapi.yaml").text
    assert f"{BASE.replace('wherry', '{runtime}')}/agents" in client.get("/openapi.json").json()["paths"]
    assert "api-page.js" in client.get("/api").text
    assert client.get("/api-page.js").headers["content-type"].startswith("text/javascript")


def test_a_server_without_telemetry_answers_with_nothing():
    with TestClient(create_app(RuntimeService())) as client:
        assert client.get(f"{BASE}/telemetry/events").json() == {"items": [], "nextCursor": None}
        assert client.get(f"{BASE}/telemetry/metrics").json()["events"] == {}
        assert client.get(f"{BASE}/benchmarks").json()["results"] is None
        client.app.state.server.runs.stopping = True
        assert client.get("/readyz").status_code == 503


class TestTokens:
    @pytest.fixture
    def client(self, app_of):
        scopes = {"reader-token": ["read"], "runner-token": ["read", "run"], "admin-token": ["admin"]}
        with app_of(Settings(tokens={name: frozenset(given) for name, given in scopes.items()})) as made:
            yield made

    def bearer(self, name):
        return {"authorization": f"Bearer {name}-token"}

    @pytest.mark.parametrize("headers", [{}, {"authorization": "Basic x"}, {"authorization": "Bearer wrong"}])
    def test_without_a_valid_token_nothing_is_told(self, client, headers):
        answer = client.get(f"{BASE}/agents", headers=headers)
        problem(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"

    def test_a_scope_allows_no_more_than_it_says(self, client):
        assert client.get(f"{BASE}/agents", headers=self.bearer("reader")).status_code == 200
        for name, path in (("reader", "/agents/ada:run"), ("runner", "/agents"), ("runner", "/benchmarks")):
            problem(client.post(BASE + path, json={}, headers=self.bearer(name)), 403, "forbidden")

    def test_sessions_and_runs_are_kept_apart_by_token(self, server, client):
        server.add("Hello")
        ask = {"input": "Hi", "sessionId": "s1"}
        run = client.post(f"{BASE}/agents/ada:run", json=ask, headers=self.bearer("runner")).json()
        assert run["sessionId"] == "s1"
        assert client.get(f"{BASE}/sessions/s1", headers=self.bearer("runner")).json()["id"] == "s1"
        problem(client.get(f"{BASE}/sessions/s1", headers=self.bearer("reader")), 404, "not_found")
        problem(client.get(f"{BASE}/runs/{run['runId']}", headers=self.bearer("reader")), 404, "not_found")
        events = [
            client.get(f"{BASE}/telemetry/events?sessionId=s1", headers=self.bearer(name)).json()["items"]
            for name in ("runner", "reader")
        ]
        assert {one["session_id"] for one in events[0]} == {"s1"}
        assert events[1] == []


def test_what_json_does_not_know_is_answered_all_the_same(server, tmp_path):
    call = {"name": "count", "arguments": {"of": 2}}
    server.add({"tool_calls": [call]}, "Done.", {"tool_calls": [call]}, "Done.")

    def count(of: int, run_context: RunContext) -> str:
        run_context.session_state.update(big=of**70, text="half \ud83d")
        return "counted"

    with TestClient(create_app(RuntimeService([agent(tools=[count])]))) as client:
        ran = client.post(f"{BASE}/agents/ada:run", json={"input": "Hi", "sessionState": {}})
        assert ran.status_code == 200, ran.text
        state = json.loads(ran.content)["outputs"]["session_state"]
        assert (state["big"], state["text"]) == (2**70, "half ?")
        told = client.post(f"{BASE}/agents/ada:run", json={"input": "Hi", "sessionState": {}, "stream": True}).text
        assert json.loads(told.strip().split("\n\n")[-1].partition("data: ")[2])["status"] == "COMPLETED"
