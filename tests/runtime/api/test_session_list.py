"""AgentOS's list of sessions: answers that AgentOS gave, callers apart."""

import hashlib
import json
from pathlib import Path

import pytest
from runtime.api.session_answers import ASKED, answers, stored
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api import Settings
from wherry.api.app import create_app
from wherry.api.os import AgentOS
from wherry.db.in_memory import InMemoryDb
from wherry.db.json import JsonDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.session import AgentSession

RECORDED = json.loads(Path(__file__).with_name("agno_sessions.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", ["blocking", "async"])
def test_the_answers_are_those_of_agentos(tmp_path, kind):
    db = SqliteDb(db_file=str(tmp_path / "s.db"), id="desk")
    stored(db)
    served = db if kind == "blocking" else AsyncSqliteDb(db_file=db.db_file, id="desk")
    told = json.loads(json.dumps(answers("wherry", served)))
    assert list(told) == list(ASKED) == list(RECORDED)
    for asked, answer in told.items():
        assert answer == RECORDED[asked], asked
    db.close()


@pytest.mark.parametrize("kind", [InMemoryDb, JsonDb])
def test_databases_of_documents_list_the_same(tmp_path, kind):
    db = kind(id="desk") if kind is InMemoryDb else kind(db_path=str(tmp_path), id="desk")
    stored(db)
    told = answers("wherry", db)
    for asked in ("", "?type=team", "?user_id=jo", "?limit=2&page=2"):
        assert outlined(told[asked]) == outlined(RECORDED[asked]), asked


def outlined(answer):
    """An answer without what the databases keep of a row each in its way."""
    status, body = answer
    names = ("session_id", "session_name", "session_type", "created_at", "total_tokens")
    return status, [[line.get(name) for name in names] for line in body["data"]], body["meta"]


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 20])
def test_a_page_that_is_none_is_refused(tmp_path, page):
    db = SqliteDb(db_file=str(tmp_path / "s.db"))
    with TestClient(AgentOS(agents=[Agent(id="ada", db=db)]).get_app()) as client:
        answer = client.get(f"/sessions?page={page}")
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["query", "page"])
    db.close()


def test_callers_are_told_of_their_own_sessions(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "s.db"))
    tokens = {name: frozenset({"read"}) for name in ("jo-token", "al-token")} | {"boss": frozenset({"admin"})}
    app = create_app(
        AgentOS(agents=[Agent(id="ada", db=db)]).as_service(), Settings(tokens={**tokens, "blind": frozenset({"run"})})
    )

    def prefixed(token, name):
        return f"{hashlib.sha256(token.encode()).hexdigest()[:12]}.{name}"

    def made(token, number):
        return AgentSession(session_id=prefixed(token, f"s{number}"), agent_id="ada", created_at=1_780_000_000 + number)

    db.upsert_sessions([made("jo-token", number) for number in range(5)])
    db.upsert_sessions([made("al-token", number) for number in range(100, 550)])
    with TestClient(app) as client:

        def asked(token, query=""):
            return client.get(f"/sessions{query}", headers={"authorization": f"Bearer {token}"})

        first, last = asked("jo-token", "?limit=3"), asked("jo-token", "?limit=3&page=2")
        assert [one["session_id"] for one in first.json()["data"]] == ["s4", "s3", "s2"]
        assert [one["session_id"] for one in last.json()["data"]] == ["s1", "s0"]
        assert first.json()["meta"]["total_count"] == last.json()["meta"]["total_count"] == 5
        assert first.json()["meta"]["total_pages"] == 2
        assert prefixed("jo-token", "") not in first.text
        assert asked("al-token").json()["meta"]["total_count"] == 450
        assert asked("boss").json()["meta"]["total_count"] == 455
        assert asked("blind").status_code == 403
        assert client.get("/sessions").status_code == 401
    db.close()
