"""Runs that wait for an approval: on a server with tokens, who began one cannot approve it by answering."""

import json

import pytest
from api_desk import BASE, agent, client_of

from wherry.api import RuntimeService, Settings
from wherry.approval import approval
from wherry.db.sqlite import SqliteDb
from wherry.models.openai import OpenAIChat
from wherry.team import Team
from wherry.tools import tool
from wherry.workflow import Step, Steps, Workflow

SAILOR, HARBOUR = "token-of-a-sailor", "token-of-the-harbour"
CALL = {"tool_calls": [{"name": "launch", "arguments": {"place": "pier"}}]}


@approval
@tool(requires_confirmation=True)
def launch(place: str) -> str:
    """Launch a boat."""
    return f"launched at {place}"


@pytest.fixture
def db(tmp_path):
    return SqliteDb(db_file=str(tmp_path / "s.db"))


@pytest.fixture
def client(db):
    tokens = {SAILOR: frozenset({"read", "run"}), HARBOUR: frozenset({"admin"})}
    crew = Team(name="Crew", model=OpenAIChat(id="m"), members=[agent("Mate")], tools=[launch], db=db)
    hand = agent("Hand", tools=[launch], db=db)
    fleet = Team(name="Fleet", model=OpenAIChat(id="m"), members=[agent("Pilot", tools=[launch], db=db)], db=db)
    flow = Workflow(name="Flow", steps=[Step(name="launching", agent=hand)], db=db)
    service = RuntimeService([agent(tools=[launch], db=db)], [crew, fleet], [flow], db=db)
    with client_of(service, Settings(tokens=tokens)) as made:
        yield made


def as_(token):
    return {"authorization": f"Bearer {token}"}


def begun(client, server, owner, *more):
    server.add(CALL, "It floats", *more)
    run = client.post(f"/{owner}/runs", data={"message": "Go", "stream": "false"}, headers=as_(SAILOR)).json()
    assert run["status"] == "PAUSED"
    return run


def continued(client, owner, run, token, *, stream=False):
    """Both routes' answers to a run that its caller confirms."""
    calls = run["tools"]
    for call in calls:
        call["confirmed"] = True
    wanted = [{"tool_execution": call, "confirmation": True} for call in calls]
    session = run["session_id"]
    form = {"session_id": session, "stream": str(stream).lower(), "tools": json.dumps(calls)}
    form["requirements"] = json.dumps(wanted)
    yield lambda: client.post(f"/{owner}/runs/{run['run_id']}/continue", data=form, headers=as_(token))
    body = {"requirements": wanted, "stream": stream}
    yield lambda: client.post(f"{BASE}/runs/{run['run_id']}:continue", json=body, headers=as_(token))


@pytest.mark.parametrize("owner", ["agents/ada", "teams/crew"])
@pytest.mark.parametrize("stream", [False, True])
def test_the_caller_cannot_approve_its_own_run(client, server, db, owner, stream):
    run = begun(client, server, owner)
    for ask in continued(client, owner, run, SAILOR, stream=stream):
        answer = ask()
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert answer.json()["detail"] == "This run requires admin approval before it can be continued"
    [row], _ = db.get_approvals(run_id=run["run_id"])
    assert row["status"] == "pending"
    assert len(server.requests) == 1


@pytest.mark.parametrize("owner", ["agents/ada", "teams/crew"])
def test_it_goes_on_once_somebody_has_approved(client, server, db, owner):
    run = begun(client, server, owner)
    [row], _ = db.get_approvals(run_id=run["run_id"])
    db.update_approval(row["id"], status="approved", resolved_by="harbour master")
    answer = next(continued(client, owner, run, SAILOR))()
    assert (answer.status_code, answer.json()["content"]) == (200, "It floats")


def test_an_admin_goes_on_with_it(client, server):
    run = begun(client, server, "agents/ada")
    answer = next(continued(client, "agents/ada", run, HARBOUR))()
    assert (answer.status_code, answer.json()["content"]) == (200, "It floats")


def test_it_waits_while_nobody_can_say_whether_it_is_approved(client, server, db, monkeypatch, caplog):
    run = begun(client, server, "agents/ada")

    def broken(**_given):
        raise OSError("the disk is gone")

    monkeypatch.setattr(db, "get_approvals", broken)
    for ask in continued(client, "agents/ada", run, SAILOR):
        answer = ask()
        assert (answer.status_code, "disk" in answer.text) == (403, False)
        assert "could not be verified" in answer.json()["detail"]
        assert caplog.records[-1].exc_info[0] is OSError  # where it was raised is in the log


DELEGATION = {"tool_calls": [{"name": "delegate_task_to_member", "arguments": {"member_id": "pilot", "task": "Go"}}]}
INSIDE = {"teams/fleet": [DELEGATION, CALL, "Done", "It floats"], "workflows/flow": [CALL, "It floats"]}


def begun_inside(client, server, db, owner):
    """The approval that an agent inside a run waits for, and how the caller confirms the call on both routes."""
    server.add(*INSIDE[owner])
    run = client.post(f"/{owner}/runs", data={"message": "Go", "stream": "false"}, headers=as_(SAILOR)).json()
    assert run["status"] == "PAUSED"
    [row], _ = db.get_approvals(status="pending")
    assert row["run_id"] != run["run_id"]
    name = "requirements" if owner.startswith("teams") else "step_requirements"
    for step in run[name]:
        for one in step.get("executor_requirements") or [step]:
            one["confirmation"] = one["tool_execution"]["confirmed"] = True
    form = {"session_id": run["session_id"], "stream": "false", name: json.dumps(run[name])}
    path = f"/{owner}/runs/{run['run_id']}/continue"
    again = f"{BASE}/runs/{run['run_id']}:continue"
    return row, (
        lambda: client.post(path, data=form, headers=as_(SAILOR)),
        lambda: client.post(again, json={"requirements": run[name]}, headers=as_(SAILOR)),
    )


@pytest.mark.parametrize("owner", INSIDE)
def test_nor_one_that_an_agent_inside_it_waits_for(client, server, db, owner):
    row, ways = begun_inside(client, server, db, owner)
    asked = len(server.requests)
    for ask in ways:
        answer = ask()
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert db.get_approval(row["id"])["status"] == "pending"
    assert len(server.requests) == asked
    db.update_approval(row["id"], status="approved", resolved_by="harbour master")
    answer = ways[0]()
    assert (answer.status_code, answer.json()["content"]) == (200, "It floats")


@pytest.mark.parametrize("shape", ["step", "group", "member", "chosen"])
def test_nor_one_whose_agent_has_a_database_of_its_own(server, db, tmp_path, shape):
    other = SqliteDb(db_file=str(tmp_path / "other.db"))
    pilot = agent("Pilot", tools=[launch], db=other)
    step = Step(name="launching", agent=pilot)
    given = step if shape == "step" else Steps(name="group", steps=[step])
    flow = Workflow(name="Flow", steps=[given], db=db)
    members = (lambda: [pilot]) if shape == "chosen" else [pilot]
    fleet = Team(name="Fleet", model=OpenAIChat(id="m"), members=members, db=db)
    owner = "teams/fleet" if shape in ("member", "chosen") else "workflows/flow"
    server.add(*INSIDE[owner])
    tokens = {SAILOR: frozenset({"read", "run"})}
    with client_of(RuntimeService(teams=[fleet], workflows=[flow], db=db), Settings(tokens=tokens)) as client:
        run = client.post(f"{BASE}/{owner}:run", json={"input": "Go"}, headers=as_(SAILOR)).json()
        assert run["status"] == "PAUSED"
        asked = len(server.requests)
        [row], _ = other.get_approvals(status="pending")
        for requirement in run["requirements"]:
            for one in requirement.get("executor_requirements") or [requirement]:
                one["confirmation"] = one["tool_execution"]["confirmed"] = True
        path, body = f"{BASE}/runs/{run['runId']}:continue", {"requirements": run["requirements"]}
        answer = client.post(path, json=body, headers=as_(SAILOR))
        assert (answer.status_code, answer.json().get("code")) == (403, "forbidden")
        assert other.get_approval(row["id"])["status"] == "pending"
        assert len(server.requests) == asked
        other.update_approval(row["id"], status="approved", resolved_by="harbour master")
        answer = client.post(path, json=body, headers=as_(SAILOR))
        assert (answer.status_code, answer.json()["content"]) == (200, "It floats")


@pytest.mark.parametrize("place", ["pier", "elsewhere"])
@pytest.mark.parametrize("status", ["approved", "rejected"])
@pytest.mark.parametrize("way", [0, 1], ids=["AgentOS", "v1"])
def test_what_was_decided_holds_whatever_the_caller_answers(client, server, db, way, status, place):
    run = begun(client, server, "agents/ada")
    [row], _ = db.get_approvals(run_id=run["run_id"])
    db.update_approval(row["id"], status=status, resolved_by="harbour master")
    run["tools"][0] |= {"tool_args": {"place": place}, "approval_type": None, "approval_id": None}
    answer = list(continued(client, "agents/ada", run, SAILOR))[way]()
    assert answer.status_code == 200
    [done] = db.get_run(run["run_id"]).tools
    assert (done.tool_args, done.confirmed) == ({"place": "pier"}, status == "approved")
    assert (done.result == "launched at pier") == (status == "approved")


@pytest.mark.parametrize("way", [0, 1], ids=["AgentOS", "v1"])
@pytest.mark.parametrize("owner", INSIDE)
def test_what_was_refused_inside_a_run_is_not_done(client, server, db, owner, way):
    row, ways = begun_inside(client, server, db, owner)
    db.update_approval(row["id"], status="rejected", resolved_by="harbour master")
    assert ways[way]().status_code == 200
    assert "launched at" not in json.dumps([request.body for request in server.requests], default=str)
