"""What members see and keep: histories, each other's work, state, tools, sessions."""

from __future__ import annotations

import pytest
from team_kit import call, delegate, four_ways, names, on, run_in

from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import SqliteDb
from wherry.tools import Toolkit


def mark(place: str, run_context) -> str:
    """Mark a place."""
    run_context.session_state["seen"] = [*run_context.session_state.get("seen", []), place]
    return f"{place} is marked"


def tide(place: str) -> str:
    """Tide at a place."""
    return f"{place}: rising"


ROUND = (delegate("ann", "Name a boat."), "A wherry.", "Take a wherry.")


@four_ways
def test_a_member_may_know_what_the_team_was_asked_before(way):
    with on([*ROUND, *ROUND]) as crew:
        team = crew.team(crew.agent("Ann"), db=InMemoryDb(), add_team_history_to_members=True, num_team_history_runs=1)
        run_in(way, team, "Which boat?", session_id="s")
        run_in(way, team, "And now?", session_id="s")
        assert crew.asked(1) == "Name a boat."
        told = crew.asked(4)
        assert "<team_history_context>" in told
        assert "Which boat?" in told
        assert told.endswith("Name a boat.")


@four_ways
def test_a_member_with_history_sees_its_own_earlier_messages(way):
    replies = [*ROUND, delegate("ann", "Name another."), "A yacht.", "Take a yacht."]
    with on(replies) as crew:
        team = crew.team(crew.agent("Ann", add_history_to_context=True), crew.agent("Ben"), db=InMemoryDb())
        run_in(way, team, "Which boat?", session_id="s")
        run_in(way, team, "Another?", session_id="s")
        assert crew.requests[4].turns == [
            ("user", "Name a boat."),
            ("assistant", "A wherry."),
            ("user", "Name another."),
        ]


@four_ways
def test_members_may_know_what_others_did_in_this_run(way):
    replies = [delegate("ann", "Name a boat."), "A wherry.", delegate("ben", "Name a river."), "The Ant.", "Both."]
    with on(replies) as crew:
        run_in(way, crew.team(crew.agent("Ann"), crew.agent("Ben"), share_member_interactions=True), "Go")
        assert crew.asked(1) == "Name a boat."
        told = crew.asked(3)
        assert told.startswith("<member_interaction_context>")
        assert "Member: Ann\nTask: Name a boat.\nResponse: A wherry." in told
        assert told.endswith("Name a river.")


@four_ways
def test_leader_and_members_share_one_state(way):
    replies = [
        call("mark", place="Acle"),
        delegate("ann", "Mark Thurne."),
        call("mark", place="Thurne"),
        "Marked.",
        "All is marked.",
    ]
    with on(replies) as crew:
        db = InMemoryDb()
        team = crew.team(crew.agent("Ann", tools=[mark]), tools=[mark], db=db, session_state={"seen": []})
        run_in(way, team, "Go", session_id="s")
        session = team.get_session(session_id="s")
    assert session.session_data["session_state"]["seen"] == ["Acle", "Thurne"]


@four_ways
def test_the_leader_is_told_what_tools_its_members_have_when_it_asks(way):
    with on([call("get_member_information"), "Ann knows the tide."]) as crew:
        member = crew.agent("Ann", role="Knows tides", tools=[tide], description="An old hand.")
        team = crew.team(member, add_member_tools_to_context=True, get_member_information_tool=True)
        _, output = run_in(way, team, "Who?")
        shown = (
            '<member id="ann" name="Ann">\n  Role: Knows tides\n  Description: An old hand.\n  Tools: tide\n</member>'
        )
        assert shown in crew.requests[0].text("system")
    assert shown in output.tools[0].result
    assert team.get_member_information() == f"{shown}\n"
    assert team.get_members_system_message_content(indent=2).startswith('  <member id="ann"')


@four_ways
def test_asynchronous_tools_of_a_toolkit_are_told_where_they_are_there(way):
    async def depth(place: str) -> str:
        """Depth at a place."""
        return "2 m"

    with on(["Ann knows."]) as crew:
        member = crew.agent("Ann", tools=[Toolkit(name="water", tools=[tide, depth])])
        team = crew.team(member, add_member_tools_to_context=True)
        run_in(way, team, "Who?")
        told = "Tools: tide, depth\n" if way.startswith("a") else "Tools: tide\n"
        assert told in crew.requests[0].text("system")
    assert "Tools: tide\n" in team.get_members_system_message_content()
    assert "Tools: tide, depth\n" in team.get_members_system_message_content(async_mode=True)


def test_members_are_described_without_their_tools_by_default():
    with on(["Hello."]) as crew:
        crew.team(crew.agent("Ann", tools=[tide])).run("Hi")
        assert "Tools:" not in crew.requests[0].text("system")


@four_ways
def test_a_member_without_a_model_uses_its_leaders(way):
    with on(ROUND) as crew:
        member = crew.agent("Ann")
        member.model = None
        _, output = run_in(way, crew.team(member), "Go")
        crew.assert_done()
    assert output.member_responses[0].content == "A wherry."


@four_ways
@pytest.mark.parametrize("keep", [True, False])
def test_member_responses_are_stored_when_that_is_asked_for(way, keep, tmp_path):
    with on(ROUND) as crew:
        db = SqliteDb(db_file=str(tmp_path / "t.db"))
        team = crew.team(crew.agent("Ann"), db=db, store_member_responses=keep)
        _, output = run_in(way, team, "Which boat?", session_id="s")
        stored = team.get_run_output(run_id=output.run_id, session_id="s")
    assert [member.content for member in output.member_responses] == ["A wherry."]
    assert [member.content for member in stored.member_responses] == (["A wherry."] if keep else [])
    session = team.get_session(session_id="s")
    assert {run.parent_run_id for run in session.runs} == {None, output.run_id}, "members' runs have rows of their own"


@pytest.mark.parametrize("way", ["run stream", "arun stream"])
@pytest.mark.parametrize("mode", ["coordinate", "route"])
def test_the_events_of_members_may_be_kept_from_the_caller(way, mode):
    replies = ROUND if mode == "coordinate" else ROUND[:2]
    with on(replies) as crew:
        team = crew.team(crew.agent("Ann"), stream_member_events=False, mode=mode)
        events, output = run_in(way, team, "Which boat?")
    assert all(name.startswith("Team") for name in names(events))
    assert output.content == ("Take a wherry." if mode == "coordinate" else "A wherry.")
    said = "".join(event.content for event in events if event.event == "TeamRunContent")
    assert said == output.content


@pytest.mark.parametrize("way", ["run stream", "arun stream"])
def test_stored_events_hold_those_of_members(way, tmp_path):
    with on(ROUND) as crew:
        team = crew.team(crew.agent("Ann"), store_events=True, db=SqliteDb(db_file=str(tmp_path / "t.db")))
        events, output = run_in(way, team, "Which boat?", session_id="s")
        stored = team.get_run_output(run_id=output.run_id, session_id="s")
    kept = [event for event in names(events) if not event.endswith("RunContent")]
    assert [event for event in names(stored.events) if not event.endswith("RunContent")] == kept


def test_panels_show_what_members_said(capsys):
    with on(ROUND) as crew:
        crew.team(crew.agent("Ann"), show_members_responses=True).print_response("Which boat?")
    printed = capsys.readouterr().out
    assert printed.index("Which boat?") < printed.index("A wherry.") < printed.index("Take a wherry.")
    assert "Ann" in printed


@pytest.mark.parametrize("stream", [True, False])
def test_members_answers_are_drawn_as_markdown_with_the_teams(capsys, stream):
    with on([delegate("ann", "Name a boat."), "A **wherry**.", "Take it."]) as crew:
        team = crew.team(crew.agent("Ann"), show_members_responses=True, markdown=True)
        team.print_response("Which boat?", stream=stream)
    printed = capsys.readouterr().out
    assert "A wherry." in printed
    assert "**" not in printed


@pytest.mark.parametrize("stream", [True, False])
def test_panels_may_leave_members_out(capsys, stream):
    with on(ROUND) as crew:
        crew.team(crew.agent("Ann"), show_members_responses=False).print_response("Which boat?", stream=stream)
    printed = capsys.readouterr().out
    assert "Take a wherry." in printed
    assert "Ann Response" not in printed
