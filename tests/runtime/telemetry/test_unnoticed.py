"""Who listens changes nothing: what callers are shown and sessions keep is the same with a recorder and without."""

import asyncio

import pytest

from wherry.agent import Agent
from wherry.db.in_memory import InMemoryDb
from wherry.models.openai import OpenAIChat
from wherry.team import Team
from wherry.telemetry import Recorder, TelemetryStore
from wherry.workflow import Condition, Loop, Step, StepOutput, Workflow

WAYS = ["run stream", "arun stream"]
DETAILS = ["all", "ends", "runs"]


def owner(kind):
    """An agent, a team or a workflow that keeps its events."""
    db = InMemoryDb()
    model = OpenAIChat(id="m")
    agent = Agent(name="Ada", id="ada", model=model, store_events=True, db=db if kind == "agent" else None)
    if kind == "agent":
        return agent
    if kind == "team":
        return Team(name="Crew", id="crew", model=model, members=[agent], store_events=True, db=db)
    done = Step(name="done", executor=lambda given: StepOutput(content="done"))
    steps = [
        Loop(name="twice", steps=[done], max_iterations=2),
        Condition(name="if", evaluator=True, steps=[Step(name="ask", agent=agent)]),
    ]
    return Workflow(name="Trip", id="trip", steps=steps, store_events=True, db=db)


def names(events):
    return [event if isinstance(event, str) else getattr(event, "event", None) or event["event"] for event in events]


def streamed(made, way, stream_events):
    """Names of the events that a caller is shown, and of those that the session keeps."""
    given = {"input": "Hi", "session_id": "s1", "stream": True, "stream_events": stream_events}
    if way == "run stream":
        shown = names(made.run(**given))
    else:

        async def listened():
            return [event async for event in made.arun(**given)]

        shown = names(asyncio.run(listened()))
    return shown, names(made.get_session(session_id="s1").runs[-1].events or [])


@pytest.mark.parametrize("stream_events", [False, True])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["agent", "team", "workflow"])
def test_a_recorder_changes_neither_what_is_shown_nor_what_is_kept(server, kind, way, stream_events):
    server.add(*["Done."] * (1 + len(DETAILS)))
    shown, kept = streamed(owner(kind), way, stream_events)
    assert ("RunContent" in shown) or ("TeamRunContent" in shown)
    if not stream_events:  # as Agno keeps it
        own = ["WorkflowStarted", *["RunContent"] * shown.count("RunContent"), "WorkflowCompleted"]
        assert kept == {"agent": ["RunCompleted"], "team": ["TeamRunCompleted"], "workflow": own}[kind]
    for detail in DETAILS:
        recorder = Recorder(TelemetryStore(), detail=detail).start()
        try:
            assert streamed(owner(kind), way, stream_events) == (shown, kept)
        finally:
            recorder.stop()
        assert recorder.recorded > 0
        recorder.store.close()
