"""AgentOS's endpoints of single sessions: answers that AgentOS gave, callers apart, runs that go on."""

import hashlib
import json
from pathlib import Path

import pytest
from agent_kit import agent
from api_desk import client_of, service_in
from runtime.api.one_session_answers import ASKED, answers, filled
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api import Settings
from wherry.api.app import create_app
from wherry.api.os import AgentOS
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.session import AgentSession

RECORDED = json.loads(Path(__file__).with_name("agno_one_session.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", ["blocking", "async"])
def test_the_answers_are_those_of_agentos(tmp_path, kind):
    db = SqliteDb(db_file=str(tmp_path / "s.db"), id="desk")
    filled(db)
    served = db if kind == "blocking" else AsyncSqliteDb(db_file=db.db_file, id="desk")
    told = json.loads(json.dumps(answers("wherry", served)))
    assert len(told) == len(RECORDED) == len(ASKED)
    for ours, theirs in zip(told, RECORDED, strict=True):
        assert ours == theirs
    db.close()


def test_a_database_of_documents_answers_the_same():
    db = InMemoryDb(id="desk")
    filled(db)
    for ours, theirs in zip(answers("wherry", db), RECORDED, strict=True):
        assert ours[:2] == theirs[:2]
        if isinstance(theirs[2], dict) and "session_id" in theirs[2]:
            assert {name: ours[2].get(name) for name in ("session_id", "session_name", "session_state")} == {
                name: theirs[2].get(name) for name in ("session_id", "session_name", "session_state")
            }


TOKENS = {name: frozenset({"read", "run"}) for name in ("jo-token", "al-token")} | {"boss": frozenset({"admin"})}


@pytest.fixture
def desk(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "s.db"))
    app = create_app(AgentOS(agents=[Agent(id="ada", db=db)]).as_service(), Settings(tokens=TOKENS))
    with TestClient(app) as client:

        def asked(token, method, path, **given):
            return client.request(method, path, headers={"authorization": f"Bearer {token}"}, **given)

        asked.db = db
        yield asked
    db.close()


def test_callers_reach_their_own_sessions_only(desk):
    made = desk("jo-token", "POST", "/sessions", json={"session_id": "s1", "session_name": "Pier", "user_id": "u"})
    assert (made.status_code, made.json()["session_id"]) == (201, "s1")
    inner = hashlib.sha256(b"jo-token").hexdigest()[:12] + ".s1"
    desk.db.upsert_session(AgentSession(session_id="s9", agent_id="ada"))
    # Another caller's session of that name is another session: nothing tells that there is one.
    for name in ("s1", inner, "s9"):
        assert desk("al-token", "GET", f"/sessions/{name}").status_code == 404
        assert desk("al-token", "GET", f"/sessions/{name}/runs").status_code == 404
        assert desk("al-token", "PATCH", f"/sessions/{name}", json={"session_name": "x"}).status_code == 404
        assert desk("al-token", "POST", f"/sessions/{name}/rename", json={"session_name": "x"}).status_code == 404
        assert desk("al-token", "DELETE", f"/sessions/{name}").status_code == 204
    unwanted = {"session_ids": ["s1", inner, "s9"], "session_types": ["agent"] * 3}
    assert desk("al-token", "DELETE", "/sessions", json=unwanted).status_code == 204
    # Nor is one deleted that is another user's.
    mine = {"session_ids": ["s1"], "session_types": ["agent"]}
    assert desk("jo-token", "DELETE", "/sessions?user_id=w", json=mine).status_code == 204
    assert desk("al-token", "POST", "/sessions", json={"session_id": "s1"}).status_code == 201
    shown = desk("jo-token", "GET", "/sessions/s1")
    assert shown.json()["session_name"] == "Pier"
    assert inner not in shown.text
    renamed = desk("jo-token", "POST", "/sessions/s1/rename", json={"session_name": "Quay"})
    assert (renamed.json()["session_name"], renamed.json()["agent_session_id"]) == ("Quay", "s1")
    assert desk("boss", "GET", f"/sessions/{inner}").json()["session_name"] == "Quay"
    assert desk("boss", "GET", "/sessions/s9").status_code == 200
    assert desk("jo-token", "DELETE", "/sessions/s1").status_code == 204
    assert desk("jo-token", "GET", "/sessions/s1").status_code == 404
    assert desk("al-token", "GET", "/sessions/s1").status_code == 200


@pytest.mark.parametrize("kind", [SqliteDb, InMemoryDb])
def test_what_a_run_changes_while_a_session_is_changed_stays(server, tmp_path, kind):
    class Meanwhile(kind):
        """A database in which a run ends between the reading and the writing of a session."""

        busy = False

        def get_session(self, *args, **given):
            session = super().get_session(*args, **given)
            if self.busy:
                self.busy = False
                desk.run("Hi", session_id="s1", session_state={"late": 3})
            return session

    server.add("Hello")
    db = Meanwhile(**({"db_file": str(tmp_path / "s.db")} if kind is SqliteDb else {}))
    desk = agent(db=db, id="ada", telemetry=False)
    db.upsert_session(AgentSession(session_id="s1", agent_id="ada", session_data={"session_state": {"old": 1}}))
    with TestClient(create_app(AgentOS(agents=[desk]).as_service(), Settings())) as client:
        db.busy = True
        changed = client.patch("/sessions/s1", json={"session_state": {"new": 2}, "metadata": {"tide": "low"}})
    kept = db.get_session("s1")
    assert (changed.status_code, changed.json()["session_state"]) == (200, {"new": 2, "late": 3})
    assert kept.session_data["session_state"] == {"new": 2, "late": 3}
    assert kept.session_data["session_metrics"]["total_tokens"] > 0
    assert kept.metadata == {"tide": "low"}
    assert [run.content for run in kept.runs] == ["Hello"]
    db.close()


def test_a_session_is_begun_before_its_first_run(server, tmp_path):
    server.add("Hello" * 100)
    with client_of(service_in(tmp_path)) as client:
        body = {"session_id": "s1", "session_state": {"berth": 7}, "agent_id": "ada"}
        assert client.post("/sessions", json=body).status_code == 201
        form = {"message": "Hi", "stream": "false", "session_id": "s1"}
        run = client.post("/agents/ada/runs", data=form).json()["run_id"]
        shown = client.get("/sessions/s1").json()
        assert (shown["session_state"], shown["session_name"]) == ({"berth": 7}, "Hi")
        assert [message["role"] for message in shown["chat_history"]] == ["user", "assistant"]
        assert [one["run_id"] for one in client.get("/sessions/s1/runs").json()] == [run]
        short = client.get("/sessions/s1/run-previews").json()
        assert [(one["run_input"], one["content_preview"]) for one in short] == [("Hi", "Hello" * 56)]
        assert client.get(f"/sessions/s1/runs/{run}").json()["run_input"] == "Hi"
        path = f"/v1/runtime/wherry/runs/{run}"
        assert client.get(path).status_code == 200
        assert client.delete("/sessions/s1").status_code == 204
        assert client.get(path).status_code == 404


def test_an_empty_body_begins_a_session_and_nul_does_not(tmp_path):
    with client_of(service_in(tmp_path)) as client:
        made = client.post("/sessions")
        assert (made.status_code, client.get(f"/sessions/{made.json()['session_id']}").status_code) == (201, 200)
        assert client.post("/sessions", json={"session_id": "a\0"}).json()["code"] == "bad_request"
        assert client.post("/sessions", content=b"[1]").status_code == 400
        for summary in ({}, {"topics": []}, {"summary": "x", "updated_at": "soon"}, {"summary": "x", "updated_at": 1}):
            path = f"/sessions/{made.json()['session_id']}"
            assert client.patch(path, json={"summary": summary}).status_code == 422
