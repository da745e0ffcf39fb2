"""The session that a step is shown of a run that nothing keeps: it has all that a kept one has, whoever looks at it."""

import copy
import dataclasses
import pickle

import pytest

from wherry.db.in_memory import InMemoryDb
from wherry.workflow import Step, StepOutput, Workflow

TIMES = ("created_at", "updated_at")


async def seen(way, **options):
    """The session as a step was shown it."""
    sessions = []

    def look(given):
        sessions.append(given.workflow_session)
        return StepOutput(content="up")

    steps = [Step(name="look", executor=look, description="Looks"), Step(name="go", executor=lambda _: "gone")]
    workflow = Workflow(
        id="locks", name="Locks", steps=steps, metadata={"lake": 1}, session_state={"gate": [1]}, **options
    )
    given = {"input": "Go", "session_id": "s", "user_id": "u", "stream": "stream" in way}
    result = workflow.run(**given) if way in ("run", "run stream") else workflow.arun(**given)
    if way == "run stream":
        list(result)
    elif way == "arun stream":
        [event async for event in result]
    elif way == "arun":
        await result
    return sessions[0]


def told(session):
    return {name: value for name, value in session.to_dict(include_runs=False).items() if name not in TIMES}


@pytest.mark.parametrize("way", ["run", "run stream", "arun", "arun stream"])
async def test_a_session_that_nothing_keeps_shows_what_a_kept_one_shows(way):
    session, kept = await seen(way), await seen(way, db=InMemoryDb())
    steps = [
        {"name": "look", "description": "Looks", "type": "Step"},
        {"name": "go", "description": None, "type": "Step"},
    ]
    assert session.workflow_data == {"workflow_id": "locks", "name": "Locks", "steps": steps}
    assert session.workflow_data is session.workflow_data  # what is put there stays
    assert told(session)["metadata"] == told(kept)["metadata"] == {"lake": 1}
    assert told(session)["workflow_data"] == told(kept)["workflow_data"]
    assert [told(session)[name] for name in ("session_id", "user_id", "workflow_id")] == ["s", "u", "locks"]
    assert isinstance(session.created_at, int)
    assert session.created_at == session.updated_at


def pickled(session):
    return pickle.loads(pickle.dumps(session))  # noqa: S301 - written just here


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
async def test_a_copy_of_it_has_all_of_it_and_does_not_hold_the_workflow(copied):
    session = await seen("arun")
    twin = copied(session)
    assert "_outline" not in vars(twin)
    for field in dataclasses.fields(session):
        assert getattr(twin, field.name) == getattr(session, field.name)


async def test_two_of_them_are_compared_field_by_field():
    one, other = await seen("arun"), await seen("arun")
    other.created_at, other.updated_at = one.created_at, one.updated_at
    one.runs = other.runs = []
    other.session_data = one.session_data
    assert one == other
    other.workflow_data = {}
    assert one != other
