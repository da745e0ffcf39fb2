"""What a program does with a workflow besides running it: sessions and runs by hand, outlines, rebuilding, hooks."""

from __future__ import annotations

import asyncio
import json

import pytest
from team_kit import on
from workflow_ways import WAYS, run_in

from wherry.agent import Agent
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.guardrails import BaseGuardrail
from wherry.run import RunContext
from wherry.run.workflow import WorkflowRunOutput
from wherry.team import Team
from wherry.utils.merge_dict import merge_dictionaries
from wherry.workflow import (
    Condition,
    HumanReview,
    Loop,
    Router,
    Step,
    StepInput,
    StepOutput,
    Steps,
    Workflow,
    WorkflowAgent,
    WorkflowExecutionInput,
)

four_ways = pytest.mark.parametrize("way", WAYS)


def shout(given):
    return StepOutput(content=str(given.previous_step_content or given.input).upper())


def boats(steps=(shout,), **more):
    return Workflow(name="Boats", id="boats", steps=list(steps), telemetry=False, **more)


class TestSessions:
    def test_a_new_session_is_not_stored_until_a_run_is(self, tmp_path):
        workflow = boats(db=SqliteDb(db_file=str(tmp_path / "a.db")), session_state={"n": 1})
        session = workflow.read_or_create_session("s", user_id="ada")
        assert (session.session_id, session.user_id, session.workflow_id) == ("s", "ada", "boats")
        assert session.session_data == {"session_state": {"n": 1}}
        assert workflow.get_session("s") is None
        workflow.run("wind", session_id="s", user_id="ada")
        assert [run.content for run in workflow.read_or_create_session("s", "ada").runs] == ["WIND"]

    def test_a_cached_session_is_given_back(self):
        workflow = boats(cache_session=True)
        assert workflow.read_or_create_session("s") is workflow.read_or_create_session("s")

    @pytest.mark.parametrize("asynchronous", [False, True])
    def test_a_cached_session_is_read_anew_for_who_asks_for_it_but_not_its_runs(self, asynchronous):
        workflow = boats(cache_session=True, db=InMemoryDb(), session_id="s")
        made = workflow.run("wind")
        asked = asyncio.run(workflow.aget_session("s")) if asynchronous else workflow.get_session("s")
        assert [type(run.status) for run in asked.runs] == [str], "as every stored run's"
        assert workflow.get_run_output(made.run_id, "s") is made
        assert boats(cache_session=True, session_id="s").get_session("s") is None, "no database"
        workflow.update_session_state({"tide": "high"}, "s")
        workflow.run("calm")
        assert workflow.get_session_state("s")["tide"] == "high"

    @pytest.mark.parametrize("asynchronous", [False, True])
    def test_a_run_is_stored_by_hand(self, tmp_path, asynchronous):
        async def keep(workflow):
            session = await workflow.aread_or_create_session("s")
            await workflow.asave_session(session)
            await workflow.asave_run(WorkflowRunOutput(run_id="r", session_id="s", content="done"), "s")
            return (await workflow.aread_or_create_session("s")).runs

        path = str(tmp_path / "a.db")
        if asynchronous:
            runs = asyncio.run(keep(boats(db=AsyncSqliteDb(db_file=path))))
        else:
            workflow = boats(db=SqliteDb(db_file=path))
            workflow.save_session(workflow.read_or_create_session("s"))
            workflow.save_run(WorkflowRunOutput(run_id="r", session_id="s", content="done"), "s")
            runs = workflow.read_or_create_session("s").runs
        assert [(run.run_id, run.content) for run in runs] == [("r", "done")]

    def test_an_asynchronous_database_is_refused_where_nobody_can_wait(self, tmp_path):
        workflow = boats(db=AsyncSqliteDb(db_file=str(tmp_path / "a.db")))
        with pytest.raises(ValueError, match="asynchronous"):
            workflow.read_or_create_session("s")
        with pytest.raises(ValueError, match="asynchronous"):
            workflow.save_run(WorkflowRunOutput(run_id="r"), "s")

    def test_without_a_database_nothing_is_stored(self):
        boats().save_run(WorkflowRunOutput(run_id="r"), "s")

    def test_a_session_that_is_not_there_is_told_in_the_log(self, tmp_path, caplog):
        boats(db=SqliteDb(db_file=str(tmp_path / "a.db"))).save_run(WorkflowRunOutput(run_id="r"), "nowhere")
        assert boats(db=SqliteDb(db_file=str(tmp_path / "a.db"))).get_session("nowhere") is None


class TestOutlines:
    def test_every_kind_of_step_at_any_depth(self):
        ada, crew = Agent(name="Ada", description="Counts."), Team(name="Crew", members=[])
        inner = boats([shout])
        steps = [
            shout,
            ada,
            crew,
            inner,
            Step(name="ask", agent=ada),
            Step(name="sail", workflow=inner),
            Condition(name="windy", evaluator=True, steps=[shout], else_steps=[ada]),
            Router(name="which", selector="'shout'", choices=[Steps(name="seq", steps=[shout])]),
        ]
        told = boats(steps, session_id="s").to_dict_for_steps()
        assert {name: told[name] for name in ("name", "workflow_id", "session_id")} == {
            "name": "Boats",
            "workflow_id": "boats",
            "session_id": "s",
        }
        assert [(step["name"], step["type"]) for step in told["steps"]] == [
            ("shout", "Step"),
            ("Ada", "Step"),
            ("Crew", "Step"),
            ("Boats", "Workflow"),
            ("ask", "Step"),
            ("sail", "Workflow"),
            ("windy", "Condition"),
            ("which", "Router"),
        ]
        assert told["steps"][1]["agent"] is ada
        assert told["steps"][5]["steps"][0]["name"] == "shout"
        assert told["steps"][6]["else_steps"][0]["description"] == "Counts."
        assert told["steps"][7]["steps"][0]["steps"][0]["name"] == "shout"

    def test_one_function_for_all_steps_has_no_outline(self):
        assert boats(()).to_dict_for_steps()["steps"] == []
        assert Workflow(name="w", steps=shout).to_dict_for_steps()["steps"] == []

    def test_links_name_the_component_of_a_step(self):
        ada = Agent(name="Ada", id="ada")
        assert Step(name="ask", agent=ada, step_id="1").get_links(position=2) == [
            {
                "link_kind": "step_agent",
                "link_key": "1",
                "child_component_id": "ada",
                "child_version": None,
                "position": 2,
            }
        ]
        assert Step(name="shout", executor=shout).get_links() == []
        assert Step(name="sail", workflow=boats()).get_links()[0]["link_kind"] == "step_workflow"

    def test_agents_learn_which_workflow_they_work_for(self):
        ada, bea = Agent(name="Ada"), Agent(name="Bea")
        workflow = boats([Step(name="a", agent=ada), Step(name="t", team=Team(name="Crew", members=[bea]))])
        workflow.update_agents_and_teams_session_info()
        assert (ada.workflow_id, bea.workflow_id) == ("boats", "boats")


@four_ways
def test_a_workflow_is_rebuilt_from_its_description_and_gives_the_same(way):
    steps = [shout, Condition(name="windy", evaluator="input.contains('wind')", steps=[shout]), shout]
    first = boats(steps, description="Shouts.", num_history_runs=2, session_state={"n": 1})
    described = json.loads(json.dumps(first.to_dict()))
    again = Workflow.from_dict(described, registry={"shout": shout})
    assert again.to_dict() == described
    (_, one), (_, other) = (run_in(way, workflow, "wind", session_id="s") for workflow in (first, again))
    assert (other.content, other.workflow_id) == (one.content, "boats") == ("WIND", "boats")


def test_what_the_registry_does_not_hold_is_refused_when_strict_and_otherwise_when_it_has_to_run(tmp_path):
    described = boats().to_dict()
    with pytest.raises(ValueError, match="'shout'"):
        Workflow.from_dict(described, strict=True)
    db = SqliteDb(db_file=str(tmp_path / "a.db"))
    loose = Workflow.from_dict(described, db=db)
    assert loose.db is None  # it is for what the steps name, as in Agno
    with pytest.raises(ValueError, match="'shout'"):
        loose.run("wind", session_id="s")
    with pytest.raises(ValueError, match="described by a dictionary"):
        Workflow.from_dict("boats")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_the_tool_of_a_workflow_agent_runs_the_steps_without_it(stream, asynchronous):
    workflow, agent = boats(), WorkflowAgent(model=None)
    session = workflow.read_or_create_session("s")
    given, context = WorkflowExecutionInput(input="Please shout"), RunContext(run_id="r", session_id="s")
    if asynchronous:

        async def collect():
            call = agent.async_create_workflow_tool(workflow, session, given, context, stream=stream)
            return [item async for item in call(query="wind")]

        items = asyncio.run(collect())
    else:
        call = agent.create_workflow_tool(workflow, session, given, context, stream=stream)
        items = list(call(query="wind"))
    told = [getattr(item, "event", item) for item in items]
    assert told[-1] == ("WorkflowCompleted" if stream else "WIND")
    assert ("StepStarted" in told) is stream
    assert [(run.run_id, run.content) for run in session.runs] == [("r", "WIND")]


def test_a_loop_words_its_own_question():
    loop = Loop(name="again", steps=[shout], max_iterations=4, human_review=HumanReview(requires_iteration_review=True))
    made = loop.create_iteration_review_requirement(2, 0, StepInput(input="wind"), StepOutput(content="WIND"))
    assert made.confirmation_message == "Loop 'again' completed iteration 1/4. Continue?"
    assert (made.step_index, made.step_type, made.is_post_execution) == (2, "Loop", True)
    assert made.step_output.content == "WIND"


class Later:
    """Background tasks as a web framework hands them over."""

    def __init__(self):
        self.tasks = []

    def add_task(self, function, **given):
        self.tasks.append((function, given))


class Calm(BaseGuardrail):
    def __init__(self, seen):
        self.seen = seen

    def check(self, run_input):
        self.seen.append("guardrail")

    async def async_check(self, run_input):
        self.seen.append("guardrail")


@four_ways
@pytest.mark.parametrize("of", ["team", "workflow"])
def test_hooks_wait_until_the_run_is_over_but_guardrails_do_not(way, of):
    seen, later = [], Later()

    def note(run_output):
        seen.append(run_output.content)

    with on(["Albion sails."]) as crew:
        ada = crew.agent("Ada", pre_hooks=[Calm(seen)], post_hooks=[note])
        owner = crew.team(crew.team(ada, name="Inner", id="inner"))
        if of == "workflow":
            owner = boats([Condition(name="windy", evaluator=True, steps=[owner])])
        owner.propagate_run_hooks_in_background()
        assert ada.hooks_in_background
        run_in(way, ada, "Wind?", background_tasks=later)
    assert seen == ["guardrail"]
    [(function, given)] = later.tasks
    function(**given)
    assert seen == ["guardrail", "Albion sails."]
    owner.propagate_run_hooks_in_background(False)
    assert not ada.hooks_in_background


def test_dictionaries_are_merged_in_place():
    state = {"boat": {"name": "Albion"}, "n": 1}
    merge_dictionaries(a=state, b={"boat": {"oars": 4}, "n": 2})
    assert state == {"boat": {"name": "Albion", "oars": 4}, "n": 2}


def test_a_workflow_has_no_methods_of_who_talks_to_a_model():
    for name in ("fork_session", "get_session_messages", "get_session_summary", "get_user_memories"):
        assert not hasattr(boats(), name), "Agno's has none either"
        assert not hasattr(boats(), f"a{name}")
