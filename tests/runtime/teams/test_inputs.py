"""What a team's leader is asked, by the form of the input: one message, as in Agno."""

from __future__ import annotations

import pytest
from team_kit import four_ways, on, run_in

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
