"""What a team's leader is asked, by the form of the input: one message, as in Agno."""

from __future__ import annotations

import pytest
from team_kit import delegate, four_ways, on, run_in

from wherry.models.message import Message

PARTS = [{"type": "text", "text": "Which boat?"}]
SAID = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Which boat?"}]


@four_ways
@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (["Which boat?", "And when?"], "Which boat?\nAnd when?"),
        (SAID, str(SAID)),
        ([Message(role="user", content=c) for c in ("Which?", "When?")], "Which?\nWhen?"),
        ([Message(role="assistant", content="Well?"), Message(role="user", content="Which?")], "Which?"),
        (PARTS, PARTS),
        ([1, 2], "[1, 2]"),
        ([], ""),
    ],
)
def test_a_list_is_one_question(way, given, asked):
    with on(["A wherry."]) as crew:
        run_in(way, crew.team(crew.agent("Ann")), given)
        sent = [message for message in crew.requests[0].body["messages"] if message["role"] == "user"]
    assert [message["content"] for message in sent] == [asked]


@four_ways
def test_an_agent_goes_on_with_a_conversation(way):
    said = (("user", "A?"), ("assistant", "B."), ("user", "C?"))
    given = [Message(role=role, content=content) for role, content in said]
    with on(["D."]) as crew:
        run_in(way, crew.agent("Ann"), given)
        assert crew.requests[0].turns == list(said)


@four_ways
@pytest.mark.parametrize(
    ("given", "options", "asked"),
    [
        (["Which?", "When?"], {}, "Which?\nWhen?"),
        ("Which, {who}?", {"dependencies": {"who": "Maud"}}, "Which, Maud?"),
        (0, {}, ""),
    ],
)
def test_members_are_asked_as_their_leader_is(way, given, options, asked):
    with on([delegate("ann", "Name a boat."), "A wherry.", "So."]) as crew:
        team = crew.team(crew.agent("Ann"), determine_input_for_members=False)
        _, output = run_in(way, team, given, **options)
        sent = [request.body["messages"][-1]["content"] for request in crew.requests[:2]]
    assert sent == [asked, asked]
    assert output.member_responses[0].input.input_content == asked
