"""What a whole run tells listeners without making events is what its events would have told."""

import asyncio
from types import SimpleNamespace

import pytest
from pydantic import BaseModel

from wherry.agent import Agent
from wherry.core.events import events_agent, events_team
from wherry.core.run import listeners
from wherry.models.openai import OpenAIChat
from wherry.run import RunContext
from wherry.run.agent import CustomEvent
from wherry.team import Team
from wherry.telemetry import Recorder, TelemetryStore
from wherry.telemetry.envelope import KNOWN
from wherry.tools import tool


class Answer(BaseModel):
    """A structured answer."""

    text: str
    token: str = "abc"


class Both:
    """Records what is heard, and the events of the same runs."""

    def __init__(self, folder):
        self.heard = Recorder(TelemetryStore(str(folder / "heard.db")))
        self.seen = Recorder(TelemetryStore(str(folder / "seen.db")))

    def __enter__(self):
        # The first is a listener that can hear; the second is handed events as any other listener is.
        self.heard.start()
        listeners.append(self._event)
        return self

    def _event(self, event, run):
        self.seen(event, run)

    def __exit__(self, *_):
        listeners.remove(self._event)
        self.heard.stop()

    def told(self):
        self.seen.flush()
        own = ("event_id", "timestamp")
        both = []
        for recorder in (self.heard, self.seen):
            found = recorder.store.query({}, limit=1000)[0]
            both.append([{name: value for name, value in one.items() if name not in own} for one in found])
        return both


@pytest.fixture
def both(tmp_path):
    return Both(tmp_path)


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def fail(a: int) -> int:
    """Fail."""
    raise ValueError(f"no {a}")


def ask(owner, way, **given):
    return asyncio.run(owner.arun("Hi", **given)) if way == "arun" else owner.run("Hi", **given)


@pytest.mark.parametrize("way", ["run", "arun"])
def test_an_agent_with_tools_is_heard_as_it_is_seen(server, both, way):
    one = {"name": "add", "arguments": {"a": 1, "b": 2}}
    server.add({"tool_calls": [one]}, {"tool_calls": [one, {"name": "fail", "arguments": {"a": 3}}]}, "Done.")
    agent = Agent(name="Ada", model=OpenAIChat(id="m"), tools=[add, fail], session_state={"n": 1})
    with both:
        ask(agent, way, session_id="s1", metadata={"api_key": "plain"})
    heard, seen = both.told()
    assert heard == seen
    kinds = [one["event_type"] for one in heard]
    assert (kinds[0], kinds[-1]) == ("RunStarted", "RunCompleted")
    assert kinds.count("ToolCallCompleted") == 3
    assert kinds.count("ToolCallError") == 1
    assert heard[-1]["payload"]["metadata"] == {"api_key": "[redacted]"}


@pytest.mark.parametrize("way", ["run", "arun"])
def test_a_structured_answer_is_heard_as_it_is_seen(server, both, way):
    server.add('{"text": "Hello", "token": "quiet"}')
    agent = Agent(name="Ada", model=OpenAIChat(id="m"), output_schema=Answer)
    with both:
        ask(agent, way, session_id="s1")
    heard, seen = both.told()
    assert heard == seen
    assert heard[-1]["payload"]["content"] == {"text": "Hello", "token": "[redacted]"}


@pytest.mark.parametrize("way", ["run", "arun"])
def test_a_team_and_its_members_are_heard_as_they_are_seen(server, both, way):
    give = {"name": "delegate_task_to_member", "arguments": {"member_id": "bob", "task": "Do."}}
    server.add({"tool_calls": [give]}, "Bob's part.", "All done.")
    model = OpenAIChat(id="m")
    team = Team(name="Crew", model=model, members=[Agent(name="Bob", id="bob", model=model)])
    with both:
        ask(team, way, session_id="s1")
    heard, seen = both.told()
    assert heard == seen
    kinds = [one["event_type"] for one in heard]
    assert kinds.index("TeamToolCallStarted") < kinds.index("RunStarted") < kinds.index("TeamToolCallCompleted")
    assert heard[kinds.index("RunStarted")]["parent_run_id"] == heard[0]["run_id"]


def test_a_call_that_waits_for_a_person_is_heard_as_it_began(server, both):
    @tool(requires_confirmation=True)
    def sell(boat: str) -> str:
        """Sell a boat."""
        return f"sold {boat}"

    server.add({"tool_calls": [{"name": "sell", "arguments": {"boat": "Ada"}}]}, "Sold.")
    agent = Agent(name="Ada", model=OpenAIChat(id="m"), tools=[sell])
    with both:
        waiting = agent.run("Hi", session_id="s1")
        waiting.tools[0].confirmed = True
        agent.continue_run(run_response=waiting)
    heard, seen = both.told()
    assert heard == seen
    begun = next(one for one in heard if one["event_type"] == "ToolCallStarted")
    assert begun["payload"]["tool"]["result"] is None


def whose(payload):
    """The name that a call was given, by its events and those that it yielded."""
    return payload["place"][0] if "place" in payload else payload.get("tool", {}).get("tool_args", {}).get("name")


def test_calls_side_by_side_keep_the_order_of_what_they_yield(server, both):
    async def watch(name: str):
        """Tell twice, then end."""
        yield CustomEvent(place=f"{name} 1")
        yield CustomEvent(place=f"{name} 2")

    calls = [{"name": "watch", "arguments": {"name": name}} for name in ("a", "b")]
    server.add({"tool_calls": calls}, "Done.")
    agent = Agent(name="Ada", model=OpenAIChat(id="m"), tools=[watch])
    with both:
        asyncio.run(agent.arun("Hi", session_id="s1"))
    heard, seen = both.told()
    assert heard == seen
    for name in ("a", "b"):
        own = [one for one in heard if whose(one["payload"]) == name]
        assert [one["payload"].get("place") or one["event_type"] for one in own] == [
            "ToolCallStarted",
            f"{name} 1",
            f"{name} 2",
            "ToolCallCompleted",
        ]


def test_a_full_queue_counts_what_it_did_not_hear(server, tmp_path):
    server.add("Done.")
    recorder = Recorder(TelemetryStore(str(tmp_path / "t.db")), capacity=2)
    listeners.append(recorder)
    try:
        Agent(name="Ada", model=OpenAIChat(id="m")).run("Hi")
    finally:
        listeners.remove(recorder)
    recorder.flush()
    assert (recorder.recorded, recorder.dropped) == (2, 3)


def test_a_listener_that_fails_hears_the_next_event_and_others_hear_all(server, both, caplog):
    class Deaf:
        def hear(self, run, name, own):
            raise RuntimeError("not now")

        def __call__(self, event, run):
            raise RuntimeError("nor this")

    server.add("Done.")
    deaf = Deaf()
    listeners.insert(0, deaf)
    try:
        with both:
            output = Agent(name="Ada", model=OpenAIChat(id="m")).run("Hi", session_id="s1")
    finally:
        listeners.remove(deaf)
    heard, seen = both.told()
    assert output.content == "Done."
    assert heard == seen
    assert len(heard) == 5


@pytest.mark.parametrize("way", ["run", "run stream", "arun", "arun stream"])
def test_what_changes_after_it_was_told_is_recorded_as_it_was(server, both, way):
    def stow(boxes: list[str], run_context: RunContext) -> str:
        """Stow boxes."""
        boxes.append("one more")
        run_context.session_state["stowed"] = {"boxes": 1}
        return "stowed"

    server.add({"tool_calls": [{"name": "stow", "arguments": {"boxes": ["a"]}}]}, "Done.")
    agent = Agent(
        name="Ada", model=OpenAIChat(id="m"), tools=[stow], session_state={"n": [1]}, metadata={"trip": {"day": 1}}
    )
    given = (
        {"session_id": "s1", "stream": "stream" in way, "stream_events": True}
        if "stream" in way
        else {"session_id": "s1"}
    )
    with both:
        output = last_of(agent, way, given)
        output.session_state["n"].append(2)
        output.session_state["stowed"]["boxes"] = 7
        output.metadata["trip"]["day"] = 2
    for told in both.told():
        end = told[-1]["payload"]
        assert end["session_state"]["n"] == [1]
        assert end["session_state"]["stowed"] == {"boxes": 1}
        assert end["metadata"] == {"trip": {"day": 1}}
        begun = next(one["payload"]["tool"] for one in told if one["event_type"] == "ToolCallStarted")
        assert begun["tool_args"] == {"boxes": ["a"]}
    assert len(both.heard.store._run("SELECT position FROM wherry_events")) == 1


@pytest.mark.parametrize("way", ["run", "run stream", "arun", "arun stream"])
@pytest.mark.parametrize("fails", [False, True])
def test_what_a_tool_keeps_of_its_arguments_is_recorded_as_it_was_when_the_call_ended(server, both, way, fails):
    kept = []

    def stow(boxes):  # without a type, so that it is handed the very list that the event has
        """Stow boxes."""
        kept.append(boxes)
        if fails:
            raise ValueError("full")
        return "stowed"

    server.add({"tool_calls": [{"name": "stow", "arguments": {"boxes": ["a"]}}]}, "Done.")
    agent = Agent(name="Ada", model=OpenAIChat(id="m"), tools=[stow])
    given = {"stream": True, "stream_events": True} if "stream" in way else {}
    with both:
        last_of(agent, way, {"session_id": "s1", **given})
        kept[0].append("one more")
    for told in both.told():
        ended = [one["payload"]["tool"]["tool_args"] for one in told if one["event_type"].startswith("ToolCall")]
        assert ended == [{"boxes": ["a"]}] * (2 + fails)


def test_runs_have_no_event_whose_name_telemetry_does_not_know():
    """An unknown name is kept beside the payload of an event that is made, which those that are heard never are."""
    for family in (events_agent, events_team):
        base = family.RunStartedEvent.__base__
        kinds = [one for one in vars(family).values() if isinstance(one, type) and issubclass(one, base)]
        names = {one().event for one in kinds} - {""}  # what they have in common has none
        assert len(names) > 20
        assert names <= KNOWN


def last_of(agent, way, given):
    """The output of a run made one way."""
    if way == "run":
        return agent.run("Hi", **given)
    if way == "arun":
        return asyncio.run(agent.arun("Hi", **given))
    if way == "run stream":
        return list(agent.run("Hi", yield_run_output=True, **given))[-1]

    async def listened():
        return [one async for one in agent.arun("Hi", yield_run_output=True, **given)][-1]

    return asyncio.run(listened())


@pytest.mark.parametrize("odd", [{1: "a"}, {"far": 2**70}, {"self": None}])
def test_state_that_json_cannot_say_is_recorded_as_it_was(server, both, odd):
    if "self" in odd:
        odd["self"] = odd
    server.add("Done.")
    agent = Agent(name="Ada", model=OpenAIChat(id="m"), session_state={"odd": odd, "n": [1]})
    with both:
        output = agent.run("Hi", session_id="s1")
        output.session_state["n"].append(2)
    heard, seen = both.told()
    assert heard == seen
    if "self" in odd:  # the end cannot be told; the rest is there, and what is missing is counted
        assert [one["event_type"] for one in heard][-1] == "RunContentCompleted"
        assert both.heard.dropped == 1
    else:
        assert heard[-1]["payload"]["session_state"]["n"] == [1]
        assert heard[-1]["payload"]["session_state"]["odd"] == {str(key): value for key, value in odd.items()}


def test_a_key_named_later_masks_what_every_run_tells_alike():
    recorder = Recorder(TelemetryStore())
    run = SimpleNamespace(family=events_agent, ids={"run_id": "r", "session_id": "s"})
    for _ in range(2):
        recorder.hear(run, "RunStartedEvent", {"model": "m", "model_provider": "OpenAI"})
        recorder.flush()
        recorder.redactor.add_keys(["model_provider"])
    told = [one["payload"]["model_provider"] for one in recorder.store.query({})[0]]
    recorder.store.close()
    assert told == ["OpenAI", "[redacted]"]


def test_what_every_run_tells_alike_stays_when_its_neighbours_have_secrets(server, both):
    server.add({"tool_calls": [{"name": "add", "arguments": {"a": 1, "b": 2}}]}, "The key is sk-abcdefghijklmnopq.")
    agent = Agent(name="Ada", model=OpenAIChat(id="m"), tools=[add], session_state={"far": 2**80})
    with both:
        agent.run("Hi", session_id="s1")
    heard, seen = both.told()
    assert heard == seen
    assert heard[0]["payload"]["model"] == "m"
    assert "[redacted]" in heard[-1]["payload"]["content"]


@pytest.mark.parametrize("models", [[1, True, 1.0], [["m"], {"m": 1}], [2**80, "m"]])
def test_what_runs_tell_alike_is_told_for_values_that_are_the_same_and_not_only_equal(models):
    recorder = Recorder(TelemetryStore())
    run = SimpleNamespace(family=events_agent, ids={"run_id": "r", "session_id": "s"})
    for model in models:
        recorder.hear(run, "RunStartedEvent", {"model": model, "model_provider": "OpenAI"})
    recorder.flush()
    told = [one["payload"]["model"] for one in recorder.store.query({})[0]]
    recorder.store.close()
    assert list(map(repr, told)) == list(map(repr, models))
