"""How much compaction folds, sends and asks for: limits that a conversation reaches only when it is long."""

import asyncio
import threading

import pytest
from agent_kit import agent, model

from wherry.compaction import Compaction, CompactionRecord
from wherry.compaction.archive import CompactionArchive
from wherry.compaction.cutting import boundary
from wherry.db.sqlite import SqliteDb
from wherry.models.message import Message

LONG = "word " * 200  # 250 tokens
HERE = {"session_id": "s"}
TOO_LONG = {"status": 400, "error": "the prompt is too long for this model"}


@pytest.fixture
def owner(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "a.db"))
    yield agent(db=db, add_history_to_context=True, compaction=True, num_history_runs=9)
    db.close()


def said(*texts):
    """A conversation: questions and answers in turn."""
    roles = ("user", "assistant")
    return [Message(role=roles[number % 2], content=text) for number, text in enumerate(texts)]


def asked(compaction, messages, previous=None, *, archived=True):
    system, question = compaction.request_for(messages, previous, archived=archived)
    return system.content, question.content


def test_a_provider_is_not_told_to_go_on_with_its_own_copy():
    messages = said("q0", "a0", "q1", "a1")
    messages[3].provider_data = {"response_id": "r1", "interaction_id": "i1", "kept": 1}
    messages[1].provider_data = {"response_id": "r0"}
    folded = Compaction().apply_record(messages, CompactionRecord(2, "SUM", messages[2].id))
    assert [message.provider_data for message in folded] == [None, None, {"kept": 1}]
    assert messages[3].provider_data["response_id"] == "r1"
    elsewhere = Compaction().apply_record(messages, CompactionRecord(2, "SUM", "unknown"))
    assert [message.provider_data for message in elsewhere] == [None, None, None, {"kept": 1}]


def test_results_that_come_late_hold_the_cut_before_their_call():
    asking = Message(role="assistant", tool_calls=[{"id": "c", "function": {"name": "look"}}])
    late = Message(role="tool", content="x", tool_call_id="c")
    question = Message(role="user", content="q")
    assert boundary([question, asking, Message(role="user", content="and?"), late], 2, 0) == 1


def test_what_is_kept_shares_the_room_with_prompt_and_summary():
    messages = said(*[LONG] * 8)
    plain = Compaction(compact_at_tokens=1600, uncompacted_tokens=1500)
    assert [plain.plan(messages, None, overhead) for overhead in (0, 500, 1000)] == [5, 6, 6]
    assert Compaction(compact_at_tokens=1600, uncompacted_tokens=1500, compacted_token_budget=500).plan(messages) == 6
    before = CompactionRecord(1, LONG * 2, messages[0].id)
    assert plain.plan(messages, before) == 6


def test_the_request_for_a_summary_says_what_is_wanted():
    given = Compaction(instructions="Keep every berth number.")
    system, _ = asked(given, said("q0"))
    assert system.count("Keep every berth number.") == 1
    assert "Not covered here:" in system
    assert "Not covered here:" not in asked(given, said("q0"), archived=False)[0]


def test_the_request_for_a_summary_is_bounded():
    messages = [*said(*("x" * 150_000 for _ in range(3))), Message(role="tool", tool_name="look", content="y" * 25_000)]
    text = asked(Compaction(), messages)[1]
    assert (text.count("## user"), text.count("## assistant")) == (1, 1)
    assert text.count("y") == 20_000
    assert "[5000 characters left out]" in text
    assert asked(Compaction(), said("x" * 500_000))[1].count("x") == 500_000


def test_a_fold_that_makes_nothing_shorter_is_not_sent(owner):
    with model("a0", TOO_LONG, LONG * 2) as server:
        owner.run("q0", **HERE)
        output = owner.run("q1", **HERE)
        assert len(server.requests) == 3
    assert (output.status, output.content, output.compaction) == ("ERROR", TOO_LONG["error"], None)


def test_no_fewer_runs_are_kept_than_help(owner):
    """Of five runs that are to be kept two remain, since what is folded weighs as much then."""
    with model("a0", "a1", "a2", "a3", TOO_LONG, "SUM", "a4") as server:
        for number in range(4):
            owner.run(f"q{number} {LONG * (3 if number < 2 else 1)}", **HERE)
        assert owner.run("q4", **HERE).compaction.messages_compacted == 4
        assert [text[:2] for _, text in server.requests[-1].turns][1:] == ["q2", "a2", "q3", "a3", "q4"]


def test_a_counter_that_blocks_leaves_the_event_loop_alone(owner):
    threads = []

    def counter(messages, tools):
        threads.append(threading.current_thread())
        return 1

    owner.compaction = Compaction(compact_at_tokens=10_000, token_counter=counter)
    with model("a0", "a1"):
        owner.run("q0", **HERE)
        asyncio.run(owner.arun("q1", **HERE))
    assert threads
    assert threading.main_thread() not in threads


def test_a_database_with_a_fault_is_not_taken_for_one_that_stores_no_folds(tmp_path, caplog):
    class Faulty(SqliteDb):
        def upsert_compaction(self, row):
            return row.compaction_id

    record = CompactionRecord(1, "SUM", "m")
    assert not CompactionArchive(Faulty(db_file=str(tmp_path / "faulty.db")), "s").write(record, [])
    assert "Faulty.upsert_compaction() failed: AttributeError" in caplog.text
    assert "stores no compactions" not in caplog.text
    assert not CompactionArchive(object(), "s").write(record, [])
    assert "object stores no compactions" in caplog.text


def test_who_makes_records_is_told_the_size_of_the_request(owner):
    told = []

    class Watching(Compaction):
        def build_record(self, messages, summary, first_kept, count, tokens_before=None, run_id=None):
            told.append((tokens_before, run_id))
            return super().build_record(messages, summary, first_kept, count, tokens_before, run_id)

    owner.compaction = Watching(compact_at_tokens=500, uncompacted_runs=1, token_counter=lambda *_: 777)
    with model("a0", "a1", "SUM", "a2"):
        owner.run("q0", **HERE)
        owner.run("q1", **HERE)
        output = owner.run("q2", **HERE)
    assert told == [(777, output.run_id)]
