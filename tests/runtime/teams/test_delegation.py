"""A leader and its members: who is asked what, who answers, and what is kept of it."""

from __future__ import annotations

import re

import pytest
from pydantic import BaseModel
from team_kit import call, delegate, four_ways, names, on, run_in

from wherry.core.errors import ConfigurationError
from wherry.db.sqlite import SqliteDb
from wherry.media import Image
from wherry.team import Team, TeamMode
from wherry.tools.function import ToolResult


class Boat(BaseModel):
    name: str


@four_ways
def test_a_leader_delegates_in_turn_and_writes_the_answer(way):
    replies = [delegate("ann", "Name a boat."), "A wherry.", delegate("ben", "Name a river."), "The Ant.", "Both."]
    with on(replies) as crew:
        team = crew.team(crew.agent("Ann", role="Knows boats"), crew.agent("Ben", role="Knows rivers"))
        events, output = run_in(way, team, "A boat and a river?")
        assert [crew.asked(index) for index in (1, 3)] == ["Name a boat.", "Name a river."]
        assert crew.requests[4].turns[-1] == ("tool", "The Ant.")
        crew.assert_done()
    assert (output.content, output.status) == ("Both.", "COMPLETED")
    assert [member.content for member in output.member_responses] == ["A wherry.", "The Ant."]
    assert {member.parent_run_id for member in output.member_responses} == {output.run_id}
    # As in Agno: in a stream every call so far is given the id of the latest member's run, in a whole run none is.
    last = output.member_responses[-1].run_id if "stream" in way else None
    assert [tool.child_run_id for tool in output.tools] == [last, last]
    if events:
        told = [name for name in names(events) if not name.endswith(("RunContent", "ContentCompleted"))]
        member = ["RunStarted", "ModelRequestStarted", "ModelRequestCompleted", "RunCompleted"]
        turn = ["TeamModelRequestStarted", "TeamModelRequestCompleted"]
        around = [*turn, "TeamToolCallStarted", *member, "TeamToolCallCompleted"]
        assert told == ["TeamRunStarted", *around, *around, *turn, "TeamRunCompleted"]


@four_ways
def test_members_asked_in_one_breath_all_answer(way):
    both = {
        "tool_calls": [
            {"name": "delegate_task_to_member", "arguments": {"member_id": "ann", "task": "boat"}},
            {"name": "delegate_task_to_member", "arguments": {"member_id": "ben", "task": "river"}},
        ]
    }

    def answer(request):
        text = request.turns[-1][1]
        return {"Go": both, "boat": "A wherry.", "river": "The Ant."}.get(text, "Both.")

    with on([answer]) as crew:
        _, output = run_in(way, crew.team(crew.agent("Ann"), crew.agent("Ben")), "Go")
    assert output.content == "Both."
    assert [tool.result for tool in output.tools] == (["A wherry.", "The Ant."])
    assert {member.content for member in output.member_responses} == {"A wherry.", "The Ant."}


@four_ways
def test_a_routed_question_is_answered_by_the_member_alone(way):
    with on([delegate("ann", "Name a boat."), "A wherry."]) as crew:
        team = crew.team(crew.agent("Ann"), mode=TeamMode.route)
        events, output = run_in(way, team, "Which boat?")
        assert len(crew.requests) == 2
    assert output.content == "A wherry."
    assert output.messages[-1].stop_after_tool_call is True
    if events:
        said = [event.content for event in events if event.event == "TeamRunContent"]
        assert "".join(said) == "A wherry."
        assert len(said) > 2, "the member's words come through one by one"


@four_ways
def test_a_route_may_pass_the_users_own_words_on(way):
    with on([delegate("ann", "Something else."), "A wherry."]) as crew:
        team = crew.team(crew.agent("Ann"), respond_directly=True, determine_input_for_members=False)
        run_in(way, team, "Which boat?")
        assert crew.asked(1) == "Which boat?"
    assert team.mode is TeamMode.route


@four_ways
def test_a_broadcast_reaches_every_member(way):
    def answer(request):
        text = request.turns[-1][1]
        if text == "Go":
            return call("delegate_task_to_members", task="Name one.")
        return "Thanks." if request.turns[-1][0] == "tool" else request.text("system").strip()

    with on([answer]) as crew:
        team = crew.team(
            crew.agent("Ann", system_message="A wherry."),
            crew.agent("Ben", system_message="A yacht."),
            mode="broadcast",
        )
        _, output = run_in(way, team, "Go")
    assert output.content == "Thanks."
    told = output.tools[0].result
    assert all(answer in told for answer in ("A wherry.", "A yacht."))
    assert sorted(member.content for member in output.member_responses) == ["A wherry.", "A yacht."]


@four_ways
def test_the_leader_may_answer_without_anybody(way):
    with on(["By myself."]) as crew:
        _, output = run_in(way, crew.team(crew.agent("Ann")), "Hello")
        assert [tool["function"]["name"] for tool in crew.requests[0].body["tools"]] == ["delegate_task_to_member"]
    assert (output.content, output.member_responses, output.tools or []) == ("By myself.", [], [])


@four_ways
def test_an_unknown_member_is_told_to_the_leader_who_may_choose_again(way):
    with on([delegate("zoe", "x"), delegate("ann", "y"), "Here.", "Done."]) as crew:
        _, output = run_in(way, crew.team(crew.agent("Ann", role="Knows boats")), "Go")
    assert "no member with the id zoe" in output.tools[0].result
    assert '<member id="ann" name="Ann">\n  Role: Knows boats' in output.tools[0].result
    assert (output.content, output.tools[1].result or "Here.") == ("Done.", "Here.")


@four_ways
def test_a_member_that_fails_does_not_take_the_team_down(way):
    with on([delegate("ann", "Try."), {"status": 400, "error": "no such luck"}, "It failed."]) as crew:
        events, output = run_in(way, crew.team(crew.agent("Ann")), "Go")
    assert (output.content, output.status) == ("It failed.", "COMPLETED")
    if events:
        # As in Agno, the event is all that a member's failed stream leaves.
        assert [event.content for event in events if event.event == "RunError"] == ["no such luck"]
        assert output.member_responses == []
        return
    [member] = output.member_responses
    assert member.status == "ERROR"
    assert "no such luck" in member.content


@four_ways
def test_a_leader_that_fails_fails_the_run(way):
    with on([{"status": 400, "error": "the leader is out"}]) as crew:
        team = crew.team(crew.agent("Ann"))
        if "stream" not in way:
            _, output = run_in(way, team, "Go")
            assert (output.status, output.content) == ("ERROR", "the leader is out")
        else:
            told = list(team.run("Go", stream=True)) if way == "run stream" else run_in(way, team, "Go")[0]
            error = next(event for event in told if event.event == "TeamRunError")
            assert error.content == "the leader is out"


@four_ways
def test_a_team_within_a_team_leads_its_own_members(way):
    replies = [delegate("shore", "Ask."), delegate("cid", "Say."), "Rising.", "It rises.", "The tide rises."]
    with on(replies) as crew:
        shore = crew.team(crew.agent("Cid", role="Knows tides"), name="Shore", id="shore", role="Ashore")
        _, output = run_in(way, crew.team(crew.agent("Ann"), shore), "Which tide?")
        system = crew.requests[0].text("system")
        assert '<member id="shore" name="Shore" type="team">' in system
        assert '<member name="Cid">' in system, "members of members are shown without an id: they cannot be addressed"
        assert "attached_media" not in crew.requests[1].text("system")
        crew.assert_done()
    assert output.content == "The tide rises."
    [inner] = output.member_responses
    assert (inner.team_id, inner.content, inner.parent_run_id) == ("shore", "It rises.", output.run_id)
    assert [member.content for member in inner.member_responses] == ["Rising."]


@four_ways
def test_answers_in_a_schema(way):
    with on([delegate("ann", "Name a boat."), {"content": {"name": "Albion"}}, {"content": {"name": "Maud"}}]) as crew:
        team = crew.team(crew.agent("Ann", output_schema=Boat), output_schema=Boat)
        _, output = run_in(way, team, "Which boat?")
        told = crew.requests[2].turns[-1][1]
        assert '"name"' in told
    assert output.content == Boat(name="Maud")
    assert output.member_responses[0].content == Boat(name="Albion")


@four_ways
def test_the_schema_of_a_routing_team_is_the_members(way):
    with on([delegate("ann", "Name a boat."), {"content": {"name": "Albion"}}]) as crew:
        _, output = run_in(way, crew.team(crew.agent("Ann"), mode="route", output_schema=Boat), "Which boat?")
        assert crew.requests[1].body["response_format"]["json_schema"]["name"] == "Boat"
    assert output.content == Boat(name="Albion")


@four_ways
def test_what_a_member_draws_belongs_to_the_team_once(way):
    def draw() -> ToolResult:
        """Draw."""
        return ToolResult(content="drawn", images=[Image(id="i", url="https://example.com/a.png")])

    with on([delegate("ann", "Draw."), call("draw"), "Here it is.", "Look."]) as crew:
        _, output = run_in(way, crew.team(crew.agent("Ann", tools=[draw])), "A picture?")
    assert [image.id for image in output.images] == ["i"]


@four_ways
def test_a_limit_of_tool_calls_holds_for_the_leader(way):
    both = {"tool_calls": [delegate("ann", task)["tool_calls"][0] for task in ("one", "two")]}
    with on([both, "First.", "Enough."]) as crew:
        _, output = run_in(way, crew.team(crew.agent("Ann"), tool_call_limit=1), "Go")
        assert len(crew.requests) == 3
    assert len(output.member_responses) == 1


@four_ways
def test_members_may_be_chosen_for_each_run(way):
    with on([delegate("ben", "Go."), "Gone.", "Done."]) as crew:
        everybody = {"u": [crew.agent("Ben")]}
        asked = []

        def choose(run_context):
            asked.append(run_context.user_id)
            return everybody[run_context.user_id]

        team = Team(name="Crew", members=choose, model=crew.model(), telemetry=False)
        _, output = run_in(way, team, "Go", user_id="u")
        assert 'id="ben"' in crew.requests[0].text("system")
    assert (output.content, set(asked)) == ("Done.", {"u"})


def test_a_team_needs_members_it_can_go_through():
    with pytest.raises(TypeError, match="members must be a list or a callable, not 'Ann'"):
        Team(members="Ann")
    assert Team(members=None).members == []


@pytest.mark.parametrize("mode", ["canter", "", 3, []])
def test_a_team_works_in_modes_that_there_are(mode):
    with pytest.raises(
        ConfigurationError, match=re.escape(f"mode={mode!r} is not a way for a team to work")
    ) as refused:
        Team(members=[], mode=mode)
    assert "'coordinate', 'route', 'broadcast', 'tasks'" in str(refused.value)


@four_ways
def test_what_is_wrong_with_a_delegation_is_told_by_the_tools_name(way):
    with on([call("delegate_task_to_member", member_id="ann"), "Sorry."]) as crew:
        run_in(way, crew.team(crew.agent("Ann")), "Go")
        told = crew.requests[1].text("tool")
    assert told.startswith("1 validation error for delegate_task_to_member\ntask")


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        ({}, TeamMode.coordinate),
        ({"respond_directly": True}, TeamMode.route),
        ({"delegate_to_all_members": True}, TeamMode.broadcast),
        ({"mode": "tasks", "respond_directly": True}, TeamMode.tasks),
    ],
)
def test_the_mode_is_the_given_one_or_follows_from_the_flags(given, mode):
    team = Team(members=[], **given)
    assert team.mode is mode
    assert team.respond_directly is (mode is TeamMode.route)


def test_a_team_settles_its_members_when_asked_to():
    with on([]) as crew:
        member = crew.agent("Ann")
        member.model = None
        team = crew.team(member, id=None)
        team.initialize_team()
        assert team.id == "crew"
        assert (member.model, member.team_id) == (team.model, "crew")


def test_a_copy_of_a_team_has_members_of_its_own():
    with on(["Hello."]) as crew:
        team = crew.team(crew.agent("Ann"))
        copy = team.deep_copy(update={"name": "Other"})
        assert copy.run("Hi").content == "Hello."
    assert (team.name, copy.name) == ("Crew", "Other")
    assert copy.members[0] is not team.members[0]


@four_ways
def test_a_routed_members_schema_shapes_the_teams_answer(way):
    with on([delegate("ann", "Name a boat."), {"content": {"name": "Albion"}}]) as crew:
        _, output = run_in(way, crew.team(crew.agent("Ann", output_schema=Boat), mode="route"), "Which boat?")
    assert output.content == Boat(name="Albion")


@pytest.mark.parametrize("way", ["run stream", "arun stream"])
def test_a_routed_members_object_is_the_teams_content_at_once(way):
    class Choice(BaseModel):
        boat: str

    with on([delegate("ann", "A boat."), '{"boat": "Albion"}']) as crew:
        team = crew.team(crew.agent("Ann", output_schema=Choice), mode="route")
        events, output = run_in(way, team, "A boat, please.")
    told = [event for event in events if event.event == "TeamRunContent" and event.content]
    assert [(event.content, event.content_type) for event in told] == [(Choice(boat="Albion"), "Choice")]
    assert output.content == Choice(boat="Albion")


def test_a_member_that_runs_by_itself_after_its_team_keeps_a_session_of_its_own(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "own.db"))
    with on([delegate("ann", "Name a boat."), "A wherry.", "A boat.", "A skiff."]) as crew:
        ann = crew.agent("Ann", db=db)
        team = crew.team(ann, db=db)
        output = team.run("A boat?", session_id="team")
        ann.run("Another?", session_id="own")
        crew.assert_done()
    assert output.session_state == {}
    own = ann.get_session(session_id="own")
    assert [run.content for run in own.runs] == ["A skiff."]
    assert len(team.get_session(session_id="team").runs) == 2
