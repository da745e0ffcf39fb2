"""get_session_messages takes its arguments by place and by name, as Agno's does; a team's takes members, too."""

from __future__ import annotations

import asyncio

import pytest

from wherry.agent import Agent
from wherry.db.in_memory import InMemoryDb
from wherry.models.message import Message
from wherry.run.agent import RunOutput
from wherry.run.team import TeamRunOutput
from wherry.session import AgentSession, TeamSession
from wherry.team import Team


@pytest.fixture(params=["blocking", "looping"])
def said(request):
    def read(owner, *args, **given):
        if request.param == "blocking":
            found = owner.get_session_messages(*args, **given)
        else:
            found = asyncio.run(owner.aget_session_messages(*args, **given))
        return [message.content for message in found]

    return read


def talk(number, who=""):
    return [Message(role="user", content=f"q{who}{number}"), Message(role="assistant", content=f"a{who}{number}")]


def run(cls, number, who="", **given):
    return cls(run_id=f"{who}{number}", session_id="s", messages=talk(number, who), status="COMPLETED", **given)


def test_an_agents_messages(said):
    database = InMemoryDb()
    database.upsert_session(AgentSession(session_id="s", agent_id="ada"))
    for number in (1, 2, 3):
        database.upsert_run(run(RunOutput, number, agent_id="ada"), session_id="s")
    agent = Agent(id="ada", db=database, session_id="s")
    assert said(agent) == said(agent, "s") == ["q1", "a1", "q2", "a2", "q3", "a3"]
    assert said(agent, "s", 1) == said(agent, last_n_runs=1) == ["q3", "a3"]
    assert said(agent, "s", None, 3) == ["a2", "q3", "a3"]
    assert said(agent, "s", 2, None, ["user"]) == ["a2", "a3"]
    with pytest.raises(TypeError, match="member_ids"):
        said(agent, member_ids=["m"])


def test_a_teams_messages_and_those_of_its_members(said):
    database = InMemoryDb()
    database.upsert_session(TeamSession(session_id="s", team_id="crew"))
    for number in (1, 2):
        database.upsert_run(run(RunOutput, number, "m", agent_id="m", parent_run_id=str(number)), session_id="s")
        database.upsert_run(run(TeamRunOutput, number, team_id="crew"), session_id="s")
    team = Team(id="crew", members=[Agent(id="m")], db=database, session_id="s")
    assert said(team) == ["q1", "a1", "q2", "a2"]
    assert said(team, "s", None, 1) == ["q2", "a2"]
    assert said(team, "s", ["m"], 1) == said(team, member_ids=["m"], last_n_runs=1) == ["qm2", "am2"]
    assert len(said(team, skip_member_messages=False)) == 8


def test_in_a_shared_session_a_team_and_its_members_read_what_is_theirs(said):
    database = InMemoryDb()
    database.upsert_session(TeamSession(session_id="s", team_id="crew"))
    database.upsert_run(run(RunOutput, 1, "m", agent_id="m", parent_run_id="1"), session_id="s")
    database.upsert_run(run(TeamRunOutput, 1, team_id="crew"), session_id="s")
    database.upsert_run(run(RunOutput, 2, "guest", agent_id="guest"), session_id="s")
    member, guest = (Agent(id=name, db=database, session_id="s") for name in ("m", "guest"))
    assert said(member) == ["q1", "a1", "qguest2", "aguest2"]
    team = Team(id="crew", members=[member], db=database, session_id="s")
    team.initialize_team()
    assert said(team) == ["q1", "a1"]
    assert said(member) == ["qm1", "am1"]
    assert said(guest) == ["q1", "a1", "qguest2", "aguest2"]
    assert [message.content for message in team.get_chat_history(last_n_runs=1)] == ["q1", "a1"]
    assert [message.content for message in member.get_chat_history()] == ["qm1", "am1"]
    assert [type(owner.get_session()) for owner in (team, member, guest)] == [TeamSession, TeamSession, AgentSession]
