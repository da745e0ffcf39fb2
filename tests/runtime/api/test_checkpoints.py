"""Checkpoints of runs and compacting over HTTP: answers that AgentOS gave, callers apart, going on from one."""

import json
import time
from pathlib import Path

import pytest
from runtime.api.checkpoint_answers import REPLIES, answers, application
from runtime.api.jwt_answers import SECRET, scoped
from starlette.testclient import TestClient

from wherry.api import Settings
from wherry.api.app import create_app
from wherry.os.middleware import JWTMiddleware
from wherry.testing import ReplayServer

RECORDED = json.loads(Path(__file__).with_name("agno_checkpoints.json").read_text(encoding="utf-8"))
HI = {"message": "How deep is it?", "stream": "false", "session_id": "a1"}


@pytest.fixture
def model():
    with ReplayServer([*REPLIES, *REPLIES, {"content": "Still deep."}]) as made, made.environment():
        yield made


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def test_the_answers_are_those_of_agentos(tmp_path):
    told = json.loads(json.dumps(answers("wherry", tmp_path)))
    for mine, recorded in zip(told, RECORDED, strict=True):
        assert mine == recorded


def test_a_run_goes_on_from_a_checkpoint_that_was_told(tmp_path, model):
    with TestClient(application("wherry", tmp_path)) as client:
        run = client.post("/agents/ada/runs", data=HI).json()
        path = f"/agents/ada/runs/{run['run_id']}"
        first = client.get(f"{path}/checkpoints?session_id=a1").json()["checkpoints"][0]
        snapshot = client.get(f"{path}/checkpoints/{first['message_index']}?session_id=a1").json()["snapshot"]
        model.requests.clear()
        order = {"session_id": "a1", "continue_from": first["continue_from"], "stream": "false"}
        assert client.post(f"{path}/continue", data=order).json()["status"] == "COMPLETED"
        sent = model.requests[0].body["messages"]
    assert [one["content"] for one in sent if one["role"] == "tool"] == [
        one["content"] for one in snapshot["messages"] if one["role"] == "tool"
    ]


def test_the_stored_run_is_not_changed_by_looking_at_it(tmp_path, model):
    with TestClient(application("wherry", tmp_path)) as client:
        run = client.post("/agents/ada/runs", data=HI).json()
        path = f"/agents/ada/runs/{run['run_id']}"
        before = client.get(f"{path}?session_id=a1").json()
        assert client.get(f"{path}/checkpoints/1?session_id=a1").json()["snapshot"]["messages"] != before["messages"]
        assert client.get(f"{path}?session_id=a1").json() == before


@pytest.mark.parametrize("path", ["runs/x/checkpoints", "runs/x/checkpoints/1", "sessions/x/compact"])
def test_workflows_have_no_checkpoints(path):
    from wherry.os import AgentOS
    from wherry.workflow import Workflow

    app = AgentOS(workflows=[Workflow(id="flow", steps=[])]).get_app()
    with TestClient(app) as client:
        method = "POST" if path.endswith("compact") else "GET"
        assert client.request(method, f"/workflows/flow/{path}?session_id=s").status_code == 404


def test_a_caller_sees_checkpoints_of_its_own_runs_only(tmp_path, model):
    service = next(iter(application("wherry", tmp_path).state.wherry.services.values()))
    tokens = {"first-token": frozenset({"run", "read"}), "other-token": frozenset({"run", "read"})}
    with TestClient(create_app(service, Settings(tokens=tokens))) as client:
        run = client.post("/agents/ada/runs", data=HI, headers=bearer("first-token")).json()
        path = f"/agents/ada/runs/{run['run_id']}/checkpoints?session_id=a1"
        mine = client.get(path, headers=bearer("first-token"))
        assert mine.json()["checkpoints"][0]["session_id"] == "a1"
        assert client.get(path, headers=bearer("other-token")).status_code == 404
        compact = "/agents/ada/sessions/a1/compact"
        assert client.post(compact, headers=bearer("first-token")).status_code == 200
        assert client.post(compact, headers=bearer("other-token")).status_code == 404


def test_a_scope_for_one_agent_is_none_for_sessions_of_others(tmp_path, model):
    app = application("wherry", tmp_path)
    app.add_middleware(
        JWTMiddleware, verification_keys=[SECRET], algorithm="HS256", authorization=True, user_isolation=True
    )
    every = ("agents:ada:run", "agents:read")
    until = int(time.time()) + 3600
    jo, al = (bearer(scoped(*every, sub=user, exp=until)) for user in ("jo", "al"))
    with TestClient(app) as client:
        run = client.post("/agents/ada/runs", data=HI, headers=jo).json()
        path = f"/agents/ada/runs/{run['run_id']}/checkpoints?session_id=a1"
        assert [client.get(path, headers=who).status_code for who in (jo, al)] == [200, 404]
        other = bearer(scoped("agents:bo:run", "agents:read", exp=until))
        assert client.get(path, headers=other).json() == {"detail": "Access denied to run this agent"}
        for what in ("compact", "fork"):
            statuses = [client.post(f"/agents/bo/sessions/a1/{what}", headers=other).status_code]
            statuses += [client.post(f"/agents/ada/sessions/a1/{what}", headers=who).status_code for who in (al, jo)]
            assert statuses == [404, 404 if what == "compact" else 400, 200]
