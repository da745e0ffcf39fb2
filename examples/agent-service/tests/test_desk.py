"""The service as its users meet it, with a scripted model behind real HTTP."""

import json

import pytest
from starlette.testclient import TestClient

from wherry.testing import ReplayServer


@pytest.fixture
def client(tmp_path, monkeypatch):
    """The service on a database of its own; `client.says(...)` sets what the model answers."""
    monkeypatch.setenv("DESK_DB", str(tmp_path / "desk.db"))
    with ReplayServer() as server, server.environment():
        import desk.service as service

        monkeypatch.setattr(service, "desk", service.desk_agent(str(tmp_path / "desk.db")))
        monkeypatch.setattr(service, "quotes", service.quote_agent())
        with TestClient(service.app) as client:
            client.says = lambda *replies: server.reset(replies)
            client.model = server
            yield client


def call(tool, /, **arguments):
    return {"tool_calls": [{"name": tool, "arguments": arguments}]}


def test_a_boat_is_looked_up_and_booked_in_one_conversation(client):
    client.says(
        call("free_boats", day="Friday", people=4),
        "Hathor is free.",
        call("book", boat="Hathor", day="Friday", name="Ada"),
        "Done.",
    )
    first = client.post("/ask", json={"session": "s", "question": "What is free on Friday for four?"}).json()
    assert (first["answer"], first["tools"], first["status"]) == ("Hathor is free.", ["free_boats"], "COMPLETED")
    second = client.post("/ask", json={"session": "s", "question": "Book it for Ada."}).json()
    assert second["state"]["booked"] == ["Hathor on Friday"]
    assert second["state"]["last_day"] == "Friday"
    roles = [role for role, _ in client.model.requests[-1].turns]
    assert roles.count("user") == 2
    client.model.assert_done()


def test_a_boat_that_is_taken_stays_with_whoever_was_first(client):
    client.says(*[call("book", boat="Hathor", day="Friday", name="Ada"), "Done."] * 2)
    client.post("/ask", json={"session": "a", "question": "Book Hathor on Friday."})
    answer = client.post("/ask", json={"session": "b", "question": "Book Hathor on Friday."}).json()
    assert answer["state"]["booked"] == []
    assert "Hathor is taken on Friday." in str(client.model.requests[-1].body)


def test_a_wrong_boat_is_corrected_by_the_tool(client):
    client.says(call("price", boat="Titanic"), call("price", boat="Albion", days=2), "£840 for two days.")
    answer = client.post("/ask", json={"session": "s", "question": "What is Albion for two days?"}).json()
    assert answer["answer"] == "£840 for two days."
    assert "There is no boat 'Titanic'" in str(client.model.requests[1].body)


def test_private_details_never_reach_the_model(client):
    client.says("Thanks.")
    answer = client.post("/ask", json={"session": "s", "question": "My card is 4111 1111 1111 1111"}).json()
    assert answer["status"] == "ERROR"
    assert client.model.requests == []


def test_the_answer_comes_in_pieces(client):
    client.says(call("free_boats", day="Friday"), "Swallow is free.")
    with client.stream("POST", "/stream", json={"session": "s", "question": "What is free?"}) as response:
        lines = [json.loads(line) for line in response.iter_lines()]
    assert lines[0] == {"tool": "free_boats"}
    assert "".join(line.get("text", "") for line in lines) == "Swallow is free."


def test_a_wish_becomes_a_quote(client):
    client.says(call("price", boat="Swallow", days=2), {"content": {"boat": "Swallow", "days": 2, "pounds": 120}})
    assert client.post("/quote", json={"wish": "Swallow for two days"}).json() == {
        "boat": "Swallow",
        "days": 2,
        "pounds": 120,
    }


def test_a_conversation_can_be_read_back(client):
    client.says("Hello.")
    client.post("/ask", json={"session": "s", "question": "Hi"})
    found = client.get("/sessions/s").json()
    assert [message["role"] for message in found["messages"]][-2:] == ["user", "assistant"]
    assert client.get("/sessions/none").status_code == 404
