"""What counts as an answer when a team goes on, and what keeps it waiting: as Agno has it, in the four ways."""

import json

import pytest
from continue_ways import continued_in
from team_kit import call, delegate, four_ways, on, run_in

from wherry.db.sqlite import SqliteDb
from wherry.run.requirement import RunRequirement
from wherry.tools import tool

who = pytest.mark.parametrize("who", ["leader", "member"])


def acting(kind, ran):
    """A tool that waits for a person, in one of three ways."""
    options = {
        "confirm": {"requires_confirmation": True},
        "input": {"requires_user_input": True, "user_input_fields": ["note"]},
        "external": {"external_execution": True},
    }[kind]

    def act(boat: str, note: str = "") -> str:
        ran.append((boat, note))
        return f"done for {boat}"

    return tool(**options)(act)


def crew_of(crew, who, kind, ran, path, *names):
    """A team whose leader or members have the tool."""
    members = [crew.agent(name, tools=[acting(kind, ran)] if who == "member" else []) for name in names or ("Ann",)]
    tools = {"tools": [acting(kind, ran)]} if who == "leader" else {}
    return crew.team(*members, db=SqliteDb(db_file=str(path)), **tools)


def asked(who):
    first = call("act", boat="Maud")
    return [first] if who == "leader" else [delegate("ann", "Go."), first]


def paused(way, who, kind, ran, path):
    """A paused run, and its questions as a client of another process knows them."""
    with on(asked(who)) as crew:
        _, output = run_in(way, crew_of(crew, who, kind, ran, path), "Hi", session_id="s")
    assert output.status == "PAUSED"
    return output, [json.loads(json.dumps(one.to_dict(), default=str)) for one in output.requirements]


def gone_on(way, who, kind, ran, path, output, questions):
    with on(["Told.", "All set."] if who == "member" else ["All set."]) as crew:
        team = crew_of(crew, who, kind, ran, path)
        answers = [RunRequirement.from_dict(one) for one in questions]
        _, output = continued_in(way, team, None, run_id=output.run_id, session_id="s", requirements=answers)
        return output, len(crew.requests)


def te(question, **fields):
    question["tool_execution"].update(fields)


def filled(question, where):
    fields = question["tool_execution"] if where == "tool" else question
    for item in fields["user_input_schema"]:
        item["value"] = "soon"


ANSWERS = {
    "tool says yes": ("confirm", lambda q: te(q, confirmed=True), [("Maud", "")]),
    "question says yes": ("confirm", lambda q: (q.update(confirmation=True), te(q, confirmed=True)), [("Maud", "")]),
    "tool says no": ("confirm", lambda q: te(q, confirmed=False), []),
    "values at the tool": ("input", lambda q: filled(q, "tool"), [("Maud", "soon")]),
    "values at the question": ("input", lambda q: filled(q, "question"), [("Maud", "soon")]),
    "a result": ("external", lambda q: q.update(external_execution_result="Yes."), []),
    "both results": ("external", lambda q: (q.update(external_execution_result="x"), te(q, result="Yes.")), []),
}
NO_ANSWERS = {
    "nothing": ("confirm", lambda _q: None),
    "a flag for a yes": ("confirm", lambda q: te(q, answered=True)),
    "a flag for values": ("input", lambda q: te(q, answered=True)),
    "a result at the tool alone": ("external", lambda q: te(q, result="Yes.")),
}


@four_ways
@who
@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_lets_a_team_go_on(way, who, case, tmp_path):
    kind, edit, wanted = ANSWERS[case]
    ran, path = [], tmp_path / "t.db"
    output, questions = paused(way, who, kind, ran, path)
    edit(questions[0])
    output, _ = gone_on(way, who, kind, ran, path, output, questions)
    assert (output.status, output.content) == ("COMPLETED", "All set.")
    assert ran == wanted, "what the model said stays, what was open is filled"
    if kind == "external" and who == "leader":
        assert output.tools[0].result == "Yes."


@four_ways
@who
@pytest.mark.parametrize("case", NO_ANSWERS)
def test_without_an_answer_a_team_waits_again_and_asks_nobody(way, who, case, tmp_path):
    kind, edit = NO_ANSWERS[case]
    ran, path = [], tmp_path / "t.db"
    output, questions = paused(way, who, kind, ran, path)
    edit(questions[0])
    output, requests = gone_on(way, who, kind, ran, path, output, questions)
    assert (output.status, ran, requests) == ("PAUSED", [], 0)
    [question] = output.active_requirements
    assert not question.is_resolved()
    # Nothing is lost: with a real answer it goes on.
    questions = [json.loads(json.dumps(question.to_dict(), default=str))]
    te(questions[0], confirmed=True)
    filled(questions[0], "tool") if kind == "input" else None
    questions[0]["external_execution_result"] = "Yes." if kind == "external" else None
    output, _ = gone_on(way, who, kind, ran, path, output, questions)
    assert output.status == "COMPLETED"


@four_ways
def test_an_answer_cannot_change_what_was_asked(way, tmp_path):
    ran, path = [], tmp_path / "t.db"
    output, questions = paused(way, "leader", "confirm", ran, path)
    te(questions[0], confirmed=True, tool_args={"boat": "Other"}, tool_name="other", result="made up")
    output, _ = gone_on(way, "leader", "confirm", ran, path, output, questions)
    assert ran == [("Maud", "")]


@four_ways
@pytest.mark.parametrize("live", [True, False])
def test_one_open_question_of_two_keeps_everybody_waiting(way, live, tmp_path):
    ran, path = [], tmp_path / "t.db"
    both = {"tool_calls": [*delegate("ann", "Go.")["tool_calls"], *delegate("ben", "Go.")["tool_calls"]]}
    acts = [call("act", boat="Maud"), call("act", boat="Albion")]
    with on([both, *acts]) as crew:
        _, output = run_in("run", crew_of(crew, "member", "confirm", ran, path, "Ann", "Ben"), "Hi", session_id="s")
    assert len(output.requirements) == 2
    output.requirements[0].confirm()
    given = {"requirements": output.requirements, "run_id": output.run_id, "session_id": "s"}
    with on([]) as crew:
        team = crew_of(crew, "member", "confirm", ran, path, "Ann", "Ben")
        _, output = continued_in(way, team, output if live else None, **({} if live else given))
        assert (output.status, ran) == ("PAUSED", [])
    assert [one.is_resolved() for one in output.requirements] == [True, False]
    output.requirements[1].reject()
    with on(["Ann did.", "Ben did not.", "All set."]) as crew:
        team = crew_of(crew, "member", "confirm", ran, path, "Ann", "Ben")
        _, output = continued_in(way, team, output)
        crew.assert_done()
    assert output.status == "COMPLETED"
    assert len(ran) == 1
