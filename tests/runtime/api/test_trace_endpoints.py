"""AgentOS's endpoints of traces: answers that AgentOS gave, callers apart, databases that keep none."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from runtime.api.trace_answers import answers, app_of, stored
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api import Settings
from wherry.api.os import AgentOS
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb

RECORDED = json.loads(Path(__file__).with_name("agno_traces.json").read_text(encoding="utf-8"))


@pytest.fixture
def db(tmp_path):
    made = SqliteDb(db_file=str(tmp_path / "t.db"), id="desk")
    stored("wherry", made)
    yield made
    made.close()


@pytest.fixture
def client(db):
    with TestClient(app_of("wherry", db), raise_server_exceptions=False) as made:
        yield made


@pytest.mark.parametrize("kind", ["blocking", "async"])
def test_the_answers_are_those_of_agentos(db, kind):
    served = db if kind == "blocking" else AsyncSqliteDb(db_file=db.db_file, id="desk")
    with TestClient(app_of("wherry", served), raise_server_exceptions=False) as client:
        told = json.loads(json.dumps(answers(client)))
    assert told.keys() == RECORDED.keys()
    for asked, answer in told.items():
        assert answer == RECORDED[asked], asked


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"op": "X"}, "Unknown filter operator"),
        ({"op": "EQ", "key": "status"}, "requires"),
        ({"op": "EQ", "key": "nope", "value": 1}, "no field 'nope'"),
        ({"op": "AND", "conditions": []}, "has none"),
    ],
)
@pytest.mark.parametrize("group", ["run", "session"])
def test_a_condition_that_cannot_be_meant_is_named(client, asked, said, group):
    answer = client.post("/traces/search", json={"filter": asked, "group_by": group})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Invalid filter expression: ")
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/traces?start_time=x", "/traces?end_time=12", "/trace_session_stats?start_time=x"])
def test_a_moment_that_is_none_is_named(client, path):
    answer = client.get(path)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("{}={!r} is no moment: ".format(*path.partition("?")[2].split("=")))


def test_a_plus_that_the_address_lost_is_found_again(client):
    assert client.get("/traces?start_time=2026-05-12T12:00:01+01:00").json()["meta"]["total_count"] == 0
    assert client.get("/traces?start_time=2026-05-12T11:00:01+01:00").json()["meta"]["total_count"] == 3


@pytest.mark.parametrize("body", ["[]", "{", '"x"'])
def test_a_body_that_is_no_object_is_refused(client, body):
    assert client.post("/traces/search", content=body).status_code == 400


def test_a_condition_with_a_nul_character_is_refused(client):
    """Postgres would fail."""
    order = {"filter": {"op": "EQ", "key": "agent_id", "value": "a\0b"}}
    answer = client.post("/traces/search", json=order)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_databases_are_told_apart(db, tmp_path):
    other = SqliteDb(db_file=str(tmp_path / "other.db"), id="other")
    app = AgentOS(agents=[Agent(id="ada", db=db), Agent(id="bob", db=other)]).get_app()
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get("/traces").json()["detail"] == (
            "Name a db_id: this server has the databases 'desk', 'other'."
        )
        assert client.get("/traces?db_id=desk").json()["meta"]["total_count"] == 4
        assert client.get("/traces?db_id=other").json()["meta"]["total_count"] == 0
    with TestClient(AgentOS(agents=[Agent(id="ada")]).get_app(), raise_server_exceptions=False) as client:
        assert client.get("/traces").json() == {
            "detail": "This server has no database: give one to its AgentOS, or to an agent."
        }


def test_a_database_without_traces_says_so():
    with TestClient(app_of("wherry", InMemoryDb(id="m")), raise_server_exceptions=False) as client:
        answer = client.get("/traces")
    assert answer.status_code == 500
    assert answer.json()["detail"].startswith("Error retrieving traces: ")


def test_an_error_of_the_database_is_told_without_its_password(monkeypatch, db):
    def refuse(**asked):
        raise OSError("postgresql://ada:hunter2-and-more@harbour/desk is gone")

    monkeypatch.setattr(db, "get_traces", refuse)
    with TestClient(app_of("wherry", db), raise_server_exceptions=False) as client:
        answer = client.get("/traces")
    assert answer.status_code == 500
    assert "is gone" in answer.text
    assert "hunter2" not in answer.text


def test_a_server_that_nobody_asks_imports_no_pydantic():
    """Of what a server holds, a seventh."""
    code = "import sys; from wherry.os import AgentOS; AgentOS().get_app(); sys.exit('pydantic' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_callers_see_the_traces_of_their_own_sessions(db):
    from wherry.api.app import create_app

    settings = Settings(
        tokens={
            "jo-token": frozenset({"read"}),
            "al-token": frozenset({"read"}),
            "boss": frozenset({"admin"}),
            "none": frozenset({"run"}),
        }
    )
    app = create_app(AgentOS(agents=[Agent(id="ada", db=db)], db=db).as_service(), settings)
    with TestClient(app, raise_server_exceptions=False) as client:

        def asked(token, path, **given):
            method = client.post if given else client.get
            return method(path, headers={"authorization": f"Bearer {token}"}, **given)

        for token in ("jo-token", "al-token"):
            assert asked(token, "/traces").json()["meta"]["total_count"] == 0
            assert asked(token, "/trace_session_stats").json()["meta"]["total_count"] == 0
            assert asked(token, "/traces/search", json={"group_by": "session"}).json()["data"] == []
            assert asked(token, "/traces/t1").status_code == asked(token, "/traces/t1?span_id=a").status_code == 404
        assert asked("boss", "/traces").json()["meta"]["total_count"] == 4
        assert asked("none", "/traces").status_code == 403
        assert client.get("/traces").status_code == 401
        own = tenant_of(db, settings, "jo-token")
        assert [one["session_id"] for one in asked("jo-token", "/traces").json()["data"]] == ["s1", "s1"]
        assert asked("jo-token", "/traces?session_id=s1&agent_id=ada").json()["meta"]["total_count"] == 1
        assert (
            asked(
                "jo-token", "/traces/search", json={"filter": {"op": "EQ", "key": "agent_id", "value": "ada"}}
            ).json()["data"][0]["session_id"]
            == "s1"
        )
        named = [{"op": "EQ", "value": "s1"}, {"op": "IN", "values": ["s0", "s1"]}, {"op": "STARTSWITH", "value": "s"}]
        for one in [*named, {"op": "CONTAINS", "value": "s1"}]:
            kept = {"key": "session_id", **one}
            for condition in (
                kept,
                {"op": "NOT", "condition": {"op": "OR", "conditions": [{"op": "NOT", "condition": kept}]}},
            ):
                for group in ("run", "session"):
                    body = {"filter": condition, "group_by": group}
                    found = asked("jo-token", "/traces/search", json=body).json()["data"]
                    assert {line["session_id"] for line in found} == {"s1"}, body
                    assert asked("al-token", "/traces/search", json=body).json()["data"] == []
        other = {"op": "NEQ", "key": "session_id", "value": "s1"}
        assert asked("jo-token", "/traces/search", json={"filter": other}).json()["data"] == []
        assert asked("jo-token", "/traces/t1").json()["session_id"] == "s1"
        assert asked("al-token", "/traces").json()["data"] == []
        assert own not in asked("jo-token", "/traces/t1").text


def tenant_of(db, settings, token):
    """Have session s1 belong to a token; the prefix of its sessions."""
    import sqlite3

    from starlette.requests import Request

    from wherry.api.access import caller_of

    scope = {"type": "http", "headers": [(b"authorization", f"Bearer {token}".encode())]}
    tenant = caller_of(Request(scope), settings).tenant
    with sqlite3.connect(db.db_file) as connection:
        connection.execute("UPDATE agno_traces SET session_id = ? || session_id WHERE session_id = 's1'", (tenant,))
    return tenant
