"""A forked session goes on alone, knows where it comes from, and is refused where there is nothing to fork."""

from __future__ import annotations

import asyncio

import pytest
from agent_kit import calls, chat, model

from wherry.agent import Agent
from wherry.core.errors import ConfigurationError
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.models.message import Message
from wherry.run.agent import RunOutput
from wherry.run.team import TeamRunOutput
from wherry.session import AgentSession, TeamSession
from wherry.team import Team

OWNERS = {"agent": (Agent, AgentSession, RunOutput), "team": (Team, TeamSession, TeamRunOutput)}


@pytest.fixture(params=["blocking", "looping"])
def fork(request):
    """Forks in either way."""

    def forked(owner, **given):
        if request.param == "blocking":
            return owner.fork_session(**given)
        return asyncio.run(owner.afork_session(**given))

    return forked


@pytest.fixture(params=["memory", "sqlite"])
def database(request, tmp_path):
    return InMemoryDb() if request.param == "memory" else SqliteDb(db_file=str(tmp_path / "s.db"))


@pytest.fixture(params=OWNERS)
def owner(request, database):
    """An agent or a team with a session of two runs."""
    kind = request.param
    make, session, run = OWNERS[kind]
    database.upsert_session(
        session(session_id="root", user_id="u", session_data={"session_state": {"n": 1}}, **{f"{kind}_id": "x"})
    )
    for number in (1, 2):
        messages = [Message(role="user", content=f"q{number}"), Message(role="assistant", content=f"a{number}")]
        made = run(run_id=f"r{number}", session_id="root", messages=messages, status="COMPLETED", **{f"{kind}_id": "x"})
        database.upsert_run(made, session_id="root", user_id="u", run_index=number - 1)
    more = {"members": []} if kind == "team" else {}
    return make(id="x", db=database, **more)


def test_a_fork_has_the_runs_under_new_ids_and_its_own_state(owner, fork):
    made = owner.db.get_session(fork(owner, source_session_id="root", user_id="u"))
    root = owner.db.get_session("root")
    assert made.session_id != "root"
    assert made.user_id == "u"
    assert made.session_data == {"session_state": {"n": 1}, "forked_from_session_id": "root"}
    assert [[one.content for one in run.messages] for run in made.runs] == [["q1", "a1"], ["q2", "a2"]]
    assert {run.run_id for run in made.runs}.isdisjoint(run.run_id for run in root.runs)
    assert {(run.session_id, run.forked_from_session_id) for run in made.runs} == {(made.session_id, "root")}
    owner.update_session_state({"n": 2}, session_id=made.session_id)
    owner.db.delete_session(made.session_id)
    assert owner.get_session_state(session_id="root") == {"n": 1}
    assert [run.run_id for run in owner.db.get_session("root").runs] == ["r1", "r2"]


def test_a_fork_of_a_fork_names_its_parent_and_its_runs_the_root(owner, fork):
    middle = fork(owner, source_session_id="root")
    leaf = owner.db.get_session(fork(owner, source_session_id=middle))
    assert leaf.session_data["forked_from_session_id"] == middle
    assert {run.forked_from_session_id for run in leaf.runs} == {"root"}


def test_the_owners_session_is_forked_when_none_is_named(owner, fork):
    owner.session_id = "root"
    assert len(owner.db.get_session(fork(owner)).runs) == 2


def test_what_has_no_run_or_belongs_to_another_is_refused(owner, fork):
    with pytest.raises(ValueError, match="source_session_id"):
        fork(owner)
    with pytest.raises(ValueError, match="'nowhere' has no runs"):
        fork(owner, source_session_id="nowhere")
    with pytest.raises(ValueError, match="'root' has no runs"):
        fork(owner, source_session_id="root", user_id="another")


def test_an_asynchronous_database_needs_the_twin(tmp_path):
    owner = Agent(id="x", db=AsyncSqliteDb(db_file=str(tmp_path / "s.db")))
    with pytest.raises(ConfigurationError, match="starts with 'a'"):
        owner.fork_session(source_session_id="root")


@pytest.mark.parametrize("awaited", [False, True])
@pytest.mark.parametrize("stores", [False, True])
def test_a_team_forks_its_members_outputs_only_where_it_stores_them(stores, awaited):
    db, mate = InMemoryDb(), Agent(id="mate", name="Mate", model=chat())
    delegation = calls("delegate_task_to_member", member_id="mate", task="help")
    with model(delegation, {"content": "helped"}, {"content": "done"}):
        Team(id="crew", model=chat(), members=[mate], db=db, store_member_responses=True).run("go", session_id="s")
    team = Team(id="crew", model=chat(), members=[mate], db=db, store_member_responses=stores)
    source = {"source_session_id": "s"}
    made = asyncio.run(team.afork_session(**source)) if awaited else team.fork_session(**source)
    copied = next(run for run in db.get_session(made, "team").runs if run.parent_run_id is None)
    assert [item.content for item in copied.member_responses] == ["helped"] * stores
    kept = next(run for run in db.get_session("s", "team").runs if run.parent_run_id is None)
    assert [item.content for item in kept.member_responses] == ["helped"]
