"""Runs that wait for a person: confirmation, input, feedback, work done elsewhere; continued here or elsewhere."""

import json
import subprocess
import sys

import pytest
from agent_kit import agent, calls, four_ways, model, named
from agent_ways import run_in
from continue_ways import continued_in

from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import SqliteDb
from wherry.exceptions import RunNotContinuableError, RunNotFoundError
from wherry.run.agent import RunOutput
from wherry.run.requirement import RunRequirement
from wherry.testing.sequence import check_sequence
from wherry.tools import Toolkit, tool
from wherry.tools.user_control_flow import UserControlFlowTools
from wherry.tools.user_feedback import UserFeedbackTools

booked = []


def book(boat: str, days: int = 1) -> str:
    """Book a boat."""
    booked.append((boat, days))
    return f"{boat} for {days}"


@pytest.fixture(autouse=True)
def nothing_booked():
    booked.clear()


def asking(**options):
    return tool(**options)(book)


BOOK = calls("book", boat="Albion")


def paused_in(way, owner, **options):
    """The events and output of a run that has to pause."""
    events, output = run_in(way, owner, "Book a wherry.", **options)
    check_sequence(events)
    assert output.status == "PAUSED"
    assert output.is_paused
    if events:
        assert events[-1].event == "RunPaused"
        assert [one.id for one in events[-1].requirements] == [one.id for one in output.requirements]
    return events, output


def goes_on(way, owner, output, **options):
    events, output = continued_in(way, owner, output, **options)
    check_sequence(events)
    return events, output


@four_ways
def test_a_confirmed_call_is_made(way):
    owner = agent(tools=[asking(requires_confirmation=True)])
    with model(BOOK, "It is booked.") as server:
        events, output = paused_in(way, owner)
        assert booked == []
        assert "book" in str(output.tools_requiring_confirmation[0].tool_name)
        assert "confirmation" in output.content
        if events:
            assert [record.tool_name for record in events[-1].tools_requiring_confirmation] == ["book"]
            assert events[-1].active_requirements[0].pause_type == "confirmation"
        output.active_requirements[0].confirm()
        events, output = goes_on(way, owner, output, requirements=output.requirements)
        assert server.requests[1].text("tool") == "Albion for 1"
    assert (booked, output.content, output.status) == ([("Albion", 1)], "It is booked.", "COMPLETED")
    if events:
        assert events[0].event == "RunContinued"
        assert named(events, "ToolCallStarted")
        assert named(events, "ToolCallCompleted")[0].tool.result == "Albion for 1"


@four_ways
@pytest.mark.parametrize("note", [None, "Too expensive."])
def test_a_rejected_call_is_not_made_and_the_model_is_told_why(way, note):
    owner = agent(tools=[asking(requires_confirmation=True)])
    with model(BOOK, "Then not.") as server:
        _, output = paused_in(way, owner)
        output.active_requirements[0].reject(note)
        _, output = goes_on(way, owner, output, requirements=output.requirements)
        assert (note or "rejected") in server.requests[1].text("tool")
    assert booked == []
    assert output.content == "Then not."
    assert output.tools[0].confirmed is False


@four_ways
def test_a_person_fills_in_what_the_model_may_not(way):
    owner = agent(tools=[asking(requires_user_input=True, user_input_fields=["days"])])
    with model(BOOK, "It is booked."):
        _, output = paused_in(way, owner)
        (need,) = output.active_requirements
        assert {field.name: field.value for field in need.user_input_schema} == {"boat": "Albion", "days": None}
        need.provide_user_input({"days": 3})
        goes_on(way, owner, output, requirements=output.requirements)
    assert booked == [("Albion", 3)]


@four_ways
def test_work_may_be_done_elsewhere(way):
    owner = agent(tools=[asking(external_execution=True)])
    with model(BOOK, "It is booked.") as server:
        events, output = paused_in(way, owner)
        (need,) = output.active_requirements
        assert need.needs_external_execution
        assert [record.tool_name for record in output.tools_awaiting_external_execution] == ["book"]
        if events:
            assert [record.tool_name for record in events[-1].tools_awaiting_external_execution] == ["book"]
            assert events[-1].tools_requiring_user_input == []
        need.set_external_execution_result("booked by phone")
        goes_on(way, owner, output, requirements=output.requirements)
        assert server.requests[1].text("tool") == "booked by phone"
    assert booked == []


@four_ways
def test_a_silent_call_elsewhere_says_nothing(way):
    owner = agent(tools=[asking(external_execution=True, external_execution_silent=True)])
    with model(BOOK):
        _, output = paused_in(way, owner)
    assert not output.content


@four_ways
def test_the_model_may_ask_the_user_for_values(way):
    owner = agent(tools=[UserControlFlowTools()])
    asked = {"user_input_fields": [{"field_name": "days", "field_type": "int", "field_description": "How long?"}]}
    with model(calls("get_user_input", **asked), "Three days.") as server:
        _, output = paused_in(way, owner)
        (field,) = output.active_requirements[0].user_input_schema
        assert (field.name, field.field_type, field.description) == ("days", int, "How long?")
        output.active_requirements[0].provide_user_input({"days": 3})
        _, output = goes_on(way, owner, output, requirements=output.requirements)
        assert '"days"' in server.requests[1].text("tool")
    assert output.content == "Three days."


@four_ways
def test_the_model_may_let_the_user_choose(way):
    owner = agent(tools=[UserFeedbackTools()])
    question = {
        "question": "Which boat?",
        "header": "Boat",
        "options": [{"label": "Albion", "description": "A wherry."}, {"label": "Maud"}],
        "multi_select": False,
    }
    with model(calls("ask_user", questions=[question]), "Maud it is.") as server:
        _, output = paused_in(way, owner)
        (need,) = output.active_requirements
        assert need.needs_user_feedback
        need.provide_user_feedback({"Which boat?": ["Maud"]})
        _, output = goes_on(way, owner, output, requirements=output.requirements)
        assert "Maud" in server.requests[1].text("tool")
    assert output.content == "Maud it is."


@four_ways
def test_calls_that_need_nobody_are_made_at_once(way):
    def tide(place: str) -> str:
        """Tide at a place."""
        return "rising"

    both = {"tool_calls": [{"name": "tide", "arguments": {"place": "Acle"}}, *BOOK["tool_calls"]]}
    owner = agent(tools=[tide, asking(requires_confirmation=True)])
    with model(both, "It is booked.") as server:
        _, output = paused_in(way, owner)
        assert {record.tool_name: record.result for record in output.tools} == {"tide": "rising", "book": None}
        output.active_requirements[0].confirm()
        goes_on(way, owner, output, requirements=output.requirements)
        answers = [text for role, text in server.requests[1].turns if role == "tool"]
    assert answers == ["rising", "Albion for 1"]


@four_ways
def test_one_of_two_is_rejected(way):
    both = {"tool_calls": [{"name": "book", "arguments": {"boat": boat}} for boat in ("Albion", "Maud")]}
    owner = agent(tools=[asking(requires_confirmation=True)])
    with model(both, "Only one."):
        _, output = paused_in(way, owner)
        first, second = output.active_requirements
        first.reject("Leaks.")
        second.confirm()
        goes_on(way, owner, output, requirements=output.requirements)
    assert booked == [("Maud", 1)]


@four_ways
def test_a_run_may_pause_again(way):
    owner = agent(tools=[asking(requires_confirmation=True)])
    with model(BOOK, calls("book", boat="Maud"), "Both."):
        _, output = paused_in(way, owner)
        output.active_requirements[0].confirm()
        _, output = goes_on(way, owner, output, requirements=output.requirements)
        assert output.status == "PAUSED"
        output.active_requirements[0].confirm()
        _, output = goes_on(way, owner, output, requirements=output.requirements)
    assert ([boat for boat, _ in booked], output.content) == (["Albion", "Maud"], "Both.")


def test_a_toolkit_says_which_of_its_tools_wait():
    kit = Toolkit(name="kit", tools=[book], requires_confirmation_tools=["book"])
    with model(BOOK):
        paused_in("run", agent(tools=[kit]))


# --- stored, sent around, continued elsewhere ------------------------------------------------------------------------


@four_ways
def test_a_stored_run_goes_on_by_its_id(way):
    owner = agent(tools=[asking(requires_confirmation=True)], db=InMemoryDb())
    with model(BOOK, "It is booked."):
        _, output = paused_in(way, owner, session_id="s")
        copies = [RunRequirement.from_dict(json.loads(json.dumps(need.to_dict()))) for need in output.requirements]
        copies[0].confirm()
        _, output = goes_on(way, owner, None, run_id=output.run_id, session_id="s", requirements=copies)
    assert (output.content, booked) == ("It is booked.", [("Albion", 1)])
    assert [run.status for run in owner.get_session("s").runs] == ["COMPLETED"]


def test_an_output_goes_on_after_a_journey_as_json():
    owner = agent(tools=[asking(requires_confirmation=True)])
    with model(BOOK, "It is booked."):
        _, output = paused_in("run", owner)
        back = RunOutput.from_dict(json.loads(json.dumps(output.to_dict())))
        back.active_requirements[0].confirm()
        output = owner.continue_run(back, requirements=back.requirements)
    assert output.content == "It is booked."


ELSEWHERE = """
import sys
from wherry.agent import Agent
from wherry.db.sqlite import SqliteDb
from wherry.models.openai import OpenAIChat
from wherry.tools import tool

@tool(requires_confirmation=True)
def book(boat: str, days: int = 1) -> str:
    '''Book a boat.'''
    return f"{boat} for {days}"

file, run_id = sys.argv[1:]
owner = Agent(name="Ada", model=OpenAIChat(id="gpt-5-mini"), tools=[book], db=SqliteDb(db_file=file), telemetry=False)
paused = owner.get_run_output(run_id=run_id, session_id="s")
paused.active_requirements[0].confirm()
output = owner.continue_run(run_id=run_id, session_id="s", requirements=paused.requirements)
print(output.status.value, output.content, output.tools[0].result, sep="|")
"""


def test_another_process_goes_on(tmp_path):
    file = str(tmp_path / "boats.db")
    owner = agent(tools=[asking(requires_confirmation=True)], db=SqliteDb(db_file=file))
    with model(BOOK, "It is booked."):
        _, output = paused_in("run", owner, session_id="s")
        child = subprocess.run(
            [sys.executable, "-c", ELSEWHERE, file, output.run_id],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert child.stdout.strip() == "COMPLETED|It is booked.|Albion for 1", child.stderr
    assert booked == []


@four_ways
@pytest.mark.parametrize("decided", ["tool", "requirement"])
@pytest.mark.parametrize("kind", ["requires_confirmation", "requires_user_input", "external_execution"])
def test_an_output_that_travelled_as_json_may_be_decided_on_either_side(way, kind, decided):
    fields = {"user_input_fields": ["days"]} if kind == "requires_user_input" else {}
    owner = agent(tools=[asking(**{kind: True}, **fields)])
    with model(BOOK, "It is booked."):
        _, output = paused_in(way, owner)
        output = RunOutput.from_dict(json.loads(json.dumps(output.to_dict(), default=str)))
        requirement, call = output.active_requirements[0], output.tools[0]
        assert requirement.tool_execution is not call
        if kind == "requires_confirmation":
            requirement.confirm() if decided == "requirement" else setattr(call, "confirmed", True)
        elif kind == "requires_user_input":
            if decided == "requirement":
                requirement.provide_user_input({"days": 3})
            else:
                call.user_input_schema[-1].value = 3
        elif decided == "requirement":
            requirement.set_external_execution_result("Albion for 1")
        else:
            call.result = "Albion for 1"
        _, output = goes_on(way, owner, output)
    assert (output.status, output.content) == ("COMPLETED", "It is booked.")
    assert output.tools[0].result == ("Albion for 3" if fields else "Albion for 1")
    assert output.active_requirements == []


# --- what cannot go on -----------------------------------------------------------------------------------------------


@four_ways
def test_open_decisions_stop_a_run_from_going_on(way):
    owner = agent(tools=[asking(requires_confirmation=True)], db=InMemoryDb())
    with model(BOOK):
        _, output = paused_in(way, owner, session_id="s")
        with pytest.raises(ValueError, match="decisions"):
            goes_on(way, owner, None, run_id=output.run_id, session_id="s")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "run_response or run_id"),
        ({"run_id": "r"}, "Session ID"),
        ({"run_id": "r", "session_id": "s", "input": "x", "additional_instructions": "y"}, "not both"),
        ({"run_id": "r", "session_id": "s", "replace_original": True}, "replace_original"),
        ({"run_id": "r", "session_id": "s", "regenerate": True, "fork": True}, "fork"),
    ],
)
def test_arguments_that_say_too_little_or_too_much_are_refused(given, said):
    with model(), pytest.raises(ValueError, match=said):
        agent(db=InMemoryDb()).continue_run(**given)


@four_ways
def test_a_run_that_is_not_stored_cannot_go_on(way):
    with model(), pytest.raises(RunNotFoundError, match="nobody"):
        goes_on(way, agent(db=InMemoryDb()), None, run_id="nobody", session_id="s")


def test_a_cancelled_run_cannot_go_on():
    owner = agent(tools=[asking(requires_confirmation=True)])
    with model(BOOK):
        _, output = paused_in("run", owner)
        output.status = "CANCELLED"
        with pytest.raises(RunNotContinuableError, match="cancelled"):
            owner.continue_run(output)


@four_ways
def test_work_done_elsewhere_needs_its_result(way):
    """A blocking stream fails; the other ways refuse, and the run waits on: as in Agno."""
    owner = agent(tools=[asking(external_execution=True)], db=InMemoryDb())
    with model(BOOK):
        _, output = paused_in("run", owner)
        if way == "run stream":
            events, output = goes_on(way, owner, output)
            assert output.status == "ERROR"
            assert "requires external execution" in events[-1].content
            return
        with pytest.raises(RunNotContinuableError, match="requires external execution"):
            goes_on(way, owner, output)
    assert owner.get_run_output(output.run_id, output.session_id).status == "PAUSED"


def test_a_confirmed_tool_that_is_gone_is_told_to_the_model():
    owner = agent(tools=[asking(requires_confirmation=True)])
    with model(BOOK, "Gone.") as server:
        _, output = paused_in("run", owner)
        owner.set_tools([])
        output.active_requirements[0].confirm()
        assert owner.continue_run(output, requirements=output.requirements).content == "Gone."
        assert "not available" in server.requests[1].text("tool")


@four_ways
def test_a_run_named_by_its_id_alone_does_not_go_on_undecided(way):
    """Neither rejected nor confirmed for anybody: the caller is told, and the run still waits."""
    db = InMemoryDb()

    def tide(place: str) -> str:
        """Tide at a place."""
        return place

    owner = agent(db=db, tools=[tool(requires_confirmation=True)(tide)])
    with model(calls("tide", place="Acle")):
        output = run_in(way, owner, "Which way?", session_id="s")[1]
        with pytest.raises(ValueError, match="waits for decisions"):
            owner.continue_run(run_id=output.run_id, session_id="s")
    assert owner.get_run_output(output.run_id, session_id="s").status == "PAUSED"
