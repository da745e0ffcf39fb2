"""The session state on what a team's run gives back."""

import pytest
from agent_kit import chat, four_ways, model, named, ran

from wherry.agent import Agent
from wherry.db.in_memory import InMemoryDb
from wherry.team import Team


@four_ways
@pytest.mark.parametrize("state", [None, {"plan": "free"}])
def test_a_teams_output_and_its_last_event_hold_the_state(way, state):
    db = InMemoryDb()
    with model({"content": "North."}):
        team = Team(model=chat(), members=[Agent(id="mate", model=chat())], db=db, session_state=state)
        events, output = ran(way, team, session_id="s")
    assert output.session_state == (state or {})
    assert [event.session_state for event in named(events, "TeamRunCompleted")] == [state or {}] * bool(events)
    assert db.get_session("s").runs[0].session_state == (state or {})
