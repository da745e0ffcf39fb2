"""AgentOS's endpoints of approvals: answers that AgentOS gave, callers apart, a run that goes on after a decision."""

import json
import re
from pathlib import Path

import pytest
from api_desk import LAUNCH, agent
from runtime.api.approval_answers import answers, stored
from starlette.testclient import TestClient

from wherry.api import Settings
from wherry.api.app import create_app
from wherry.api.os import AgentOS
from wherry.approval import approval
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.tools import tool

RECORDED = Path(__file__).with_name("agno_approvals.json").read_text(encoding="utf-8")


@pytest.fixture
def db(tmp_path):
    made = SqliteDb(db_file=str(tmp_path / "a.db"), id="desk")
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["blocking", "async"])
def test_the_answers_are_those_of_agentos(db, kind):
    stored(db)
    served = db if kind == "blocking" else AsyncSqliteDb(db_file=db.db_file, id="desk")
    told = json.loads(json.dumps(answers("wherry", served)))
    # Said in words of its own.
    text, times = re.subn(
        r"Approval is already ('\w+') and cannot be resolved",
        r"This approval was decided before: it is \1.",
        RECORDED,
    )
    assert times == 1
    for mine, recorded in zip(told, json.loads(text), strict=True):
        assert mine == recorded


def test_a_database_without_approvals_says_so():
    with TestClient(AgentOS(agents=[agent()], db=InMemoryDb(id="desk")).get_app()) as client:
        for method, address in (("GET", "/approvals"), ("GET", "/approvals/p1"), ("DELETE", "/approvals/p1")):
            answer = client.request(method, address)
            assert (answer.status_code, "InMemoryDb keeps no approvals" in answer.json()["detail"]) == (503, True)


def test_the_servers_database_is_asked_then_the_only_one_of_agents_then_the_one_named(db, tmp_path):
    """AgentOS 3.1.10 answers 503 without a database of its own."""
    stored(db)
    with TestClient(AgentOS(agents=[agent(db=db)]).get_app()) as client:
        assert client.get("/approvals/count").json() == {"count": 2}
    other = SqliteDb(db_file=str(tmp_path / "other.db"), id="other")
    with TestClient(AgentOS(agents=[agent(db=db), agent(id="bob", db=other)]).get_app()) as client:
        assert client.get("/approvals/count").status_code == 400
        assert client.get("/approvals/count?db_id=desk").json() == {"count": 2}
        assert client.get("/approvals/count?db_id=other").json() == {"count": 0}
    with TestClient(AgentOS(agents=[agent(db=other)], db=db).get_app()) as client:
        assert client.get("/approvals/count").json() == {"count": 2}
    other.close()


def test_what_is_not_there_is_not_deleted(db):
    with TestClient(AgentOS(agents=[agent()], db=db).get_app()) as client:
        assert client.delete("/approvals/none").status_code == 404  # where AgentOS fails with 500


@approval
@tool(requires_confirmation=True)
def launch(place: str) -> str:
    """Launch a boat."""
    return f"launched at {place}"


def test_who_began_a_run_reads_its_approval_and_an_admin_decides(db, server):
    server.add(LAUNCH, "It floats")
    tokens = {name: frozenset({"read", "run"}) for name in ("jo", "al")} | {"boss": frozenset({"admin"})}
    app = create_app(AgentOS(agents=[agent(tools=[launch])], db=db).as_service(), Settings(tokens=tokens))
    with TestClient(app) as client:

        def asked(who, method, address, **more):
            return client.request(method, address, headers={"authorization": f"Bearer {who}"}, **more)

        form = {"message": "Go", "stream": "false", "session_id": "s1"}
        run = asked("jo", "POST", "/agents/ada/runs", data=form).json()
        waits = asked("boss", "GET", "/approvals?status=pending").json()["data"]
        address = f"/approvals/{waits[0]['id']}"
        assert (len(waits), waits[0]["run_id"]) == (1, run["run_id"])
        shown = asked("jo", "GET", address)
        assert (shown.json()["session_id"], shown.json()["tool_name"]) == ("s1", "launch")
        assert asked("jo", "GET", f"{address}/status").json()["status"] == "pending"
        assert [asked("al", "GET", where).status_code for where in (address, f"{address}/status")] == [404, 404]
        decision = {"status": "approved", "resolved_by": "boss"}
        for method, where in (("POST", f"{address}/resolve"), ("DELETE", address), ("GET", "/approvals")):
            assert asked("jo", method, where, json=decision).status_code == 403
        assert asked("boss", "POST", f"{address}/resolve", json=decision).json()["resolved_by"] == "boss"
        more = {"session_id": "s1", "stream": "false"}
        done = asked("jo", "POST", f"/agents/ada/runs/{run['run_id']}/continue", data=more).json()
        assert (done["status"], done["content"]) == ("COMPLETED", "It floats")
