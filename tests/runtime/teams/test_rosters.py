"""Who belongs to a team, and how members are found: by id, by name, in nested teams, from a callable."""

from __future__ import annotations

from team_kit import delegate, four_ways, on, run_in

from wherry.agent import Agent
from wherry.team import Team
from wherry.tools import Toolkit


@four_ways
def test_members_without_a_model_take_the_teams_and_are_named_by_their_name(way):
    with on([delegate("ann-lee", "Sail."), "Sailing.", "She sails."]) as crew:
        team = crew.team(Agent(name="Ann Lee", telemetry=False))
        _, output = run_in(way, team, "Who sails?")
        crew.assert_done()
    assert (output.content, output.member_responses[0].content) == ("She sails.", "Sailing.")
    assert output.member_responses[0].agent_id == "ann-lee"


@four_ways
def test_a_member_of_a_nested_team_is_reached_by_its_own_id(way):
    with on([delegate("bob", "Row."), "Rowing.", "Bob rows."]) as crew:
        inner = crew.team(crew.agent("Bob"), name="Shore", id="shore")
        _, output = run_in(way, crew.team(crew.agent("Ann"), inner), "Who rows?")
        crew.assert_done()
    assert output.content == "Bob rows."


@four_ways
def test_a_callable_chooses_the_members_of_a_run(way):
    with on([delegate("ann", "Sail."), "Sailing.", "Done."]) as crew:

        def members(run_context):
            return [crew.agent("Ann")] if run_context.user_id == "u" else []

        team = Team(name="Crew", id="crew", members=members, model=crew.model(), telemetry=False)
        _, output = run_in(way, team, "Go", user_id="u")
    assert [member.content for member in output.member_responses] == ["Sailing."]


@four_ways
def test_the_roster_lists_tools_of_every_kind(way):
    def helm() -> str:
        """Steer."""
        return "steered"

    kit = Toolkit(name="sails", tools=[helm])
    with on(["None needed."]) as crew:
        ann = crew.agent("Ann", role="steers", tools=[helm, kit, {"type": "function", "name": "built_in"}])
        team = crew.team(ann, crew.agent("Ben"), add_member_tools_to_context=True)
        run_in(way, team, "Who steers?")
        system = crew.requests[0].turns[0][1]
    assert "helm" in system
    assert "built_in" in system
    assert 'id="ann"' in system
