"""AgentOS's endpoints of memories: answers that AgentOS gave, callers apart, memories made fewer."""

import json
import re
from pathlib import Path

import pytest
from runtime.api.memory_answers import answers, stored
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api import Settings
from wherry.api.app import create_app
from wherry.api.os import AgentOS
from wherry.db.in_memory import InMemoryDb
from wherry.db.schemas.memory import UserMemory
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.models.openai import OpenAIChat

RECORDED = Path(__file__).with_name("agno_memories.json").read_text(encoding="utf-8")
# What is said in words of its own.
OWN = {
    r"Memory with ID (\w+) not found": r"Memory '\1' not found",
    r"No memories found for user (\w+)": r"Nothing is remembered about the user '\1'.",
}


@pytest.fixture
def db(tmp_path):
    made = SqliteDb(db_file=str(tmp_path / "m.db"), id="desk")
    stored(made)
    yield made
    made.close()


def client_on(db, **settings):
    """A client of a server over a database."""
    service = AgentOS(agents=[Agent(id="ada", model=OpenAIChat(id="m"), db=db)]).as_service()
    return TestClient(create_app(service, Settings(**settings)), raise_server_exceptions=False)


@pytest.mark.parametrize("kind", ["blocking", "async"])
def test_the_answers_are_those_of_agentos(db, kind):
    served = db if kind == "blocking" else AsyncSqliteDb(db_file=db.db_file, id="desk")
    told = json.loads(json.dumps(answers("wherry", served)))
    text = RECORDED
    for theirs, own in OWN.items():
        text, times = re.subn(theirs, own, text)
        assert times > 0
    for mine, recorded in zip(told, json.loads(text), strict=True):
        assert mine == recorded


def test_a_page_beyond_the_last_still_tells_how_many_there_are(db):
    with client_on(db) as client:
        told = client.get("/memories?limit=2&page=9").json()
    assert (told["data"], told["meta"]["total_count"], told["meta"]["total_pages"]) == ([], 5, 3)


def test_a_database_of_documents_answers_too():
    db = InMemoryDb(id="desk")
    stored(db)
    with client_on(db) as client:
        assert [one["memory_id"] for one in client.get("/memories?user_id=jo").json()["data"]] == ["m2", "m1"]
        assert client.get("/user_memory_stats").json()["meta"]["total_count"] == 3
        assert client.delete("/memories/m1").status_code == 204
        assert client.get("/memories/m1").status_code == 404


def test_the_oldest_kind_of_rows_is_shown_as_text_and_empty_ones_are_not_listed(db):
    for number, memory in enumerate(({"memory": "Old."}, {"note": "Older."}, "")):
        db.upsert_user_memory(UserMemory(memory_id=f"o{number}", memory=memory, user_id="eve"))
    with client_on(db) as client:
        told = client.get("/memories?user_id=eve&sort_by=memory_id&sort_order=asc").json()["data"]
    assert [one["memory"] for one in told] == ["Old.", '{"note": "Older."}']


@pytest.mark.parametrize(
    ("method", "address", "body", "status"),
    [
        ("GET", "/user_memory_stats?page=0", None, 422),  # where AgentOS fails with 500
        ("GET", "/memories?page=0", None, 422),  # likewise
        ("GET", f"/memories?page={'9' * 20}", None, 422),  # here, too
        ("POST", "/memories", {"memory": "x" * 5001, "user_id": "jo"}, 422),
        ("POST", "/memories", {"memory": "a\0b", "user_id": "jo"}, 400),
        ("POST", "/memories", {"memory": "x", "user_id": "\0"}, 400),
        ("POST", "/memories", {"memory": "x", "user_id": "jo", "topics": ["a\\\0"]}, 400),
        ("POST", "/memories?db_id=nowhere", {"memory": "x", "user_id": "jo"}, 404),
        ("POST", "/memories", [1], 400),
        ("POST", "/optimize-memories", {"user_id": "jo", "model": "nonsense"}, 400),
    ],
)
def test_what_makes_no_sense_is_refused(db, method, address, body, status):
    with client_on(db) as client:
        answer = client.request(method, address, json=body)
        assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)
        assert client.get("/memories").json()["meta"]["total_count"] == 5


@pytest.mark.parametrize("text", ["Writes \\u0000 for NUL.", "\\\\u0000"])
def test_a_text_about_nul_characters_has_none(db, text):
    with client_on(db) as client:
        assert client.post("/memories", json={"memory": text, "user_id": "jo"}).json()["memory"] == text


@pytest.mark.parametrize("apply", [True, False])
def test_memories_are_made_fewer(db, server, apply):
    server.add("Jo rows on Sundays and owns a boat.")
    with client_on(db) as client:
        told = client.post("/optimize-memories", json={"user_id": "jo", "model": "openai:m", "apply": apply}).json()
        assert (told["memories_before"], told["memories_after"]) == (2, 1)
        assert told["tokens_saved"] == told["tokens_before"] - told["tokens_after"]
        assert told["memories"][0]["memory"] == "Jo rows on Sundays and owns a boat."
        assert "Owns a boat." in str(server.requests[-1].body)
        assert client.get("/memories?user_id=jo").json()["meta"]["total_count"] == (1 if apply else 2)


@pytest.mark.parametrize(("status", "name"), [(429, "model_rate_limit_error"), (401, "model_provider_error")])
def test_a_model_that_fails_is_told_with_its_status(db, server, status, name):
    server.add({"status": status, "error": "not now", "times": "forever"})
    with client_on(db) as client:
        answer = client.post("/optimize-memories", json={"user_id": "jo", "model": "openai:m"})
        assert client.get("/memories?user_id=jo").json()["meta"]["total_count"] == 2
    # As AgentOS 3.1.10 tells it.
    told = {"detail": "not now", "error_id": name, "error_type": "model_provider_error"}
    assert (answer.status_code, answer.json()) == (status, told)


def test_callers_name_the_user_they_ask_about(db):
    tokens = {"reader": {"read"}, "worker": {"read", "run"}, "boss": {"admin"}, "blind": {"run"}}
    with client_on(db, tokens={name: frozenset(scopes) for name, scopes in tokens.items()}) as client:

        def asked(token, method, address, body=None):
            headers = {"authorization": f"Bearer {token}"}
            return client.request(method, address, json=body, headers=headers).status_code

        assert client.get("/memories").status_code == 401
        for address in ("/memories", "/memories/m1", "/memory_topics", "/user_memory_stats"):
            named = f"{address}?user_id=jo"
            assert [asked("reader", "GET", where) for where in (address, named)] == [403, 200]
            assert [asked("boss", "GET", where) for where in (address, named)] == [200, 200]
            assert asked("blind", "GET", named) == 403
        note = {"memory": "Is late.", "user_id": "jo"}
        assert [asked(who, "POST", "/memories", note) for who in ("reader", "worker", "boss")] == [403, 200, 200]
        # A memory of another user is neither changed nor deleted under the name of one's own.
        assert asked("worker", "PATCH", "/memories/m3", note) == 404
        assert asked("worker", "PATCH", "/memories/m1", note) == 200
        assert asked("worker", "DELETE", "/memories/m3?user_id=jo") == 204
        assert asked("worker", "DELETE", "/memories", {"memory_ids": ["m3"], "user_id": "jo"}) == 204
        assert asked("boss", "GET", "/memories/m3") == 200
        for method, address, body in (
            ("DELETE", "/memories/m3", None),
            ("DELETE", "/memories", {"memory_ids": ["m3"]}),
            ("POST", "/optimize-memories", {"user_id": "nobody"}),
        ):
            assert asked("reader", method, address, body) == 403
            assert asked("worker", method, address, body) == (404 if address == "/optimize-memories" else 403)
        assert asked("boss", "GET", "/memories/m3") == 200
