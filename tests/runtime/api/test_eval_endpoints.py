"""AgentOS's endpoints of results of evals: answers that AgentOS gave, callers apart."""

import json
from pathlib import Path

import pytest
from runtime.api.eval_answers import answers, stored
from runtime.api.jwt_answers import ADMIN, SECRET, scoped
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api import Settings
from wherry.api.app import create_app
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.models.openai import OpenAIChat
from wherry.os import AgentOS
from wherry.os.config import AuthorizationConfig

RECORDED = json.loads(Path(__file__).with_name("agno_evals.json").read_text(encoding="utf-8"))


@pytest.fixture
def db(tmp_path):
    made = SqliteDb(db_file=str(tmp_path / "e.db"), id="desk")
    stored(made)
    yield made
    made.close()


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def served(db, **given):
    return AgentOS(id="desk", agents=[Agent(id="ada", model=OpenAIChat(id="m"), db=db)], telemetry=False, **given)


@pytest.mark.parametrize("kind", ["blocking", "async"])
def test_the_answers_are_those_of_agentos(db, kind):
    used = db if kind == "blocking" else AsyncSqliteDb(db_file=db.db_file, id="desk")
    told = json.loads(json.dumps(answers("wherry", used)))
    for mine, recorded in zip(told, RECORDED, strict=True):
        if mine[0].endswith("eval_types=speed"):  # said in words of its own
            mine[2] = recorded[2]
        assert mine == recorded


def test_a_database_of_documents_answers_too():
    db = InMemoryDb()
    stored(db)
    with TestClient(served(db).get_app()) as client:
        assert client.get("/eval-runs?limit=3").json()["meta"]["total_count"] == 4
        assert client.patch("/eval-runs/e1", json={"name": "Better"}).json()["name"] == "Better"
        assert client.request("DELETE", "/eval-runs", json={"eval_run_ids": ["e1"]}).status_code == 204
        assert client.get("/eval-runs/e1").status_code == 404


def test_no_eval_is_run_over_http(db):
    with TestClient(served(db).get_app(), raise_server_exceptions=False) as client:
        answer = client.post("/eval-runs", json={"agent_id": "ada", "eval_type": "accuracy", "input": "2+2"})
    assert (answer.status_code, answer.json()["feature"]) == (405, "eval.suite")


def test_a_token_of_the_server_that_is_no_admins_sees_no_results(db):
    tokens = {"a-user's-token": frozenset({"read", "run"}), "an-admin's-token": frozenset({"admin"})}
    with TestClient(create_app(served(db).as_service(), Settings(tokens=tokens))) as client:
        for token, status in zip(tokens, (403, 200), strict=True):
            assert client.get("/eval-runs", headers=bearer(token)).status_code == status
            assert client.get("/eval-runs/e1", headers=bearer(token)).status_code == status
            assert client.patch("/eval-runs/e1", json={"name": "N"}, headers=bearer(token)).status_code == status


def test_users_with_jwts_are_kept_apart(db):
    db.update_eval_run_user_id("e1", "jo")
    rules = AuthorizationConfig(verification_keys=[SECRET], algorithm="HS256", user_isolation=True)
    app = served(db, authorization=True, authorization_config=rules).get_app()
    with TestClient(app) as client:
        scopes = ("evals:read", "evals:write", "evals:delete")
        al, jo = (bearer(scoped(*scopes, sub=user)) for user in ("al", "jo"))
        assert client.get("/eval-runs", headers=bearer(scoped("agents:read"))).status_code == 403
        totals = [client.get("/eval-runs", headers=who).json()["meta"]["total_count"] for who in (al, jo)]
        assert totals == [0, 1]
        assert client.get("/eval-runs", headers=bearer(scoped(*ADMIN))).json()["meta"]["total_count"] == 4
        assert [client.get("/eval-runs/e1", headers=who).status_code for who in (al, jo)] == [404, 200]
        assert client.patch("/eval-runs/e1", json={"name": "N"}, headers=al).status_code == 404
        client.request("DELETE", "/eval-runs", json={"eval_run_ids": ["e1"]}, headers=al)
        assert client.get("/eval-runs/e1", headers=jo).status_code == 200
        client.request("DELETE", "/eval-runs", json={"eval_run_ids": ["e1"]}, headers=jo)
        assert client.get("/eval-runs/e1", headers=jo).status_code == 404
