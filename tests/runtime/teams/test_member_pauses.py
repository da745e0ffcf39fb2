"""A member waits for a person: the pause travels up to the team, the answer travels down, here or elsewhere."""

from __future__ import annotations

import asyncio
from copy import deepcopy

import pytest
from continue_ways import continued_in
from team_kit import call, delegate, four_ways, names, on, run_in

from wherry.db.sqlite import SqliteDb
from wherry.exceptions import RunNotContinuableError
from wherry.run import RunStatus
from wherry.run.requirement import RunRequirement
from wherry.tools import tool

booked = []


@pytest.fixture(autouse=True)
def nothing_booked():
    booked.clear()


def asking(**options):
    @tool(**options)
    def book(boat: str) -> str:
        """Book a boat."""
        booked.append(boat)
        return f"{boat} is booked"

    return book


CONFIRM = {"requires_confirmation": True}
BOOK = call("book", boat="Albion")
ASKED = (delegate("ann", "Book the Albion."), BOOK)


def paused(way, team, **options):
    events, output = run_in(way, team, "A boat, please.", session_id="s", **options)
    assert output.status == "PAUSED"
    return events, output


@four_ways
def test_a_yes_travels_down_and_the_leader_hears_the_result(way):
    with on([*ASKED, "It is booked.", "All set."]) as crew:
        team = crew.team(crew.agent("Ann", tools=[asking(**CONFIRM)]))
        events, output = paused(way, team)
        [question] = output.requirements
        assert (question.member_agent_id, question.member_agent_name) == ("ann", "Ann")
        assert question.tool_execution.tool_args == {"boat": "Albion"}
        assert output.content == "The team waits for a person:\n- Ann: book needs confirmation"
        assert output.member_responses[0].status == "PAUSED"
        assert booked == []
        question.confirm()
        more, output = continued_in(way, team, output)
        told = crew.requests[3].turns[-1]
        crew.assert_done()
    assert booked == ["Albion"]
    assert told == ("tool", "What the members answered after a person decided:\n[Ann]: It is booked.")
    assert (output.content, output.status, output.requirements) == ("All set.", "COMPLETED", [])
    assert [(run.content, run.status) for run in output.member_responses] == [("It is booked.", "COMPLETED")]
    if events:
        assert names(events)[-3:] == ["RunPaused", "TeamToolCallCompleted", "TeamRunPaused"]
        inner = ["RunContinued", "ToolCallStarted", "ToolCallCompleted", "RunCompleted"]
        seen = [name for name in names(more) if name in (*inner, "TeamRunContinued", "TeamRunCompleted")]
        assert seen == [*inner, "TeamRunContinued", "TeamRunCompleted"]
        assert {event.parent_run_id for event in more if event.event == "RunCompleted"} == {output.run_id}


@four_ways
def test_a_no_is_told_to_the_member(way):
    with on([*ASKED, "Then not.", "Nothing is booked."]) as crew:
        team = crew.team(crew.agent("Ann", tools=[asking(**CONFIRM)]))
        _, output = paused(way, team)
        output.requirements[0].reject("Too dear.")
        _, output = continued_in(way, team, output)
        assert crew.requests[2].turns[-1] == ("tool", "Too dear.")
    assert (output.content, booked) == ("Nothing is booked.", [])


@four_ways
def test_another_process_goes_on_from_the_database(way, tmp_path):
    file = str(tmp_path / "t.db")

    def made(crew):
        return crew.team(crew.agent("Ann", tools=[asking(**CONFIRM)]), db=SqliteDb(db_file=file))

    with on(ASKED) as crew:
        run_id = paused(way, made(crew))[1].run_id
    with on(["It is booked.", "All set."]) as crew:
        team = made(crew)
        stored = team.get_run_output(run_id=run_id, session_id="s")
        answers = [RunRequirement.from_dict(item.to_dict()) for item in stored.requirements]
        answers[0].confirm()
        _, output = continued_in(way, team, None, run_id=run_id, session_id="s", requirements=answers)
        statuses = {run.run_id: run.status for run in team.get_session(session_id="s").runs}
    assert (output.content, booked) == ("All set.", ["Albion"])
    assert set(statuses.values()) == {"COMPLETED"}
    assert len(statuses) == 2


@four_ways
def test_a_pause_comes_up_through_nested_teams(way, tmp_path):
    with on([delegate("shore", "Book."), *ASKED, "It is booked.", "Ashore, all is booked.", "All set."]) as crew:
        shore = crew.team(crew.agent("Ann", tools=[asking(**CONFIRM)]), name="Shore", id="shore")
        team = crew.team(shore, db=SqliteDb(db_file=str(tmp_path / "t.db")))
        _, output = paused(way, team)
        output.requirements[0].confirm()
        _, output = continued_in(
            way, team, None, run_id=output.run_id, session_id="s", requirements=output.requirements
        )
        crew.assert_done()
    assert (output.content, booked) == ("All set.", ["Albion"])


@four_ways
def test_a_member_may_ask_again(way):
    with on([*ASKED, call("book", boat="Maud"), "Both are booked.", "All set."]) as crew:
        team = crew.team(crew.agent("Ann", tools=[asking(**CONFIRM)]))
        _, output = paused(way, team)
        output.requirements[0].confirm()
        events, output = continued_in(way, team, output)
        assert output.status == "PAUSED"
        [question] = [item for item in output.requirements if not item.is_resolved()]
        assert question.tool_execution.tool_args == {"boat": "Maud"}
        if events:
            assert names(events)[-1] == "TeamRunPaused"
        question.confirm()
        _, output = continued_in(way, team, output)
        crew.assert_done()
    assert (output.content, booked) == ("All set.", ["Albion", "Maud"])


@four_ways
def test_two_members_wait_and_are_both_answered(way):
    both = {"tool_calls": [delegate(name, "Book.")["tool_calls"][0] for name in ("ann", "ben")]}

    def answer(request):
        role, text = request.turns[-1]
        if text == "A boat, please.":
            return both
        if text == "Book.":
            return BOOK
        return "It is booked." if text == "Albion is booked" else "All set." if role == "tool" else "?"

    with on([answer]) as crew:
        members = [crew.agent(name, tools=[asking(**CONFIRM)]) for name in ("Ann", "Ben")]
        team = crew.team(*members)
        _, output = paused(way, team)
        assert sorted(item.member_agent_id for item in output.requirements) == ["ann", "ben"]
        for question in output.requirements:
            question.confirm()
        _, output = continued_in(way, team, output)
    assert (output.content, booked) == ("All set.", ["Albion", "Albion"])
    assert all("[Ann]: It is booked." in tool.result for tool in output.tools)


@four_ways
@pytest.mark.parametrize("both", [False, True])
def test_the_leader_of_a_broadcast_hears_who_was_answered_and_who_answered_at_once(way, both):
    def answer(request):
        role, text = request.turns[-1]
        if text == "A boat, please.":
            return call("delegate_task_to_members", task="Book.")
        if role == "tool" and "Albion" not in text:
            return "All set."
        if text == "Book.":
            waits = both or "Ann books" in str(request.body["messages"][0])
            return BOOK if waits else "Ben is sailing."
        return "It is booked."

    with on([answer]) as crew:
        ann = crew.agent("Ann", tools=[asking(**CONFIRM)], instructions="Ann books.")
        ben = crew.agent("Ben", tools=[asking(**CONFIRM)])
        team = crew.team(ann, ben, mode="broadcast")
        _, output = paused(way, team)
        assert len(output.requirements) == (2 if both else 1)
        for question in output.requirements:
            question.confirm()
        _, output = continued_in(way, team, output)
    assert (output.content, len(booked)) == ("All set.", 2 if both else 1)
    (tool_call,) = output.tools
    told = tool_call.result.splitlines()
    assert "[Ann]: It is booked." in told
    assert "requires human input" not in tool_call.result.lower()
    assert "[Ben]: It is booked." in told if both else any("Ben is sailing." in line for line in told)


@four_ways
@pytest.mark.parametrize(
    ("options", "needs", "answer"),
    [
        ({"external_execution": True}, "a result from outside", lambda item: item.set_external_execution_result("B")),
        (
            {"requires_user_input": True, "user_input_fields": ["boat"]},
            "user input",
            lambda item: item.provide_user_input({"boat": "Maud"}),
        ),
    ],
)
def test_other_kinds_of_answers_travel_down_as_well(way, options, needs, answer):
    with on([*ASKED, "Done.", "All set."]) as crew:
        team = crew.team(crew.agent("Ann", tools=[asking(**options)]))
        _, output = paused(way, team)
        assert output.content.endswith(f"- Ann: book needs {needs}")
        answer(output.requirements[0])
        _, output = continued_in(way, team, output)
        assert crew.requests[2].turns[-1][1] in ("B", "Maud is booked")
    assert output.content == "All set."


@four_ways
def test_a_tool_of_the_leader_waits_as_one_of_an_agent_does(way):
    with on([BOOK, "All set."]) as crew:
        team = crew.team(crew.agent("Ann"), tools=[asking(**CONFIRM)])
        _, output = paused(way, team)
        assert output.content == "The team waits for a person:\n- team: book needs confirmation"
        output.requirements[0].confirm()
        _, output = continued_in(way, team, output)
    assert (output.content, booked) == ("All set.", ["Albion"])


@four_ways
def test_an_answer_for_somebody_who_left_the_team_is_refused(way):
    with on(ASKED) as crew:
        team = crew.team(crew.agent("Ann", tools=[asking(**CONFIRM)]))
        _, output = paused(way, team)
        output.requirements[0].confirm()
        team.members = [crew.agent("Ben")]
        told = "'ann', to which the answer for 'ann' goes, is not a member of team 'Crew'"
        with pytest.raises(RunNotContinuableError, match=told):
            continued_in(way, team, output)
    assert (output.status, booked) == ("PAUSED", [])


@pytest.mark.parametrize("way", ["run stream", "arun stream"])
def test_the_event_of_a_pause_lists_calls_that_others_carry_out(way):
    with on([BOOK]) as crew:
        events, _ = paused(way, crew.team(crew.agent("Ann"), tools=[asking(external_execution=True)]))
    [event] = [event for event in events if event.event == "TeamRunPaused"]
    assert [call.tool_name for call in event.tools_awaiting_external_execution] == ["book"]
    assert [item.tool_execution.tool_name for item in event.active_requirements] == ["book"]


def as_data(questions, *left_out):
    """The questions as a client that echoes a part of them sends them back, with a yes."""
    answers = []
    for question in questions:
        data = {name: value for name, value in question.to_dict().items() if name not in left_out}
        answers.append(RunRequirement.from_dict(data))
        answers[-1].confirm()
    return answers


@four_ways
def test_an_answer_that_names_no_member_finds_its_way_in_another_process(way, tmp_path):
    with on([*ASKED, "It is booked.", "All set."]) as crew:

        def team():
            ann = crew.agent("Ann", tools=[asking(**CONFIRM)])
            return crew.team(ann, db=SqliteDb(db_file=str(tmp_path / "t.db")))

        _, output = paused(way, team())
        stored = team().get_run_output(output.run_id, "s")
        assert [member.status for member in stored.member_responses] == ["PAUSED"], "who goes on finds the member here"
        answers = as_data(output.requirements, "member_run_id", "member_agent_id")
        options = {"run_id": output.run_id, "session_id": "s", "requirements": answers}
        _, output = continued_in(way, team(), None, **options)
        assert team().get_run_output(output.run_id, "s").member_responses == []
    assert (output.content, booked) == ("All set.", ["Albion"])


@pytest.mark.parametrize("fault", ["another id and call", "twice", "a call of another question"])
@four_ways
def test_an_answer_to_no_question_of_the_run_is_refused(way, fault):
    with on(ASKED) as crew:
        team = crew.team(crew.agent("Ann", tools=[asking(**CONFIRM)]))
        _, output = paused(way, team)
        answers = as_data(output.requirements)
        if fault == "twice":
            answers += as_data(output.requirements)
        else:
            answers[0].tool_execution.tool_call_id = "another"
            answers[0].id = answers[0].id if fault.startswith("a call") else "another"
        with pytest.raises(RunNotContinuableError, match="belongs to no single question"):
            continued_in(way, team, output, requirements=answers)
    assert (output.status, booked) == ("PAUSED", [])


@four_ways
def test_what_runs_is_what_was_asked_about(way):
    with on([*ASKED, "It is booked.", "All set."]) as crew:
        team = crew.team(crew.agent("Ann", tools=[asking(**CONFIRM)]))
        _, output = paused(way, team)
        answers = as_data(output.requirements)
        answers[0].tool_execution.tool_args, answers[0].tool_execution.result = {"boat": "Maud"}, "booked already"
        _, output = continued_in(way, team, output, requirements=answers)
    assert (output.status, booked) == ("COMPLETED", ["Albion"])


@four_ways
def test_an_old_copy_of_a_finished_run_is_not_continued_again(way, tmp_path):
    with on([*ASKED, "It is booked.", "All set."]) as crew:
        ann = crew.agent("Ann", tools=[asking(**CONFIRM)])
        team = crew.team(ann, db=SqliteDb(db_file=str(tmp_path / "t.db")))
        _, output = paused(way, team)
        output.requirements[0].confirm()
        old = deepcopy(output)
        continued_in(way, team, output)
        with pytest.raises(RunNotContinuableError, match="it is COMPLETED in the database"):
            continued_in(way, team, old)
    assert booked == ["Albion"]


@pytest.mark.parametrize("ended", ["COMPLETED", "CANCELLED"])
async def test_who_reads_a_continued_run_in_the_background_is_told_that_it_has_ended(ended, tmp_path):
    replies = ["It is booked.", "All set."] if ended == "COMPLETED" else []
    with on([*ASKED, *replies]) as crew:
        ann = crew.agent("Ann", tools=[asking(**CONFIRM)])
        team = crew.team(ann, db=SqliteDb(db_file=str(tmp_path / "t.db")))
        _, output = paused("run", team)
        output.requirements[0].confirm()
        old = deepcopy(output)
        if replies:
            await team.acontinue_run(output)
        else:
            output.status = RunStatus.cancelled
            team.db.upsert_run(output, session_id=output.session_id)
        with pytest.raises(RunNotContinuableError, match=f"it is {ended} in the database"):
            async for _ in team.acontinue_run(old, stream=True, stream_events=True, background=True):
                pass
        stored = team.db.get_run(run_id=old.run_id)
        assert stored.status == ended
    assert booked == ["Albion"] * bool(replies)


@four_ways
def test_a_member_that_waits_again_leaves_the_leader_as_it_was(way):
    with on([*ASKED, call("book", boat="Maud"), "Both are booked.", "All set."]) as crew:
        team = crew.team(crew.agent("Ann", tools=[asking(**CONFIRM)]))
        _, output = paused(way, team)
        output.requirements[0].confirm()
        _, output = continued_in(way, team, output)
        assert output.status == "PAUSED"
        assert output.tools[0].result == "Member 'Ann' requires human input before continuing."
        [question] = output.active_requirements
        question.confirm()
        _, output = continued_in(way, team, output)
    assert (output.content, booked) == ("All set.", ["Albion", "Maud"])


@pytest.mark.parametrize("way", ["run stream", "arun stream"])
def test_a_cancelled_member_keeps_what_it_said(way, tmp_path):
    with on([delegate("ann", "Name boats."), "Albion Maud Hathor Solace Ardea"]) as crew:
        team = crew.team(crew.agent("Ann"), db=SqliteDb(db_file=str(tmp_path / "t.db")), store_member_responses=True)

        def stop(event, seen=[]):  # noqa: B006 - counts over the calls of one run
            seen.append(event)
            if event.event == "RunContent" and sum(one.event == "RunContent" for one in seen) == 3:
                team.cancel_run(seen[0].run_id)

        told = told_to(stop, way, team)
        stored = team.get_session(session_id="s").runs[-1]
    assert told[-4:] == ["RunCancelled", "RunCompleted", "TeamRunCancelled", "TeamRunCompleted"]
    [member] = stored.member_responses
    assert (stored.status, member.status) == ("CANCELLED", "CANCELLED")
    # The leader has what was told of the member; the member, as in Agno, also the piece at which it stopped.
    assert stored.content.startswith("Albion")
    assert member.content.startswith(stored.content)


@four_ways
def test_a_team_whose_member_said_nothing_says_that_it_was_cancelled(way):
    def give_up(run_context) -> str:
        """Ends the whole of it."""
        team.cancel_run(run_context.metadata["run"])
        return "given up"

    with on([delegate("ann", "Name boats."), call("give_up")]) as crew:
        team = crew.team(crew.agent("Ann", tools=[give_up]))
        _, output = run_in(way, team, "Boats?", run_id="r-1", metadata={"run": "r-1"})
        crew.assert_done()
    assert output.status == "CANCELLED"
    # As in Agno: a stream names its own run, a whole run the member's.
    of_member = output.member_responses[0].run_id
    assert output.content == f"Run {'r-1' if 'stream' in way else of_member} was cancelled"
    assert all("was cancelled" not in str(message.content) for message in output.messages)


def told_to(heard, way, team):
    """The names of a streamed run's events, each of them heard as it comes."""
    options = {"session_id": "s", "stream": True, "stream_events": True}
    if way == "run stream":
        return [heard(event) or event.event for event in team.run("Boats?", **options)]

    async def collect():
        return [heard(event) or event.event async for event in team.arun("Boats?", **options)]

    return asyncio.run(collect())


@four_ways
@pytest.mark.parametrize("where", ["database", "output"])
def test_no_member_goes_on_when_one_of_them_cannot_and_all_do_once_it_is_back(way, where, tmp_path):
    def built(crew, leaf):
        db = SqliteDb(db_file=str(tmp_path / "t.db"))
        members = [crew.agent("Left", tools=[asking(**CONFIRM)]), crew.agent(leaf, tools=[asking(**CONFIRM)])]
        halves = [
            crew.team(member, name=f"{side} half", id=side, db=db)
            for side, member in zip(("left-half", "right-half"), members, strict=True)
        ]
        return crew.team(*halves, db=db)

    both = {
        "tool_calls": [
            *delegate("left-half", "Book one.")["tool_calls"],
            *delegate("right-half", "Book one.")["tool_calls"],
        ]
    }
    asked = [both, delegate("left", "Book."), BOOK, delegate("right", "Book."), call("book", boat="Maud")]
    done = ["Booked.", "Left is done.", "Booked.", "Right is done.", "All set."]
    with on(asked) as crew:
        _, output = paused("run" if "a" not in way else "run stream", built(crew, "Right"))
        assert len(output.requirements) == 2
    for question in output.requirements:
        question.confirm()
    kept = {"requirements": output.requirements, "run_id": output.run_id, "session_id": "s"}
    given = (lambda: (None, deepcopy(kept))) if where == "database" else (lambda: (deepcopy(output), {}))
    run, more = given()
    with on([]) as crew:
        broken = built(crew, "Other")
        with pytest.raises(RunNotContinuableError, match="'right', to which the answer"):
            continued_in(way, broken, run, **more)
    assert booked == []
    with on(done) as crew:
        run, more = given()
        _, output = continued_in(way, built(crew, "Right"), run, **more)
        crew.assert_done()
    assert (output.status, booked) == ("COMPLETED", ["Albion", "Maud"])


@four_ways
def test_what_a_member_does_not_store_is_not_in_its_teams_row_either(way, tmp_path):
    @tool
    def look(boat: str) -> str:
        """Look at a boat."""
        return f"{boat} floats"

    looked = [delegate("inner", "Look."), delegate("ann", "Look, then book."), call("look", boat="Albion"), BOOK]
    with on(looked) as crew:
        db = SqliteDb(db_file=str(tmp_path / "t.db"))
        ann = crew.agent("Ann", tools=[look, asking(**CONFIRM)], store_tool_messages=False)
        _, output = paused(way, crew.team(crew.team(ann, name="Inner", id="inner", db=db), db=db))
        runs = crew.team(db=db).get_session(session_id="s").runs

    def everyone(outputs):
        return [run for one in outputs for run in (one, *everyone(getattr(one, "member_responses", None) or ()))]

    live = [run for run in everyone([output]) if getattr(run, "agent_id", None) == "ann"]
    stored = [run for run in everyone(runs) if getattr(run, "agent_id", None) == "ann"]
    assert [m.role for m in live[0].messages] == ["user", "assistant"], "as in Agno"
    assert len(stored) > 1
    for run in stored:
        assert "tool" not in [message.role for message in run.messages]
        assert run.messages[-1].tool_calls[0]["function"]["name"] == "book"
