"""AgentOS's endpoints of learnings: answers that AgentOS gave, callers apart, what an agent then finds."""

import json
from pathlib import Path

import pytest
from runtime.api.jwt_answers import ADMIN, SECRET, scoped
from runtime.api.learning_answers import answers
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api import Settings
from wherry.api.app import create_app
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.learn import LearningMachine
from wherry.models.openai import OpenAIChat
from wherry.os import AgentOS
from wherry.os.config import AuthorizationConfig
from wherry.testing import ReplayServer

RECORDED = json.loads(Path(__file__).with_name("agno_learnings.json").read_text(encoding="utf-8"))
TEA = {"content": {"likes": "tea"}}
SCOPES = ("learnings:read", "learnings:write", "learnings:delete")


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def client_on(db, **given):
    app = AgentOS(id="desk", agents=[Agent(id="ada", model=OpenAIChat(id="m"), db=db)], telemetry=False, **given)
    return TestClient(app.get_app(), raise_server_exceptions=False)


@pytest.mark.parametrize("kind", [SqliteDb, AsyncSqliteDb])
def test_the_answers_are_those_of_agentos(tmp_path, kind):
    told = json.loads(json.dumps(answers("wherry", kind(db_file=str(tmp_path / "l.db"), id="desk"))))
    own = 0
    for mine, recorded in zip(told, RECORDED, strict=True):
        if mine[1] in (409, 422) and isinstance(mine[2]["detail"], str):  # said in words of its own
            mine[2], own = recorded[2], own + 1
        assert mine == recorded
    assert own == 9


def test_an_agent_finds_what_was_written_over_http(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "l.db"), id="desk")
    with client_on(db) as client:
        kept = {"user_id": "jo", "memories": [{"id": "m1", "content": "Likes tea."}]}
        body = {"learning_type": "user_memory", "user_id": "jo", "content": kept}
        assert client.post("/learnings", json=body).status_code == 201
    agent = Agent(model=OpenAIChat(id="m"), db=db, learning=LearningMachine(user_memory=True))
    with ReplayServer([{"content": "Aye."}] * 2) as model, model.environment():
        agent.run("Hello", user_id="jo")
    assert "Likes tea." in json.dumps([one.body for one in model.requests])


def test_a_database_without_learnings_says_so():
    with client_on(InMemoryDb()) as client:
        for method, path, body in (("GET", "/learnings", None), ("POST", "/learnings", {"learning_type": "x", **TEA})):
            assert client.request(method, path, json=body).status_code == 501


def test_a_token_of_the_server_reads_what_is_about_a_user_and_changes_nothing(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "l.db"), id="desk")
    service = AgentOS(agents=[Agent(id="ada", model=OpenAIChat(id="m"), db=db)]).as_service()
    tokens = {"a-user's-token": frozenset({"read", "run"}), "an-admin's-token": frozenset({"admin"})}
    with TestClient(create_app(service, Settings(tokens=tokens))) as client:
        user, admin = (bearer(token) for token in tokens)
        body = {"learning_type": "user_profile", "user_id": "jo", **TEA}
        assert client.post("/learnings", json=body, headers=user).status_code == 403
        assert client.post("/learnings", json=body, headers=admin).status_code == 201
        for method, path in (
            ("GET", "/learnings"),
            ("GET", "/learnings/users"),
            ("GET", "/learnings/user_profile_jo"),
            ("DELETE", "/learnings/user_profile_jo"),
            ("DELETE", "/learnings/users/jo"),
        ):
            assert client.request(method, path, headers=user).status_code == 403
        assert client.patch("/learnings/user_profile_jo", json=TEA, headers=user).status_code == 403
        assert client.get("/learnings?user_id=jo", headers=user).json()["meta"]["total_count"] == 1
        assert client.get("/learnings", headers=admin).json()["meta"]["total_count"] == 1


def test_users_with_jwts_are_kept_apart(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "l.db"), id="desk")
    rules = AuthorizationConfig(verification_keys=[SECRET], algorithm="HS256", user_isolation=True)
    al, jo = (bearer(scoped(*SCOPES, sub=user)) for user in ("al", "jo"))
    admin = bearer(scoped(*ADMIN))
    with client_on(db, authorization=True, authorization_config=rules) as client:
        assert client.get("/learnings", headers=bearer(scoped("agents:read"))).status_code == 403
        made = client.post("/learnings", json={"learning_type": "user_profile", **TEA}, headers=jo)
        assert (made.status_code, made.json()["user_id"]) == (201, "jo")
        shared = {"learning_type": "entity_memory", "entity_id": "pier", "entity_type": "place", **TEA}
        assert client.post("/learnings", json=shared, headers=admin).status_code == 201
        for user, count in (("al", 0), ("jo", 1)):
            who = bearer(scoped(*SCOPES, sub=user))
            rows = client.get("/learnings", headers=who).json()["data"]
            assert [row["user_id"] for row in rows].count(None) == 1
            assert len(rows) == count + 1
        assert client.get("/learnings?user_id=jo", headers=al).status_code == 403
        assert client.get("/learnings/users", headers=al).json()["data"] == []
        body = {"learning_type": "user_memory", "user_id": "jo", **TEA}
        assert client.post("/learnings", json=body, headers=al).status_code == 403
        mine, nobodys = "/learnings/user_profile_jo", "/learnings/entity_global_place_pier"
        assert [client.get(path, headers=al).status_code for path in (mine, nobodys)] == [404, 200]
        assert [client.patch(path, json=TEA, headers=al).status_code for path in (mine, nobodys)] == [404, 403]
        assert [client.delete(path, headers=al).status_code for path in (mine, nobodys)] == [404, 403]
        assert client.delete("/learnings/users/jo", headers=al).status_code == 403
        # What another user's agent reads by its session is not written for it.
        session = {"session_id": "jo-1"}
        assert client.post("/sessions", json=session, headers=bearer(scoped("sessions:write"))).status_code == 201
        context = {"learning_type": "session_context", "session_id": "jo-1", **TEA}
        assert client.post("/learnings", json=context, headers=al).status_code == 404
        assert client.post("/learnings", json=context, headers=jo).status_code == 201
        assert client.delete("/learnings/users/jo", headers=jo).status_code == 204
        assert client.get("/learnings", headers=admin).json()["meta"]["total_count"] == 1
