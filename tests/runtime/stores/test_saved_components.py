"""Agents, teams and workflows kept in a database: Agno loads what Wherry saved, and the other way round."""

from __future__ import annotations

import json
from pathlib import Path

import component_kit
import pytest
from component_kit import Parts, tide
from processes import Worker
from pydantic import BaseModel

from wherry.agent import Agent, get_agent_by_id, get_agents
from wherry.db.base import ComponentDependencyError
from wherry.db.in_memory import InMemoryDb
from wherry.db.postgres import AsyncPostgresDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.exceptions import ComponentPinError, ComponentRehydrationError
from wherry.models.openai import OpenAIChat
from wherry.registry import Registry
from wherry.team import Team, get_team_by_id
from wherry.tools import Toolkit
from wherry.workflow import Condition, Step, Workflow, get_workflow_by_id
from wherry.workflow.workflow import WorkflowLinkCollisionError, derive_step_links

pytestmark = pytest.mark.timeout(300)
OURS = Parts("wherry")


@pytest.fixture(scope="module")
def agno(reference):
    """Agno in a process of its own; `agno(job)` has it do a job."""
    with Worker(Path(component_kit.__file__), served=reference) as process:
        yield process.ask


def wherry(job):
    return json.loads(json.dumps(OURS.do(job)))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def where(request, tmp_path):
    """Makes a place for a catalogue."""
    if request.param == "sqlite":
        return lambda name: str(tmp_path / f"{name}.db")
    url = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+psycopg://")
    return lambda name: f"{url}#saved_{name}"


@pytest.fixture
def db(tmp_path):
    database = SqliteDb(db_file=str(tmp_path / "own.db"))
    yield database
    database.close()


# --- both runtimes -------------------------------------------------------------------------------------------------


@pytest.mark.parity
def test_descriptions_are_those_of_agno(agno):
    ours, theirs = wherry({"do": "describe"}), agno({"do": "describe"})
    assert len(ours) > 140
    for name, description in theirs.items():
        assert ours[name] == description, name
        assert list(ours[name]) == list(description), name


@pytest.mark.parity
@pytest.mark.parametrize("saver", ["agno", "wherry"])
def test_each_loads_what_the_other_saved(saver, where, agno):
    place = where(saver)
    saves, loads = (agno, wherry) if saver == "agno" else (wherry, agno)
    job = {"where": place}
    assert saves({"do": "save", **job}) == [1, 1]
    assert loads({"do": "load", **job}) == saves({"do": "load", **job})
    # The other goes on: a new version of a member is not what the team was saved with.
    assert loads({"do": "save again", "instructions": "New.", **job}) == 6
    mine, other = saves({"do": "load", **job}), loads({"do": "load", **job})
    assert mine == other
    assert mine["agents"]["ada"]["instructions"] == "New."
    assert "instructions" not in mine["crew"][1][0]


@pytest.mark.parity
def test_rows_are_those_of_agno(where, agno):
    rows = []
    for saves in (agno, wherry):
        place = where(f"rows_{saves is agno}".lower())
        saves({"do": "save", "where": place, "stage": "draft"})
        database = OURS.database(place)
        found, number = database.list_components(limit=50)
        kept = sorted(found, key=lambda row: row["component_id"])  # of one second, in any order
        versions = {one["component_id"]: database.get_config(one["component_id"]) for one in kept}
        links = {name: database.get_links(name, row["version"]) for name, row in versions.items()}
        rows.append(json.loads(json.dumps([number, kept, versions, links])))
        database.close()
    places = ("rows_true", "rows_false")
    assert bare(rows[1], places) == bare(rows[0], places)
    assert rows[0][0] == 6


def bare(value, places):
    """Without times, and with one name for the two places."""
    if isinstance(value, dict):
        return {key: bare(item, places) for key, item in value.items() if not key.endswith("_at")}
    if isinstance(value, list):
        return [bare(item, places) for item in value]
    if isinstance(value, str):
        for place in places:
            value = value.replace(place, "rows")
    return value


# --- Wherry --------------------------------------------------------------------------------------------------------


class Trip(BaseModel):
    place: str


def test_versions_labels_and_stages(db):
    for number, (stage, label) in enumerate([("published", "one"), ("published", None), ("draft", "next")], 1):
        agent = Agent(name="Ada Moore", instructions=f"v{number}", db=db)
        assert agent.save(stage=stage, label=label, notes="n") == number
        assert agent.id == "ada-moore"
    assert Agent.load("ada-moore", db=db).instructions == "v2"
    assert Agent.load("ada-moore", db=db, version=3).instructions == "v3"
    assert Agent.load("ada-moore", db=db, label="one").instructions == "v1"
    assert get_agent_by_id(db, "ada-moore", label="next").instructions == "v3"
    [listed] = get_agents(db)
    assert (listed._version, listed._stage, listed.id) == (2, "published", "ada-moore")
    assert get_agents(db, exclude_component_ids={"ada-moore"}) == []


def test_a_draft_is_loaded_by_hand_only(db):
    Agent(id="draft", db=db).save(stage="draft")
    assert Agent.load("draft", db=db).id == "draft"
    assert Agent.load("draft", db=db, published_only=True) is None
    assert get_agent_by_id(db, "draft") is None
    assert get_agent_by_id(db, "draft", published_only=False).id == "draft"


def test_what_is_loaded_runs_with_the_registrys_tools_and_model(db):
    model = OpenAIChat(id="gpt-5-mini", api_key="k")
    kit = Toolkit(name="kit", tools=[tide])
    saved = Agent(id="ada", model=OpenAIChat(id="gpt-5-mini"), tools=[kit], output_schema=Trip, session_state={"n": 1})
    saved.save(db=db)
    found = Agent.load("ada", db=db, registry=Registry(tools=[kit], models=[model], schemas=[Trip]), strict=True)
    assert found.model is model
    assert found.output_schema is Trip
    assert found.tools[0].entrypoint("Hull") == "Hull in 6"
    assert found.tools[0].owning_toolkit == "kit"
    assert found.db is db
    assert found.save() == 2


@pytest.mark.parametrize("missing", ["tide", "Trip"])
def test_what_is_not_there_is_refused_when_strict_and_left_out_else(db, missing, caplog):
    Agent(id="ada", model=OpenAIChat(id="m"), tools=[tide], output_schema=Trip).save(db=db)
    registry = Registry(tools=[] if missing == "tide" else [tide], schemas=[] if missing == "Trip" else [Trip])
    with pytest.raises(ComponentRehydrationError, match=missing):
        get_agent_by_id(db, "ada", registry=registry, strict=True)
    assert get_agent_by_id(db, "ada", registry=registry).id == "ada"
    assert missing in caplog.text


def test_members_come_in_the_version_the_team_was_saved_with(db):
    Team(id="crew", members=[Agent(id="ada", instructions="old")], db=db).save()
    Agent(id="ada", instructions="new").save(db=db)
    assert Team.load("crew", db=db).members[0].instructions == "old"
    db.upsert_config("crew", config={"members": [{"type": "agent", "agent_id": "gone"}]}, stage="published")
    assert Team.load("crew", db=db).members == []
    with pytest.raises(ComponentRehydrationError, match="gone"):
        get_team_by_id(db, "crew", strict=True)
    own = Registry(agents=[Agent(id="gone", name="Own")])
    [member] = Team.load("crew", db=db, registry=own).members
    assert member.name == "Own"
    assert member is not own.agents[0]


def test_a_linked_version_that_is_gone_is_refused_when_strict(db, caplog):
    Team(id="crew", members=[Agent(id="ada")], db=db).save()
    Agent(id="ada", db=db).delete(require_no_dependents=False)
    with pytest.raises(ComponentPinError, match="version 1 of agent 'ada'"):
        Team.load("crew", db=db, strict=True)
    assert Team.load("crew", db=db).members == []
    assert "version 1" in caplog.text


def test_a_workflow_keeps_who_does_its_steps(db):
    inner = Workflow(id="inner", steps=[Step(name="say", agent=Agent(id="bob", name="Bob"))])
    flow = Workflow(name="The Flow", steps=[Agent(id="ada", name="Ada"), Step(name="sub", workflow=inner)], db=db)
    assert flow.save() == 1
    again = get_workflow_by_id(db, "the-flow", strict=True)
    assert [step.name for step in again.steps] == ["Ada", "sub"]
    assert again.steps[0].agent.id == "ada"
    assert again.steps[1].workflow.steps[0].agent.name == "Bob"
    assert again.to_dict() == flow.to_dict()
    assert {one["component_id"] for one in db.list_components()[0]} == {"the-flow", "inner", "ada", "bob"}


def test_a_function_that_no_registry_has_makes_a_step_that_refuses(db):
    Workflow(id="flow", steps=[Step(name="do", executor=component_kit.wrap)], db=db).save()
    with pytest.raises(ComponentRehydrationError, match="wrap"):
        Workflow.load("flow", db=db, strict=True)
    with pytest.raises(ValueError, match="wrap"):
        Workflow.load("flow", db=db).run("Hi")


def test_two_steps_of_one_name_may_not_hold_on_to_different_agents(db):
    steps = [Step(name="a", step_id="1", agent=Agent(id=name)) for name in ("ada", "bob")]
    with pytest.raises(WorkflowLinkCollisionError, match="'1'"):
        Workflow(id="flow", steps=steps, db=db).save()
    branches = Condition(name="c", evaluator=True, steps=steps[:1], else_steps=steps[1:])
    links = derive_step_links([branches.to_dict()], pin_child=lambda link: link)
    assert [link["link_key"] for link in links] == ["1", "1#else"]


def test_what_is_part_of_another_is_not_deleted(db):
    member = Agent(id="ada", db=db)
    team = Team(id="crew", members=[member], db=db)
    team.save()
    with pytest.raises(ComponentDependencyError):
        member.delete()
    assert team.delete() is True
    assert Team.load("crew", db=db) is None
    assert team.delete(hard_delete=True) is True
    assert member.delete(hard_delete=True) is True
    assert member.delete() is False


@pytest.mark.parametrize(
    "make",
    [lambda tmp: AsyncSqliteDb(db_file=str(tmp / "a.db")), lambda _: AsyncPostgresDb(db_url="postgresql://h/d")],
)
@pytest.mark.parametrize("method", ["save", "delete"])
def test_async_databases_are_refused(make, method, tmp_path):
    for owner in (Agent(id="a"), Team(members=[], id="t"), Workflow(id="w", steps=[])):
        with pytest.raises(ValueError, match="Async databases not yet supported"):
            getattr(owner, method)(db=make(tmp_path))
        with pytest.raises(ValueError, match="Db not initialized or provided"):
            getattr(owner, method)()


def test_databases_without_a_catalogue_say_so():
    from wherry.core.errors import NotMigratedError

    with pytest.raises(NotMigratedError):
        Agent(id="a").save(db=InMemoryDb())
    with pytest.raises(NotMigratedError):
        get_agent_by_id(InMemoryDb(), "a")


def test_reserved_ids_are_refused(db):
    with pytest.raises(ComponentRehydrationError, match="reserved"):
        Agent.load("os-manager-internal", db=db)
    with pytest.raises(ComponentRehydrationError, match="reserved"):
        get_agent_by_id(db, "os-manager-internal")
    with pytest.raises(ValueError, match="reserved"):
        Registry(agents=[Agent(id="os-manager-internal")])


def test_an_owner_sees_its_own_and_what_is_shared(db):
    db.upsert_component("hers", component_type="agent", name="hers", user_id="eve")
    db.upsert_config("hers", config={"name": "hers"}, stage="draft")
    assert get_agent_by_id(db, "hers", user_id="bob", published_only=False) is None
    assert get_agent_by_id(db, "hers", user_id="eve", published_only=False).name == "hers"
    assert get_agents(db, user_id="bob") == []


def test_a_database_of_other_tables_is_opened_from_the_registry(db, tmp_path):
    own = SqliteDb(db_file=str(tmp_path / "other.db"), id="other", session_table="mine")
    Agent(id="ada", db=own).save(db=db)
    held = SqliteDb(db_file=str(tmp_path / "other.db"), id="other")
    found = Agent.load("ada", db=db, registry=Registry(dbs=[held]))
    assert (found.db.id, found.db.session_table_name, found.db.db_file) == ("other", "mine", held.db_file)
    same = Agent.load("ada", db=db, registry=Registry(dbs=[own]))
    assert same.db is own


def test_a_strict_load_puts_sessions_nowhere_else(db):
    db.upsert_component("ada", component_type="agent", name="ada")
    db.upsert_config("ada", config={"db": {"id": "cloud", "type": "dynamo"}}, stage="published")
    with pytest.raises(ComponentRehydrationError, match="'cloud'"):
        Agent.load("ada", db=db, strict=True)
    assert Agent.load("ada", db=db).db is db


def test_a_broken_row_hides_no_other(db, caplog):
    Agent(id="ada", db=db).save()
    db.upsert_component("bad", component_type="agent", name="bad")
    db.upsert_config("bad", config={"modle": 1}, stage="published")
    assert [agent.id for agent in get_agents(db)] == ["ada"]
    assert "'bad'" in caplog.text
    assert get_agent_by_id(db, "bad") is None
