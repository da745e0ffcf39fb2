"""Going on with finished runs: further input, forks, another answer, an earlier point."""

import pytest
from agent_kit import agent, calls, four_ways, model, named, ran
from continue_ways import continued_in

from wherry.db.in_memory import InMemoryDb
from wherry.exceptions import RunNotContinuableError
from wherry.team import Team
from wherry.testing.sequence import check_sequence


def tide(place: str) -> str:
    """Tide at a place."""
    return f"{place}: rising"


def owner_of(**options):
    return agent(tools=[tide], db=InMemoryDb(), **options)


TALK = (calls("tide", place="Acle"), "Take the Bure.")


def goes_on(way, owner, output, **options):
    events, output = continued_in(way, owner, output, **options)
    check_sequence(events)
    return events, output


@four_ways
@pytest.mark.parametrize("word", ["input", "additional_instructions"])
def test_a_finished_run_goes_on_as_a_fork_with_more_input(way, word):
    owner = owner_of()
    with model(*TALK, "Nine miles.") as server:
        _, first = ran(way, owner, session_id="s")
        _, second = goes_on(way, owner, None, run_id=first.run_id, session_id="s", **{word: "How far?"})
        assert server.requests[2].turns[-1] == ("user", "How far?")
        assert ("tool", "Acle: rising") in server.requests[2].turns
    assert second.content == "Nine miles."
    assert second.run_id != first.run_id
    assert second.forked_from_run_id == first.run_id
    assert len(owner.get_session("s").runs) == 2


@four_ways
def test_another_answer_replaces_the_first(way):
    owner = owner_of(add_history_to_context=True)
    with model(*TALK, "Take the Ant.", "fine") as server:
        _, first = ran(way, owner, session_id="s")
        events, second = goes_on(way, owner, None, run_id=first.run_id, session_id="s", regenerate=True)
        ran(way, owner, "And then?", session_id="s")
        texts = [text for _, text in server.requests[3].turns]
    assert second.content == "Take the Ant."
    assert second.regenerated_from == first.run_id
    assert "Take the Bure." not in texts
    assert "Take the Ant." in texts
    assert [run.status for run in owner.get_session("s").runs][:2] == ["REGENERATED", "COMPLETED"]
    if events:
        assert named(events, "RunCompleted")[0].content == "Take the Ant."


@four_ways
def test_the_first_answer_may_be_kept_beside_another(way):
    owner = owner_of()
    with model(*TALK, "Take the Ant."):
        _, first = ran(way, owner, session_id="s")
        goes_on(way, owner, None, run_id=first.run_id, session_id="s", regenerate=True, replace_original=False)
    assert [run.status for run in owner.get_session("s").runs] == ["COMPLETED", "COMPLETED"]


@four_ways
@pytest.mark.parametrize(
    ("at", "kept"),
    [("last_user", ["user"]), (1, ["user"]), (2, ["user"]), (3, ["user", "assistant", "tool"]), (99, None)],
)
def test_a_run_goes_on_from_an_earlier_point_that_orphans_no_call(way, at, kept):
    owner = owner_of()
    with model(*TALK, "Again.") as server:
        _, first = ran(way, owner, session_id="s")
        _, second = goes_on(way, owner, None, run_id=first.run_id, session_id="s", continue_from=at, fork=True)
        roles = [role for role, _ in server.requests[2].turns]
    assert roles == (kept or ["user", "assistant", "tool", "assistant"])
    assert second.content == "Again."
    assert first.run_id != second.run_id


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"continue_from": "start"}, "continue_from"),
        ({"continue_from": 1, "regenerate": True}, "boundary by itself"),
    ],
)
def test_points_that_do_not_exist_are_refused(given, said):
    owner = owner_of()
    with model(*TALK):
        _, first = ran("run", owner, session_id="s")
        with pytest.raises(ValueError, match=said):
            owner.continue_run(run_id=first.run_id, session_id="s", **given)


def test_a_run_without_a_question_has_no_last_question():
    owner = owner_of()
    with model("fine"):
        _, first = ran("run", owner, session_id="s")
        first.messages = [message for message in first.messages if message.role != "user"]
        with pytest.raises(ValueError, match="no user messages"):
            owner.continue_run(first, continue_from="last_user")
        first.messages = [message for message in first.messages if message.role == "assistant"]
        with pytest.raises(ValueError, match="nothing but the answer"):
            owner.continue_run(first, regenerate=True)


@four_ways
def test_a_run_that_failed_goes_on(way):
    owner = owner_of()
    with model(calls("tide", place="Acle"), {"status": 500, "error": "out"}, "Take the Bure.") as server:
        _, failed = ran(way, owner, session_id="s")
        assert failed.status == "ERROR"
        _, output = goes_on(way, owner, None, run_id=failed.run_id, session_id="s")
        assert server.requests[2].text("tool") == "Acle: rising"
    assert (output.status, output.content, output.run_id) == ("COMPLETED", "Take the Bure.", failed.run_id)


@four_ways
def test_history_is_added_when_a_run_goes_on(way):
    owner = owner_of(add_history_to_context=True)
    with model("One.", "Two.", "Three.") as server:
        ran(way, owner, "First?", session_id="s")
        _, second = ran(way, owner, "Second?", session_id="s")
        goes_on(way, owner, None, run_id=second.run_id, session_id="s", input="Third?")
        texts = [text for _, text in server.requests[2].turns]
    # As in Agno, the fork's own turn is history too, because the stored run has another id.
    assert texts == ["First?", "One.", "Second?", "Two.", "Second?", "Two.", "Third?"]


@four_ways
@pytest.mark.parametrize("began", ["team", "agent"])
def test_a_run_of_the_other_kind_in_the_same_session_is_refused_by_name(way, began):
    ada = owner_of(id="ada")
    crew = Team(id="crew", model=ada.model, members=[ada], db=ada.db)
    first, second = (crew, ada) if began == "team" else (ada, crew)
    with model("Aye."):
        _, output = ran(way, first, session_id="s")
        with pytest.raises(RunNotContinuableError, match=f"it is a run of the {began} {first.id!r}, and {second.id!r}"):
            continued_in(way, second, None, run_id=output.run_id, session_id="s")
