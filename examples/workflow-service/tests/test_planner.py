"""The planner on a real Postgres, with a scripted model behind real HTTP."""

import os
from pathlib import Path

import pytest
import yaml
from planner.server import own_postgres
from planner.workflow import planner

from wherry.testing import ReplayServer

REPLIES = yaml.safe_load(Path(__file__).with_name("..").joinpath("replies.yaml").read_text(encoding="utf-8"))
WISH = "A windy day out from Horning for two"


@pytest.fixture(scope="session")
def database():
    if "DATABASE_URL" in os.environ:
        yield os.environ["DATABASE_URL"]
        return
    with own_postgres() as url:
        yield url


@pytest.fixture
def model():
    with ReplayServer() as server, server.environment():
        yield server


def test_a_windy_wish_becomes_a_short_plan(database, model):
    model.reset(REPLIES)
    run = planner(database).run(WISH, session_id="windy")
    assert run.content == "Plan 1 for Horning: Leave Horning at ten in Swallow, reefed; stay in the lee."
    assert run.status.value == "COMPLETED"
    assert [getattr(step, "step_name", None) for step in run.step_results][0] == "wish"
    model.assert_done()


def test_state_and_runs_are_there_for_the_next_process(database, model):
    model.reset(REPLIES)
    planner(database).run(WISH, session_id="again")
    later = planner(database)
    state = later.get_session_state(session_id="again")
    assert (state["place"], state["people"], state["plans"]) == ("Horning", 2, 1)
    model.reset(REPLIES)
    assert later.run(WISH, session_id="again").content.startswith("Plan 2 for Horning")
    assert len(later.get_session(session_id="again").runs) == 2


def test_a_calm_day_needs_no_safety_team(database, model):
    model.reset(
        [
            {"when": {"role": "system", "contains": "Choose a boat"}, "content": "Take Swallow."},
            {"when": {"role": "system", "contains": "Look up the forecast"}, "content": "Calm."},
            "Leave Wroxham at ten.",
        ]
    )
    run = planner(database).run("A day out from Wroxham", session_id="calm")
    assert run.content == "Plan 1 for Wroxham: Leave Wroxham at ten."
    assert len(model.requests) == 3


def test_a_wish_without_a_place_asks_no_model(database, model):
    run = planner(database).run("Somewhere nice", session_id="nowhere")
    assert "Say where" in str(run.content)
    assert model.requests == []


def test_the_steps_are_told_as_they_happen(database, model):
    model.reset(REPLIES)
    events = [event.event for event in planner(database).run(WISH, session_id="told", stream=True, stream_events=True)]
    assert events[0] == "WorkflowStarted"
    assert events[-1] == "WorkflowCompleted"
    for name in ("ParallelExecutionStarted", "ConditionExecutionCompleted", "LoopIterationCompleted"):
        assert name in events
