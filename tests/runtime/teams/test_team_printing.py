"""What the terminal shows of teams inside of teams, and of members that are asked for or not."""

from __future__ import annotations

import asyncio
import io

import pytest
from agent_kit import Citing
from rich.console import Console
from team_kit import call, delegate, on

from wherry.agent import Agent
from wherry.db.in_memory import InMemoryDb
from wherry.tools.reasoning import ReasoningTools

WAYS = ["print", "print stream", "aprint", "aprint stream"]
each_way = pytest.mark.parametrize("way", WAYS)
NESTED = (delegate("inner", "Name a boat."), delegate("ann", "Which?"), "A wherry.", "Inner: a wherry.", "Outer: go.")


def printed(way, team, asked="Which boat?", **options):
    """What a terminal shows of a team's run."""
    screen = Console(file=io.StringIO(), width=80, force_terminal=False)
    options = {"stream": way.endswith("stream"), "console": screen, **options}
    if way.startswith("aprint"):
        asyncio.run(team.aprint_response(asked, **options))
    else:
        team.print_response(asked, **options)
    return screen.file.getvalue()


def nested(crew):
    """A team whose only member is a team."""
    inner = crew.team(crew.agent("Ann"), name="Inner", id="inner")
    return crew.team(inner, show_members_responses=True)


@pytest.mark.parametrize("way", ["print stream", "aprint stream"])
def test_a_stream_draws_what_an_inner_team_did_with_the_outer_teams(way):
    with on(NESTED) as crew:
        text = printed(way, nested(crew))
    assert "Inner: a wherry.Outer: go." in text
    calls = text[text.index("Team Tool Calls") : text.index("Response (")]
    assert calls.index("member_id=ann") < calls.index("member_id=inner")
    assert "Inner Response" in text
    assert "Ann Response" not in text
    assert "Inner Tool Calls" not in text


@pytest.mark.parametrize("way", ["print", "aprint"])
def test_a_whole_run_draws_each_teams_own_calls(way):
    with on(NESTED) as crew:
        text = printed(way, nested(crew))
    assert "Inner: a wherry.Outer" not in text
    calls = text[text.index("Inner Tool Calls") :]
    assert calls.index("member_id=ann") < calls.index("Team Tool Calls") < calls.index("member_id=inner")


@each_way
def test_members_may_be_asked_for_when_it_is_drawn(way):
    replies = (delegate("ann", "Name a boat."), "A wherry.", "Take it.")
    with on(replies * 2) as crew:
        team = crew.team(crew.agent("Ann"))
        assert "Ann Response" in printed(way, team, show_member_responses=True)
        assert "Ann Response" not in printed(way, team)


@each_way
def test_a_members_calls_are_drawn_above_its_answer(way):
    def tide(place: str) -> str:
        """Tide at a place."""
        return "rising"

    replies = (delegate("ann", "Name a boat."), call("tide", place="Acle"), "It rises.", "Go.")
    with on(replies) as crew:
        text = printed(way, crew.team(crew.agent("Ann", tools=[tide]), show_members_responses=True))
    assert text.index("Ann Tool Calls") < text.index("tide(place=Acle)") < text.index("Ann Response")


@each_way
def test_a_members_thoughts_stand_above_its_calls_in_whole_runs_and_below_them_in_streams(way):
    thought = call("think", title="Tide first", thought="It turns.", action="wait", confidence=0.9)
    with on((delegate("ann", "Look."), thought, "Low.", "Go.")) as crew:
        text = printed(way, crew.team(crew.agent("Ann", tools=[ReasoningTools()]), show_members_responses=True))
    thoughts, made = text.index("Reasoning step 1"), text.index("Ann Tool Calls")
    assert (thoughts < made) is not way.endswith("stream")
    assert max(thoughts, made) < text.index("Ann Response")
    assert "Tide first" in text[thoughts:]


@each_way
def test_a_members_sources_stand_below_its_answer(way):
    with on((delegate("ann", "Look."), "Go.")) as crew:
        ann = Agent(name="Ann", id="ann", model=Citing(id="citing"), telemetry=False)
        text = printed(way, crew.team(ann, show_members_responses=True))
    assert text.index("Ann Response") < text.index("Citations") < text.index("1 Acle") < text.index("Team Tool Calls")


@each_way
def test_a_summary_is_told_of_in_whole_runs(way):
    with on(("Go.", {"content": {"summary": "By the Bure.", "topics": ["rivers"]}})) as crew:
        team = crew.team(crew.agent("Ann"), db=InMemoryDb(), enable_session_summaries=True)
        text = printed(way, team, session_id="s")
        crew.assert_done()
    assert ("Session summary updated" in text) is not way.endswith("stream")


@each_way
def test_a_list_of_texts_is_no_question_that_is_drawn(way):
    with on(["Take a wherry."]) as crew:
        text = printed(way, crew.team(crew.agent("Ann")), ["Which boat?", "Be brief."])
    assert "Which boat?" not in text
    assert ("Message" in text) is not way.endswith("stream")
