"""A session is copied over HTTP, by who may see it, and both conversations go on."""

import pytest
from api_desk import BASE, client_of, service_in

from wherry.api import Settings

TOKENS = {"first-of-two-tokens": frozenset({"read", "run"}), "other-of-two-tokens": frozenset({"read", "run"})}
OWNERS = {"agents": "ada", "teams": "crew"}


@pytest.fixture
def client(tmp_path):
    with client_of(service_in(tmp_path)) as client:
        yield client


@pytest.fixture
def guarded(tmp_path):
    with client_of(service_in(tmp_path), Settings(tokens={**TOKENS, "a-reader-token": frozenset({"read"})})) as client:
        yield client


def run(client, kind, message, session, **more):
    form = {"message": message, "session_id": session, "stream": "false", "user_id": "u1"}
    answer = client.post(f"/{kind}/{OWNERS[kind]}/runs", data=form, **more)
    assert answer.status_code == 200
    return answer.json()["run_id"]


def fork(client, kind, session, owner=None, **more):
    return client.post(f"/{kind}/{owner or OWNERS[kind]}/sessions/{session}/fork", **more)


def runs_of(client, session, **more):
    return [one["run_id"] for one in client.get(f"/sessions/{session}/runs", **more).json()]


@pytest.mark.parametrize("kind", OWNERS)
def test_a_session_is_copied_and_both_go_on(client, server, kind):
    server.add({"content": "Yes.", "times": "forever"})
    first = run(client, kind, "One", "s1")
    answer = fork(client, kind, "s1")
    assert answer.status_code == 200
    made = answer.json()["session_id"]
    assert answer.json() == {"session_id": made, "forked_from_session_id": "s1"}
    (copied,) = runs_of(client, made)
    assert copied != first
    run(client, kind, "Two", made)
    assert len(runs_of(client, made)) == 2
    assert runs_of(client, "s1") == [first]


@pytest.mark.parametrize("kind", OWNERS)
def test_what_cannot_be_copied_is_refused(client, server, kind):
    server.add({"content": "Yes.", "times": "forever"})
    run(client, kind, "One", "s1")
    assert fork(client, kind, "s1", params={"user_id": "u1"}).status_code == 200
    for answer in (fork(client, kind, "s1", params={"user_id": "u2"}), fork(client, kind, "nothing")):
        assert answer.status_code == 400
        assert "no runs to fork" in answer.json()["detail"]
    assert fork(client, kind, "s1", owner="nobody").status_code == 404
    assert fork(client, "workflows", "s1", owner="flow").status_code == 404


def test_the_copy_is_the_callers_own_and_nobody_elses_is_copied(guarded, server):
    server.add({"content": "Yes.", "times": "forever"})
    mine, other = ({"headers": {"authorization": f"Bearer {token}"}} for token in TOKENS)
    run(guarded, "agents", "One", "s1", **mine)
    refused = fork(guarded, "agents", "s1", **other)
    assert refused.status_code == 400
    assert "'s1'" in refused.json()["detail"]
    answer = fork(guarded, "agents", "s1", **mine)
    made = answer.json()["session_id"]
    assert answer.json() == {"session_id": made, "forked_from_session_id": "s1"}
    assert len(runs_of(guarded, made, **mine)) == 1
    assert guarded.get(f"{BASE}/sessions/{made}", **mine).status_code == 200
    assert guarded.get(f"{BASE}/sessions/{made}", **other).status_code == 404
    reader = {"headers": {"authorization": "Bearer a-reader-token"}}
    assert fork(guarded, "agents", "s1", **reader).status_code == 403
    assert fork(guarded, "agents", "s1").status_code == 401
