"""Runtimes elsewhere: a server in front hands requests on to one that speaks the same contract, and changes nothing."""

import dataclasses
import json

import api_desk
import httpx
import pytest
from runtime.api.jwt_answers import SECRET, signed
from starlette.testclient import TestClient

from wherry.api import RuntimeService, Settings, create_app
from wherry.api.remote import RemoteRuntime, named_runtimes
from wherry.core.errors import ConfigurationError
from wherry.os.middleware import JWTMiddleware

OLD = "/v1/runtime/old"
READ, RUN, OTHER, ADMIN = "read-token-1", "run-token-12", "run-token-34", "admin-token"
TOKENS = {
    READ: frozenset({"read"}),
    RUN: frozenset({"read", "run"}),
    OTHER: frozenset({"read", "run"}),
    ADMIN: frozenset({"admin"}),
}


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def in_front_of(address, settings=None, **given):
    return TestClient(
        create_app(RuntimeService(), settings, remotes={"old": RemoteRuntime(address, **given)}),
        raise_server_exceptions=False,
    )


@pytest.fixture
def behind(server, tmp_path):
    """The address of a server with owners."""
    app = create_app(api_desk.service_in(tmp_path))
    with api_desk.listening(app) as address:
        yield address


def test_everything_of_a_runtime_is_handed_on(server, behind):
    server.add("One.", "Two.", "Three.")
    with in_front_of(behind) as client:
        assert [one["id"] for one in client.get(f"{OLD}/agents").json()["items"]] == ["ada", "asker"]
        ran = client.post(f"{OLD}/agents/ada:run", json={"input": "Hi", "sessionId": "s 1/ü"})
        assert (ran.status_code, ran.json()["content"]) == (200, "One.")
        shown = httpx.get(f"{behind}/v1/runtime/wherry/runs/{ran.json()['runId']}").json()
        assert shown == client.get(f"{OLD}/runs/{ran.json()['runId']}").json() == ran.json()
        made = client.post(f"{OLD}/agents", json={"id": "eve", "model_ref": "openai:m"})
        assert made.status_code == 201
        key = {"idempotency-key": "once"}
        twice = [client.post(f"{OLD}/agents/eve:run", json={"input": "x"}, headers=key).json() for _ in range(2)]
        assert twice[0]["runId"] == twice[1]["runId"]
        assert client.delete(f"{OLD}/agents/eve").status_code == 204
        assert client.get("/v1/runtime/wherry/agents").json() == {"items": []}


def test_a_run_that_is_handed_on_is_the_user_of_the_token(server, behind):
    server.add("One.")
    front = create_app(RuntimeService(), remotes={"old": RemoteRuntime(behind)})
    names = {"session_id_claim": "sid", "session_state_claims": ["tide"], "dependencies_claims": ["berth"]}
    front.add_middleware(JWTMiddleware, verification_keys=[SECRET], algorithm="HS256", **names)
    with TestClient(front) as client:
        asked = {"input": "Hi", "userId": "somebody", "sessionId": "other", "sessionState": {"tide": "low"}}
        who = bearer(signed(sid="s 1", tide="high", berth=7))
        ran = client.post(f"{OLD}/agents/ada:run", json=asked, headers=who).json()
        assert (ran["sessionId"], ran["session"]["userId"]) == ("s 1", "jo")
        assert ran["outputs"]["session_state"] == {"tide": "high"}
        assert client.post(f"{OLD}/agents/ada:run", content=b"{", headers=who).status_code == 400
        assert client.post(f"{OLD}/agents/ada:run", json=[], headers=who).status_code in (400, 422)


def test_no_encoded_slash_asks_the_other_server_for_something_else(behind):
    with in_front_of(behind) as client:
        assert client.get("/v1%2Fruntime/old/sessions/agents").status_code == 400
        assert client.get("/v1/runtime/o%6cd/sessions/agents").status_code == 400
        assert client.get(f"{OLD}/sessions/agents").status_code == 404


def test_a_stream_comes_piece_by_piece_and_is_resumed(server, behind):
    server.add("one two three")
    with in_front_of(behind) as client:
        told = client.post(f"{OLD}/agents/ada:run", json={"input": "Hi", "stream": True})
        assert told.headers["content-type"].startswith("text/event-stream")
        frames = told.text.strip().split("\n\n")
        result = json.loads(frames[-1].partition("data: ")[2])
        again = client.get(
            f"{OLD}/runs/{told.headers['x-run-id']}", headers={"accept": "text/event-stream", "last-event-id": "1"}
        )
        assert again.text.strip().split("\n\n") == frames[2:]
        assert result["content"] == "one two three"


def test_problems_and_refused_methods_come_through(behind):
    with in_front_of(behind) as client:
        missing = client.get(f"{OLD}/agents/nobody")
        assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
        assert missing.headers["content-type"] == "application/problem+json"
        unknown = client.get("/v1/runtime/moon/agents")
        assert "old, wherry" in unknown.json()["detail"]
        wrong = client.put(f"{OLD}/agents")
        assert wrong.status_code == 405
        foreign = client.post(f"{OLD}/agents", json={}, headers={"origin": "http://evil.example"})
        assert foreign.status_code == 403


def test_a_server_that_is_not_there_is_a_problem():
    with in_front_of("http://127.0.0.1:9") as client:
        answer = client.get(f"{OLD}/agents")
        assert (answer.status_code, answer.json()["code"]) == (502, "unavailable")
        assert "'old'" in answer.json()["detail"]
        assert client.get("/v1/runtime/wherry/agents").status_code == 200


def test_tokens_are_asked_for_in_front_and_keep_sessions_apart_behind(server, tmp_path):
    server.add("Mine.")
    settings = Settings(tokens=TOKENS)
    with (
        api_desk.listening(create_app(api_desk.service_in(tmp_path), settings)) as address,
        in_front_of(address, settings) as client,
    ):
        assert client.get(f"{OLD}/agents").status_code == 401
        assert client.get(f"{OLD}/agents", headers=bearer("forged-token")).status_code == 401
        body = {"input": "Hi", "sessionId": "s1"}
        assert client.post(f"{OLD}/agents/ada:run", json=body, headers=bearer(READ)).status_code == 403
        assert client.post(f"{OLD}/agents", json={}, headers=bearer(RUN)).status_code == 403
        assert client.post(f"{OLD}/parity-tests:run", json={}, headers=bearer(RUN)).status_code == 403
        assert client.post(f"{OLD}/agents/ada:run", json=body, headers=bearer(RUN)).json()["sessionId"] == "s1"
        assert client.get(f"{OLD}/sessions/s1", headers=bearer(RUN)).status_code == 200
        assert client.get(f"{OLD}/sessions/s1", headers=bearer(OTHER)).status_code == 404
        assert client.delete(f"{OLD}/sessions/s1", headers=bearer(RUN)).status_code == 204


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("agents/ada:run", {"input": {"role": "user", "content": "Hi", "files": [{"filepath": "/etc/hostname"}]}}),
        ("runs/r1:continue", {"requirements": [{"step_output": {"images": [{"filepath": "/etc/hostname"}]}}]}),
    ],
)
def test_a_path_is_not_handed_on_to_a_server_that_would_read_it(path, body):
    with in_front_of("http://127.0.0.1:9", Settings(tokens=TOKENS)) as client:
        refused = client.post(f"{OLD}/{path}", json=body, headers=bearer(RUN))
        assert (refused.status_code, refused.json()["code"]) == (422, "media_path")
        for content in (b"[1]", b'{"input": "Hi", "requirements": 5}'):  # for the other server to judge
            assert client.post(f"{OLD}/{path}", content=content, headers=bearer(RUN)).status_code == 502
        # Python's own reader would take this.
        loose = json.dumps({"x": float("nan"), **body})
        assert client.post(f"{OLD}/{path}", content=loose, headers=bearer(RUN)).status_code == 400
    with in_front_of("http://127.0.0.1:9") as client:
        assert client.post(f"{OLD}/{path}", json=body).status_code == 502


def test_a_token_is_refused_before_anything_is_handed_on():
    settings = dataclasses.replace(Settings(), tokens=TOKENS)
    with in_front_of("http://127.0.0.1:9", settings) as client:
        assert client.get(f"{OLD}/agents").status_code == 401
        assert client.get(f"{OLD}/agents", headers=bearer(READ)).status_code == 502


@pytest.mark.parametrize("word", ["old", "wherry=http://x", "Old=http://x", "old=ftp://x", "old=http://", "a=b=c"])
def test_an_address_that_is_none_is_refused(word):
    with pytest.raises(ConfigurationError):
        named_runtimes([word])


def test_names_and_addresses_are_read():
    found = named_runtimes(["old=http://127.0.0.1:7778/", "agno=http://10.0.0.1:1#agno"])
    assert [(one.address, one.runtime) for one in found.values()] == [
        ("http://127.0.0.1:7778", "wherry"),
        ("http://10.0.0.1:1", "agno"),
    ]
    with pytest.raises(ConfigurationError):
        named_runtimes(["old=http://x", "old=http://y"])
