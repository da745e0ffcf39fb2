"""What an agent knows from before: history, summaries, memories, state, earlier sessions, checkpoints."""

import json
import sqlite3
from contextlib import closing

import pytest
from agent_kit import agent, calls, four_ways, model, named, ran, run_in, system_text

from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import SqliteDb
from wherry.memory import MemoryManager
from wherry.models.message import Message
from wherry.run import RunContext
from wherry.session.summary import SessionSummaryManager


def tide(place: str) -> str:
    """Tide at a place."""
    return f"{place}: rising"


def remembers(**options):
    return agent(db=InMemoryDb(), add_history_to_context=True, **options)


# --- history ---------------------------------------------------------------------------------------------------------


@four_ways
@pytest.mark.parametrize(
    ("window", "seen"),
    [
        ({}, ["1?", "1.", "2?", "2.", "3?"]),
        ({"num_history_runs": 1}, ["2?", "2.", "3?"]),
        ({"num_history_messages": 2}, ["2?", "2.", "3?"]),
        ({"num_history_runs": 0}, ["3?"]),
    ],
)
def test_earlier_turns_are_shown_within_the_window(way, window, seen):
    owner = remembers(instructions="Be short.", **window)
    with model("1.", "2.", "3.") as server:
        for question in ("1?", "2?", "3?"):
            ran(way, owner, question, session_id="s")
        assert [text for _, text in server.requests[2].turns[1:]] == seen


@four_ways
def test_only_the_newest_tool_calls_are_shown(way):
    owner = remembers(tools=[tide], max_tool_calls_from_history=1)
    first = {"content": "I look.", **calls("tide", place="Acle")}
    with model(first, "1.", calls("tide", place="Ludham"), "2.", "3.") as server:
        for question in ("1?", "2?", "3?"):
            ran(way, owner, question, session_id="s")
        turns, sent = server.requests[4].turns, server.requests[4].body["messages"]
    said = [(text, "tool_calls" in body) for (_, text), body in zip(turns, sent, strict=True)]
    assert ("I look.", False) in said  # what was said beside a call that is left out
    assert [text for role, text in turns if role == "tool"] == ["Ludham: rising"]
    assert [text for role, text in turns if role == "user"] == ["1?", "2?", "3?"]


@four_ways
def test_a_cached_session_is_not_read_again(way):
    owner = remembers(cache_session=True)
    with model("1.", "2.") as server:
        ran(way, owner, "1?", session_id="s")
        owner.db.delete_session("s")
        ran(way, owner, "2?", session_id="s")
        assert [text for _, text in server.requests[1].turns] == ["1?", "1.", "2?"]


@four_ways
def test_a_cached_session_belongs_to_its_database(way):
    owner = remembers(cache_session=True)
    with model("1.", "2.") as server:
        ran(way, owner, "1?", session_id="s")
        first, owner.db = owner.cached_session, InMemoryDb()
        ran(way, owner, "2?", session_id="s")
        assert [text for _, text in server.requests[1].turns] == ["2?"]
    assert len(first.runs) == len(owner.cached_session.runs) == 1


@four_ways
def test_a_cached_session_is_not_shown_to_another_user(way):
    owner = remembers(cache_session=True)
    with model("1.", "2.") as server:
        ran(way, owner, "my secret", session_id="s", user_id="ann")
        ran(way, owner, "2?", session_id="s", user_id="bob")
        assert [text for _, text in server.requests[1].turns] == ["2?"]
    assert owner.get_session("s", user_id="bob") is not owner.get_session("s", user_id="ann")


@four_ways
def test_a_cached_session_is_whole_and_the_last_one_only(way):
    db = InMemoryDb()
    with model("1.", "2.", "3."):
        ran(way, agent(db=db), "1?", session_id="s")
        owner = agent(db=db, cache_session=True)
        ran(way, owner, "2?", session_id="s")
        assert [run.content for run in owner.get_session("s").runs] == ["1.", "2."]
        ran(way, owner, "3?", session_id="t")
    assert owner.cached_session.session_id == "t"
    owner.delete_session("t")
    assert owner.cached_session is None


@four_ways
def test_the_model_may_read_the_history_itself(way):
    owner = agent(db=InMemoryDb(), tools=[tide], read_chat_history=True, read_tool_call_history=True)
    with model(
        calls("tide", place="Acle"), "1.", calls("get_chat_history"), calls("get_tool_call_history", num_calls=1), "2."
    ):
        ran(way, owner, "1?", session_id="s")
        _, output = ran(way, owner, "2?", session_id="s")
    chat, tools = (record.result for record in output.tools)
    assert "1?" in chat
    assert "Acle" in tools


@four_ways
def test_the_model_may_search_earlier_sessions(way):
    owner = agent(db=InMemoryDb(), search_past_sessions=True, num_past_sessions_to_search=2, user_id="mary")
    with model("Albion.", calls("search_past_sessions"), calls("read_past_session", session_id="old"), "Albion."):
        ran(way, owner, "Which boat?", session_id="old")
        _, output = ran(way, owner, "Which boat was it?", session_id="new")
    found, read = (record.result for record in output.tools)
    assert "old" in found
    assert "Albion." in read


# --- state -----------------------------------------------------------------------------------------------------------


@four_ways
def test_the_model_may_change_the_state(way):
    owner = agent(db=InMemoryDb(), enable_agentic_state=True, session_state={"n": 1})
    change = calls("update_session_state", session_state_updates={"n": 2, "boat": "Albion"})
    with model(change, "Noted."):
        _, output = ran(way, owner, session_id="s")
    assert output.session_state["n"] == 2
    assert owner.get_session_state("s") == {"n": 2, "boat": "Albion"}


@four_ways
def test_a_context_may_be_handed_in(way):
    context = RunContext(run_id="r", session_id="s", user_id=None, session_state={"n": 1})
    owner = agent(instructions="{n} {river}", dependencies={"river": "Bure"}, knowledge_filters={"a": 1})
    with model("fine") as server:
        ran(way, owner, run_context=context, session_id="s", user_id="mary", knowledge_filters={"b": 2})
        assert system_text(server) == "1 Bure"
    assert (context.user_id, context.knowledge_filters) == ("mary", {"a": 1, "b": 2})


# --- summaries -------------------------------------------------------------------------------------------------------

SUMMARY = {
    "content": {"summary": "They went to Acle.", "topics": ["Acle"]},
    "when": {"role": "system", "contains": "<conversation>"},
}


@four_ways
def test_a_session_is_summed_up_and_the_summary_shown(way):
    owner = agent(db=InMemoryDb(), enable_session_summaries=True, update_memory_on_run=False)
    with model("1.", SUMMARY, "2.", SUMMARY) as server:
        events, _ = ran(way, owner, "To Acle?", session_id="s")
        ran(way, owner, "And now?", session_id="s")
        assert "They went to Acle." in system_text(server, 2)
        assert "To Acle?" in server.requests[1].text("system") + server.requests[1].text("developer")
    assert owner.get_session_summary("s").topics == ["Acle"]
    if events:
        assert named(events, "SessionSummaryCompleted")[0].session_summary.summary == "They went to Acle."


@four_ways
def test_a_summary_that_fails_leaves_the_answer(way, caplog):
    owner = agent(db=InMemoryDb(), enable_session_summaries=True)
    with model("1.", {"status": 500, "error": "out"}):
        _, output = ran(way, owner, session_id="s")
    assert (output.status, output.content) == ("COMPLETED", "1.")
    assert "could not be summarised" in caplog.text


@pytest.mark.parametrize("wrong", [{"last_n_runs": 0}, {"conversation_limit": -1}])
def test_windows_of_a_summary_are_positive(wrong):
    with pytest.raises(ValueError, match="positive"):
        SessionSummaryManager(**wrong)


def test_a_summary_with_its_own_words():
    keeper = SessionSummaryManager(session_summary_prompt="In brief: ", last_n_runs=1, conversation_limit=2)
    owner = agent(db=InMemoryDb(), session_summary_manager=keeper, enable_session_summaries=True)
    with model("1.", {"content": {"summary": "Short."}}) as server:
        ran("run", owner, session_id="s")
        assert system_text(server, 1).startswith("In brief: <conversation>")
    assert keeper.summaries_updated
    assert keeper.model is owner.model


# --- memories --------------------------------------------------------------------------------------------------------

KEEP = {
    **calls("add_memory", memory="Sails a wherry.", topics=["sailing"]),
    "when": {"tools": ["add_memory"], "last": True, "contains": "I sail"},
}
KEPT = {"content": "Kept.", "when": {"tools": ["add_memory"]}}


@four_ways
def test_what_the_user_says_is_remembered_beside_the_answer(way):
    owner = agent(db=InMemoryDb(), update_memory_on_run=True, user_id="mary")
    with model(KEEP, {**KEPT, "times": 2}, "A fine boat.", "A wherry.") as server:
        events, _ = ran(way, owner, "I sail a wherry.", session_id="s")
        ran(way, owner, "What do I sail?", session_id="t")
        asked = [number for number, request in enumerate(server.requests) if request.text("user") == "What do I sail?"]
        assert any("Sails a wherry." in (system_text(server, number) or "") for number in asked)
    assert [memory.memory for memory in owner.get_user_memories(user_id="mary")] == ["Sails a wherry."]
    if events:
        (done,) = named(events, "MemoryUpdateCompleted")
        assert [memory.memory for memory in done.memories] == ["Sails a wherry."]


@four_ways
def test_what_is_said_in_several_messages_is_read_for_memories_too(way):
    owner = agent(db=InMemoryDb(), update_memory_on_run=True, user_id="mary")
    said = [Message(role="user", content="I sail."), Message(role="user", content="On the Ant.")]
    with model({"content": "Noted.", "when": {"tools": ["add_memory"]}}, "Fine.") as server:
        ran(way, owner, said)
        (read,) = (request for request in server.requests if request.body.get("tools"))
        assert [text for role, text in read.turns if role == "user"] == ["I sail.", "On the Ant."]


@four_ways
def test_memories_that_fail_leave_the_answer(way, caplog):
    owner = agent(db=InMemoryDb(), update_memory_on_run=True, user_id="mary")
    with model({"status": 400, "error": "no", "when": {"tools": ["add_memory"]}}, "fine"):
        assert ran(way, owner, "I sail a wherry.")[1].content == "fine"
    assert "emor" in caplog.text


@four_ways
def test_the_model_may_change_memories_itself(way):
    owner = agent(db=InMemoryDb(), enable_agentic_memory=True, user_id="mary")
    change = calls("update_user_memory", task="Remember: I sail a wherry.")
    with model(change, KEEP, KEPT, "Noted.") as server:
        _, output = ran(way, owner, "Remember that.")
        assert "update_user_memory" in system_text(server)
    assert output.content == "Noted."
    assert [memory.topics for memory in owner.get_user_memories(user_id="mary")] == [["sailing"]]


def test_memories_are_shown_without_being_written():
    db = InMemoryDb()
    keeper = MemoryManager(db=db)
    from wherry.db.schemas import UserMemory

    keeper.add_user_memory(UserMemory(memory="Sails a wherry."), user_id="mary")
    with model("fine", "fine") as server:
        ran("run", agent(db=db, add_memories_to_context=True, user_id="mary"))
        ran("run", agent(db=db, add_memories_to_context=True, user_id="ben"))
        assert "- Sails a wherry." in system_text(server)
        assert "nothing is remembered yet" in system_text(server, 1)


# --- checkpoints -----------------------------------------------------------------------------------------------------


@four_ways
def test_a_run_may_be_stored_after_each_round_of_tools(way):
    db = InMemoryDb()
    seen = []

    def look() -> str:
        """Look at what is stored."""
        session = db.get_session("s", session_type="agent")
        seen.append([len(run.messages) for run in session.runs or ()] if session else [])
        return "looked"

    with model(calls("look"), calls("look"), "fine"):
        _, output = ran(way, agent(tools=[look], db=db, checkpoint="tool-batch"), session_id="s")
    assert output.status == "COMPLETED"
    assert seen == [[], [3]]
    counted = db.get_session("s", session_type="agent").session_data["session_metrics"]["total_tokens"]
    assert counted > output.metrics.total_tokens, "each checkpoint counts what was used so far, as in Agno"


def test_a_run_goes_on_from_its_checkpoint(tmp_path):
    """What is left when the process dies in its second round of tools is enough to go on."""
    first, left = tmp_path / "boats.db", tmp_path / "left.db"
    looked = []

    def look() -> str:
        """Look around."""
        looked.append("looked")
        if len(looked) == 2:
            with closing(sqlite3.connect(first)) as source, closing(sqlite3.connect(left)) as target:
                source.backup(target)
        return f"looked {len(looked)}"

    def owner(file):
        return agent(tools=[look], db=SqliteDb(db_file=str(file)), checkpoint="tool-batch")

    with model(calls("look"), calls("look"), "fine", "fine again") as server:
        _, output = ran("run", owner(first), session_id="s")
        again = owner(left).continue_run(run_id=output.run_id, session_id="s")
        assert [text for role, text in server.requests[3].turns if role == "tool"] == ["looked 1"]
    assert (again.content, again.run_id) == ("fine again", output.run_id)


@pytest.mark.parametrize(("level", "refusal"), [("tools", NotImplementedError), ("often", ValueError)])
def test_other_levels_of_checkpoints_are_refused(level, refusal):
    with pytest.raises(refusal, match="tool-batch"):
        agent(checkpoint=level).run("?")


def test_the_default_is_to_store_runs_at_their_end():
    owner = agent()
    owner.initialize_agent()
    assert owner.checkpoint == "runs"


def test_state_and_messages_survive_as_json():
    owner = remembers(session_state={"n": 1})
    with model("fine"):
        _, output = ran("run", owner, session_id="s")
    assert json.loads(output.to_json())["session_state"]["n"] == 1


@four_ways
def test_a_run_that_lost_a_key_to_another_is_counted_once(way, tmp_path):
    file = str(tmp_path / "session.db")

    def meanwhile(run_context: RunContext) -> None:
        """Another run changes the key before this one is stored."""
        other = SqliteDb(db_file=file)
        session = other.load_run_context("s")
        if session is not None:
            session.session_data["session_state"]["berth"] = "theirs"
            other.save_run(session)
        run_context.session_state["berth"] = run_context.run_id

    keeper = agent(db=SqliteDb(db_file=file, on_conflict="raise"), pre_hooks=[meanwhile], session_id="s")
    with model("One.", "Two."):
        _, first = ran(way, keeper, "One?")
        counted = keeper.get_session_metrics("s").total_tokens
        _, second = run_in(way, keeper, "Two?")
    assert (first.status.value, second.status.value) == ("COMPLETED", "ERROR")
    session = keeper.get_session("s")
    assert len(session.runs) == 2
    assert session.session_data["session_state"]["berth"] == "theirs"
    assert keeper.get_session_metrics("s").total_tokens == counted + second.metrics.total_tokens
