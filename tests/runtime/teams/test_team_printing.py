"""What the terminal shows of teams inside of teams, and of members that are asked for or not."""

from __future__ import annotations

import asyncio
import io

import pytest
from rich.console import Console
from team_kit import call, delegate, on

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
def test_a_list_of_texts_is_no_question_that_is_drawn(way):
    with on(["Take a wherry."]) as crew:
        text = printed(way, crew.team(crew.agent("Ann")), ["Which boat?", "Be brief."])
    assert "Which boat?" not in text
    assert ("Message" in text) is not way.endswith("stream")
