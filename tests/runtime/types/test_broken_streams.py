"""The checker of sequences refuses streams that were broken: real ones of teams and workflows with one event changed.

One event is left out, doubled or put somewhere else; where a rule forbids the result the checker has to complain, and
where none does (contents, hooks, what may come at any time) it must not.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from team_kit import call, delegate, on

from wherry.testing.sequence import sequence_problems
from wherry.tools import tool
from wherry.workflow import Condition, Loop, Parallel, Router, Step, StepOutput, Steps, Workflow

# Nothing forbids that these are missing, told twice, or told earlier or later: contents, and what only informs.
FREE = {"RunContent", "RunContentCompleted", "CustomEvent", "StepOutput", "RunIntermediateContent"}


def say(name: str) -> Step:
    return Step(name=name, executor=lambda _given: StepOutput(content=name))


def tide(place: str) -> str:
    return f"{place}: rising"


def a_team() -> list[Any]:
    replies = [delegate("ann", "Ask."), call("tide", place="Hull"), "Rising.", "It is rising."]
    with on(replies) as crew:
        team = crew.team(crew.agent("Ann", tools=[tide]))
        return list(team.run("Tide?", stream=True, stream_events=True))


def a_nested_team() -> list[Any]:
    replies = [delegate("inner", "Ask."), delegate("ann", "Ask."), "Rising.", "They say rising.", "It is rising."]
    with on(replies) as crew:
        team = crew.team(crew.team(crew.agent("Ann"), name="Inner", id="inner"))
        return list(team.run("Tide?", stream=True, stream_events=True))


def a_waiting_team() -> list[Any]:
    @tool(requires_confirmation=True)
    def book(boat: str) -> str:
        return boat

    with on([delegate("ann", "Book."), call("book", boat="Maud")]) as crew:
        team = crew.team(crew.agent("Ann", tools=[book]))
        return list(team.run("Book.", stream=True, stream_events=True))


def a_workflow() -> list[Any]:
    with on(["Said."]) as crew:
        steps = [
            say("first"),
            Parallel(say("left"), say("right"), name="both"),
            Condition(name="if", evaluator=True, steps=[say("then")]),
            Loop(name="again", steps=[say("round")], max_iterations=2),
            Router(name="way", choices=[say("one"), say("two")], selector=lambda _given: "two"),
            Steps(name="row", steps=[say("last")]),
            Step(name="ask", agent=crew.agent("Ann")),
        ]
        return list(Workflow(name="w", steps=steps, telemetry=False).run("go", stream=True, stream_events=True))


def a_workflow_in_a_workflow() -> list[Any]:
    inner = Workflow(name="in", steps=[say("b")], telemetry=False)
    outer = Workflow(name="out", steps=[say("a"), Step(name="in", workflow=inner)], telemetry=False)
    return list(outer.run("go", stream=True, stream_events=True))


STREAMS = {
    made.__name__: made for made in (a_team, a_nested_team, a_waiting_team, a_workflow, a_workflow_in_a_workflow)
}


@cache
def stream(name: str) -> tuple[Any, ...]:
    return tuple(STREAMS[name]())


def plain(event: Any) -> str:
    return str(event.event).removeprefix("Team")


streams = pytest.mark.parametrize("name", STREAMS)


@streams
def test_the_streams_are_good_as_they_are(name: str) -> None:
    assert sequence_problems(stream(name)) == []
    assert len(stream(name)) > 8


@streams
def test_an_event_that_is_left_out_is_missed(name: str) -> None:
    events = stream(name)
    for place, event in enumerate(events):
        problems = sequence_problems([*events[:place], *events[place + 1 :]])
        assert bool(problems) == (plain(event) not in FREE), (place, event.event, problems)


@streams
def test_an_event_that_is_told_twice_is_noticed(name: str) -> None:
    events = stream(name)
    for place, event in enumerate(events):
        problems = sequence_problems([*events[: place + 1], *events[place:]])
        # A request that another model takes over has no end, as in Agno: two of them may begin.
        free = plain(event) in FREE | {"ModelRequestStarted"}
        assert bool(problems) != free, (place, event.event, problems)


@streams
def test_an_end_before_its_beginning_is_noticed(name: str) -> None:
    events = stream(name)
    for first, second in pairs(events):
        swapped = list(events)
        swapped[first], swapped[second] = swapped[second], swapped[first]
        assert sequence_problems(swapped), (events[first].event, events[second].event)


def pairs(events: tuple[Any, ...]) -> list[tuple[int, int]]:
    """Places of beginnings and of their ends."""
    found = []
    for first, event in enumerate(events):
        name = plain(event)
        if name in FREE or not name.endswith("Started"):
            continue
        end = event.event.removesuffix("Started") + "Completed"
        later = [at for at in range(first + 1, len(events)) if events[at].event == end and same(event, events[at])]
        if later:
            found.append((first, later[0]))
    return found


def same(begun: Any, ended: Any) -> bool:
    names = ("run_id", "step_name", "step_index", "iteration")
    return all(getattr(begun, name, None) == getattr(ended, name, None) for name in names)


@streams
def test_nothing_of_a_run_may_follow_its_end(name: str) -> None:
    events = stream(name)
    for place, event in enumerate(events[:-1]):
        if event.run_id != events[-1].run_id:
            continue
        moved = [*events[:place], *events[place + 1 :], event]
        assert sequence_problems(moved), event.event


@streams
def test_a_member_or_a_step_may_not_outlive_what_it_is_part_of(name: str) -> None:
    events = stream(name)
    outer = events[-1].run_id
    inner = [place for place, event in enumerate(events) if event.run_id != outer]
    for place in inner:
        if plain(events[place]) in FREE:
            continue
        moved = [*events[:place], *events[place + 1 :], events[place]]
        assert sequence_problems(moved), events[place].event


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(STREAMS)), st.data())
def test_a_stream_whose_events_do_not_add_up_is_refused(name: str, data: st.DataObject) -> None:
    """However many events are left out or doubled: when a kind of beginning no longer has as many ends, it is told."""
    events = stream(name)
    kept = [
        event
        for event in events
        for _ in range(data.draw(st.sampled_from([1, 1, 1, 1, 1, 0, 2]), label=str(event.event)))
    ]
    counts = Counter((event.run_id, event.event) for event in kept if plain(event) not in FREE)
    uneven = [key for key, count in counts.items() if key[1].endswith("Started") and odd(key, count, counts)]
    over = any(plain(event) in {"RunCompleted", "WorkflowCompleted"} for event in kept)
    if uneven and over:
        assert sequence_problems(kept), uneven


def odd(key: tuple[str, str], count: int, counts: Counter[tuple[str, str]]) -> bool:
    """Whether a kind of beginning in a run has more or fewer ends than it has beginnings."""
    run, begun = key
    if begun.endswith("ModelRequestStarted"):
        return count < counts[run, begun.removesuffix("Started") + "Completed"]
    return count != counts[run, begun.removesuffix("Started") + "Completed"]


@pytest.mark.parametrize("grouped", [False, True])
def test_a_step_that_began_before_the_wait_ends_once(grouped: bool) -> None:
    @tool(requires_confirmation=True)
    def book(boat: str) -> str:
        return boat

    with on([call("book", boat="Maud"), "Booked."]) as crew:
        ask = Step(name="ask", agent=crew.agent("Ann", tools=[book]))
        made = Workflow(name="w", steps=[Steps(name="g", steps=[ask]) if grouped else ask], telemetry=False)
        output = made.run("go", session_id="s")
        assert output.status == "PAUSED"
        question = output.step_requirements[-1].executor_requirements[0]
        question["confirmation"] = question["tool_execution"]["confirmed"] = True
        events: list[Any] = list(made.continue_run(output, stream=True, stream_events=True))
    assert sequence_problems(events, continued=True) == []
    [place] = [at for at, event in enumerate(events) if event.event == "StepCompleted"]
    twice = [*events[: place + 1], *events[place:]]
    assert "which had not started" in sequence_problems(twice, continued=True)[0]


def test_a_run_needs_an_id() -> None:
    events = list(stream("a_team"))

    class Nameless:
        event = "TeamToolCallStarted"
        run_id = None

    assert "carries no run_id" in sequence_problems([*events, Nameless()])[0]
