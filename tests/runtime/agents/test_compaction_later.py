"""A run that waited for a person while what followed it was folded: it is sent on, until the next fold takes it in."""

import pytest
from agent_kit import agent, calls, four_ways, model, ran
from continue_ways import continued_in

from wherry.compaction import Compaction
from wherry.compaction.prompts import SUMMARY_PREFIX
from wherry.db.sqlite import SqliteDb
from wherry.tools import tool

LONG = "word " * 200  # 250 tokens
HERE = {"session_id": "s"}


@tool(requires_confirmation=True)
def book(boat: str) -> str:
    """Book a boat."""
    return f"{boat} is booked"


@pytest.fixture
def db(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "a.db"))
    yield db
    db.close()


def keeper(db, **options):
    given = Compaction(compact_at_tokens=500, uncompacted_runs=1, min_fold_ratio=0)
    return agent(db=db, add_history_to_context=True, compaction=given, tools=[book], **options)


def paused_and_folded(way, owner, **options):
    """A run that waits, and a fold of what followed it; the run's output."""
    _, waiting = ran(way, owner, "book one", **HERE, **options)
    assert waiting.is_paused
    for question in (f"q1 {LONG}", f"q2 {LONG}", "q3"):
        folding = owner.run(question, **HERE)
    assert folding.compaction.messages_compacted == 2
    waiting.active_requirements[0].confirm()
    return waiting


BOOKED = [
    ("user", "book one"),
    ("assistant", ' book({"boat":"Albion"})'),
    ("tool", "Albion is booked"),
    ("assistant", "It is yours."),
]
REPLIES = [calls("book", boat="Albion"), "a1", "a2", "ONE", "a3", "It is yours."]
REFUSED = {"status": 400, "error": "the prompt is too long for this model"}


def turns(request):
    return [(role, (text or "")[:30].split(" word")[0]) for role, text in request.turns]


@four_ways
def test_it_is_sent_word_for_word_and_folded_next(way, db):
    owner = keeper(db)
    with model(*REPLIES, "a4", "TWO", "a5", "a6") as server:
        waiting = paused_and_folded(way, owner)
        continued_in(way, owner, waiting, requirements=waiting.requirements)
        owner.compaction.compact_at_tokens = 10_000
        ran(way, owner, "q4", **HERE)
        sent = turns(server.requests[-1])
        assert sent[0][1] == SUMMARY_PREFIX[:30]
        assert sent[1 : 1 + len(BOOKED)] == BOOKED
        assert [text for _, text in sent[1 + len(BOOKED) :]] == ["q2", "a2", "q3", "a3", "q4"]
        owner.compaction.compact_at_tokens = 300
        _, output = ran(way, owner, "q5", **HERE)
        asked = server.requests[-2].turns[-1][1]
        assert output.compaction.messages_compacted == len(BOOKED) + 4  # with q2 and q3
        assert "book one" in asked
        assert asked.index("It is yours.") < asked.index("q2 word")
        owner.compaction.compact_at_tokens = 10_000
        owner.run("q6", **HERE)
        assert [text for _, text in turns(server.requests[-1])[1:]] == ["q4", "a4", "q5", "a5", "q6"]
    assert "Albion is booked" in db.get_compactions_for_session("s")[0]["archived_messages"]


def test_it_is_folded_by_hand_too(db):
    owner = keeper(db)
    with model(*REPLIES, "TWO") as server:
        waiting = paused_and_folded("run", owner)
        owner.continue_run(waiting, requirements=waiting.requirements)
        assert owner.compact("s").record.messages_compacted == len(BOOKED) + 2
        assert "It is yours." in server.requests[-1].turns[-1][1]


def test_it_is_folded_with_a_request_that_is_refused_too(db):
    owner = keeper(db)
    owner.compaction.on_context_overflow = True
    with model(*REPLIES, REFUSED, "TWO", "a4") as server:
        waiting = paused_and_folded("run", owner)
        owner.continue_run(waiting, requirements=waiting.requirements)
        owner.compaction.compact_at_tokens = 10_000
        owner.run("q4", **HERE)
        assert "It is yours." in server.requests[-2].turns[-1][1]
        assert [text for _, text in turns(server.requests[-1])[1:]] == ["q4"]


@four_ways
def test_a_fold_that_it_needs_itself_brings_back_nothing_that_was_folded(way, db):
    """It stands before all that this fold stands for, so the fold holds for this run alone."""
    owner = keeper(db)
    owner.compaction.on_context_overflow = True
    with model(*REPLIES[:-1], REFUSED, "TWO", "It is yours.", "a4") as server:
        waiting = paused_and_folded(way, owner)
        _, ended = continued_in(way, owner, waiting, requirements=waiting.requirements)
        assert ended.compaction.summary == "TWO"
        assert turns(server.requests[-1])[1:] == BOOKED[:3]
        owner.compaction.compact_at_tokens = 10_000
        ran(way, owner, "q4", **HERE)
        assert [text for _, text in turns(server.requests[-1])[1 + len(BOOKED) :]] == ["q2", "a2", "q3", "a3", "q4"]
    assert [row["summary"] for row in db.get_compactions_for_session("s")] == ["ONE"]


@four_ways
def test_a_run_that_folds_what_came_later_is_sent_itself_although_its_answer_is_older_than_the_fold(way, db):
    """The message of an answer is as old as its first request, which is refused; a second may pass until the fold."""
    owner = keeper(db)
    owner.compaction.on_context_overflow = True
    with model(*REPLIES[:-1], REFUSED, "TWO", "It is yours.", "a4") as server:
        waiting = paused_and_folded(way, owner)
        owner.compaction.uncompacted_runs = 2  # q3 and this one
        _, ended = continued_in(way, owner, waiting, requirements=waiting.requirements)
        assert ended.compaction.summary == "TWO"
        with db.file.lend() as connection:
            connection.execute("UPDATE agno_compactions SET created_at = created_at + 1 WHERE summary = 'TWO'")
        owner.compaction.compact_at_tokens = 10_000
        ran(way, owner, "q4", **HERE)
        assert turns(server.requests[-1])[1:] == [*BOOKED, ("user", "q3"), ("assistant", "a3"), ("user", "q4")]


def test_a_fold_that_it_needs_itself_is_kept_where_nothing_came_later(db):
    owner = keeper(db)
    owner.compaction.compact_at_tokens = None
    owner.compaction.on_context_overflow = True
    owner.num_history_runs = 9
    with model("a1", "a2", REPLIES[0], REFUSED, "ONE", "It is yours.", "a3") as server:
        owner.run(f"q1 {LONG}", **HERE)
        owner.run(f"q2 {LONG}", **HERE)
        waiting = owner.run("book one", **HERE)
        waiting.active_requirements[0].confirm()
        owner.continue_run(waiting, requirements=waiting.requirements)
        owner.run("q3", **HERE)
        assert turns(server.requests[-1])[1:] == [*BOOKED, ("user", "q3")]
    assert [row["summary"] for row in db.get_compactions_for_session("s")] == ["ONE"]


def test_a_run_that_was_folded_itself_is_not_sent_again(db):
    owner = keeper(db)
    with model(calls("book", boat="Albion"), "It is yours.", "a1", "a2", "ONE", "a3", "a4") as server:
        waiting = owner.run("book one", **HERE)
        waiting.active_requirements[0].confirm()
        owner.continue_run(waiting, requirements=waiting.requirements)
        for question in (f"q1 {LONG}", f"q2 {LONG}", "q3"):
            owner.run(question, **HERE)
        owner.compaction.compact_at_tokens = 10_000
        owner.run("q4", **HERE)
        assert [text for _, text in turns(server.requests[-1])[1:]] == ["q2", "a2", "q3", "a3", "q4"]


def test_a_summary_of_the_session_has_it(db):
    owner = agent(db=db, tools=[book], enable_session_summaries=True)
    said = '{"summary": "It was said.", "topics": []}'
    with model(calls("book", boat="Albion"), "a1", said, "It is yours.", said) as server:
        waiting = owner.run("book one", **HERE)
        owner.run("q1", **HERE)
        waiting.active_requirements[0].confirm()
        owner.continue_run(waiting, requirements=waiting.requirements)
        assert "Assistant: It is yours." in server.requests[-1].turns[0][1]
    assert owner.get_session_summary("s").summary == "It was said."
