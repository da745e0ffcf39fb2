"""Older messages of an agent's conversation: replaced by a summary, stored, searched, never cut within a call."""

import asyncio
import json

import pytest
from agent_kit import agent, chat, four_ways, model, named, ran

from wherry.compaction import Compaction, CompactionStats, CompactionStatus
from wherry.compaction.cutting import boundary
from wherry.compaction.prompts import SUMMARY_PREFIX
from wherry.compaction.searching import matching_lines
from wherry.core.errors import ConfigurationError
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.models.message import Message
from wherry.run.agent import RunOutput
from wherry.team import Team

LONG = "word " * 200  # 250 tokens
HERE = {"session_id": "s"}
TOO_LONG = {"status": 400, "error": "the prompt is too long for this model"}


@pytest.fixture
def db(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "a.db"))
    yield db
    db.close()


def keeper(db, given=None, **options):
    given = Compaction(compact_at_tokens=500, uncompacted_runs=1) if given is None else given
    return agent(**{"db": db, "add_history_to_context": True, "compaction": given, **options})


def talked(owner, *questions):
    for question in questions:
        owner.run(question, **HERE)


def sent(server, number=-1):
    """Roles and texts of a request, the long ones cut."""
    return [(role, text[:20]) for role, text in server.requests[number].turns]


@four_ways
def test_a_long_history_is_folded_once_and_stays_folded(way, db):
    owner = keeper(db)
    with model("a0", "a1", "## Goal\nAcle", "a2", "a3") as server:
        talked(owner, f"q0 {LONG}", f"q1 {LONG}")
        events, output = ran(way, owner, "q2", **HERE)
        owner.compaction.compact_at_tokens = 10_000
        owner.run("q3", **HERE)
        asked, folded, later = server.requests[2].turns, server.requests[3].turns, server.requests[4].turns
    assert asked[1] == ("user", f"## user\n\nq0 {LONG}\n\n## assistant\n\na0")
    assert folded[0] == later[0]
    assert [text for _, text in folded[1:]] == [f"q1 {LONG}", "a1", "q2"]
    assert later[0][1].startswith(f"{SUMMARY_PREFIX}## Goal\nAcle\n\nThese earlier messages are kept")
    assert [text for _, text in later[1:]] == [f"q1 {LONG}", "a1", "q2", "a2", "q3"]
    made = output.compaction
    assert (made.messages_compacted, made.archived, made.tokens_before, made.tokens_after) == (2, True, 500, 264)
    assert "compaction_model" in output.metrics.details
    assert owner.get_session("s").runs[0].messages[0].content == f"q0 {LONG}"
    assert owner.compaction.stats == CompactionStats(1, 2, 500, 264)
    if events:
        names = [event.event for event in events if event.event.startswith(("Run", "Compaction"))][:3]
        assert set(names) == {"RunStarted", "CompactionStarted", "CompactionCompleted"}
        assert names[0] == ("RunStarted" if way.startswith("arun") else "CompactionStarted")
        (told,) = named(events, "CompactionCompleted")
        assert (told.messages_compacted, told.tokens_before, told.tokens_after, told.archived) == (2, 500, 264, True)


def test_what_is_stored_comes_back(db):
    owner = keeper(db)
    with model("a0", "a1", "SUM", "a2"):
        talked(owner, f"q0 {LONG}", f"q1 {LONG}", "q2")
    (row,) = db.get_compactions_for_session("s")
    run = owner.get_session("s").runs[-1]
    assert (row["run_id"], row["compaction_id"], row["user_id"]) == (run.run_id, run.compaction.id, None)
    assert row["first_kept_message_id"] == owner.get_session("s").runs[1].messages[0].id
    again = RunOutput.from_dict(json.loads(json.dumps(run.to_dict())))
    assert again.compaction == run.compaction


@four_ways
def test_the_second_summary_goes_on_from_the_first(way, db):
    owner = keeper(db)
    with model("a0", "a1", "ONE", "a2", "TWO", "a3") as server:
        talked(owner, f"q0 {LONG}", f"q1 {LONG}", f"q2 {LONG}")
        ran(way, owner, "q3", **HERE)
        request = server.requests[4].turns[1][1]
        assert sent(server)[0][1] == SUMMARY_PREFIX[:20]
        assert "TWO" in server.requests[5].turns[0][1]
    assert request.startswith("The summary so far:\nONE\n\nThe messages since then:\n## user\n\nq1 ")
    newest, oldest = db.get_compactions_for_session("s")
    assert (newest["summary"], oldest["summary"], newest["messages_compacted"]) == ("TWO", "ONE", 2)
    assert newest["created_at"] > oldest["created_at"]


@four_ways
@pytest.mark.parametrize("reply", [{"status": 400, "error": "no such model"}, ""], ids=["error", "nothing"])
def test_without_a_summary_all_is_sent(way, reply, db):
    with model("a0", "a1", reply, "a2") as server:
        owner = keeper(db)
        talked(owner, f"q0 {LONG}", f"q1 {LONG}")
        events, output = ran(way, owner, "q2", **HERE)
        assert len(server.requests[3].turns) == 5
    assert (output.content, output.compaction, db.get_compactions_for_session("s")) == ("a2", None, [])
    if events:
        assert (len(named(events, "CompactionStarted")), named(events, "CompactionCompleted")) == (1, [])


def look() -> str:
    """Look."""
    return f"found {LONG}"


def call(number, name="look", **arguments):
    return {"tool_calls": [{"name": name, "id": f"call-{number}", "arguments": arguments}]}


@pytest.mark.parametrize("kept", [{"uncompacted_runs": 0}, {"uncompacted_tokens": 20}, {"uncompacted_tokens": 299}])
def test_no_tool_result_loses_its_call(kept, db):
    owner = keeper(db, Compaction(compact_at_tokens=300, **kept), tools=[look])
    with model(call(0), "a0", call(1), "a1", "SUM", "a2") as server:
        talked(owner, "q0", "q1", "q2")
        calls, results = set(), set()
        for message in server.requests[5].body["messages"]:
            calls |= {item["id"] for item in message.get("tool_calls") or ()}
            results |= {message["tool_call_id"]} if message["role"] == "tool" else set()
    assert results == calls


@four_ways
def test_what_was_folded_can_be_searched(way, db):
    owner = keeper(db)
    search = call(1, "search_compacted_history", pattern="anchor|KEEL", context_lines=0)
    nothing = call(2, "search_compacted_history", pattern="Yare")
    with model("The keel is red.", "a1", "SUM", "a2", search, nothing, "Red.") as server:
        talked(owner, f"q0 {LONG}", f"q1 {LONG}", "q2")
        owner.compaction.compact_at_tokens = 10_000
        ran(way, owner, "q3", **HERE)
        answers = [server.requests[number].turns[-1][1] for number in (5, 6)]
        offered = [[tool["function"]["name"] for tool in request.body.get("tools", ())] for request in server.requests]
    assert answers == ["7: The keel is red.", "Nothing in the earlier messages matches 'Yare'."]
    assert offered[3] == []
    assert offered[4] == ["search_compacted_history"]


def test_without_stored_messages_nothing_is_promised(db):
    owner = keeper(db, Compaction(compact_at_tokens=500, uncompacted_runs=1, store_compacted_messages=False))
    with model("a0", "a1", "SUM", "a2", "a3") as server:
        talked(owner, f"q0 {LONG}", f"q1 {LONG}", "q2")
        owner.compaction.compact_at_tokens = 10_000
        owner.run("q3", **HERE)
        last = server.requests[-1]
    assert last.turns[0][1] == f"{SUMMARY_PREFIX}SUM"
    assert "tools" not in last.body
    assert db.get_compactions_for_session("s")[0]["archived_messages"] is None


@four_ways
def test_a_request_that_is_too_long_is_folded_and_sent_once_more(way, db):
    owner = keeper(db, True, num_history_runs=9, tools=[look])
    with model(f"a0 {LONG}", "a1", call(0), TOO_LONG, "SUM", call(1), "a2", "a3") as server:
        talked(owner, f"q0 {LONG}", f"q1 {LONG}")
        events, output = ran(way, owner, "q2", **HERE)
        owner.run("q3", **HERE)
        assert sent(server, 5)[0][1] == SUMMARY_PREFIX[:20]
        assert [role for role, _ in sent(server, 6)][-4:] == ["assistant", "tool", "assistant", "tool"]
        assert sent(server)[0][1] == SUMMARY_PREFIX[:20]
    assert (output.content, output.compaction.summary) == ("a2", "SUM")
    listed = ["call-0", "call-1"] if "stream" in way else ["call-1"]
    assert [tool.tool_call_id for tool in output.tools] == listed
    stored = [message.role for message in owner.get_session("s").runs[2].messages]
    assert stored == ["user", "assistant", "tool", "assistant", "tool", "assistant"]
    if events:
        assert not named(events, "CompactionStarted")


@four_ways
def test_a_request_that_stays_too_long_fails_with_the_providers_words(way, db):
    fallback = chat("gpt-5-nano")
    owner = keeper(db, True, num_history_runs=9)
    with model("a0", "a1", TOO_LONG, "SUM", TOO_LONG, "a3", TOO_LONG, {"status": 400, "error": "no"}) as server:
        talked(owner, f"q0 {LONG}", f"q1 {LONG}")
        _, output = ran(way, owner, "q2", **HERE)
        assert (output.status, output.content) == ("ERROR", TOO_LONG["error"])
        owner.fallback_models = [fallback]
        assert owner.run("q2", **HERE).content == "a3"
        owner.fallback_models, owner.fallback_config = None, None
        assert ran(way, owner, f"q4 {LONG}", **HERE)[1].content == TOO_LONG["error"]
        assert server.requests[5].body["model"] == "gpt-5-mini"


def test_true_folds_only_what_the_provider_refuses(db):
    owner = keeper(db, True)
    with model("a0", "a1", "a2", "a3", "a4") as server:
        talked(owner, *(f"q{number} {LONG * 3}" for number in range(5)))
        assert len(server.requests[4].turns) == 7  # three runs, as without compaction
    assert (owner.compaction.compact_at_tokens, owner.compaction.on_context_overflow) == (None, True)
    assert owner.compaction.model is owner.model


@pytest.mark.parametrize("way", ["compact", "acompact"])
def test_an_agent_folds_when_it_is_told_to(way, db):
    def compact(owner, session_id="s"):
        done = getattr(owner, way)(session_id)
        return asyncio.run(done) if way == "acompact" else done

    owner = keeper(db, True)
    with model("a0", "a1", "a2", "SUM", "a3", "") as server:
        assert compact(owner).status == CompactionStatus.NO_HISTORY
        talked(owner, "q0", "q1", "q2")
        declined = compact(owner)
        assert (declined.status, declined.compacted, declined.record) == (CompactionStatus.NOTHING_TO_FOLD, False, None)
        assert "uncompacted_runs=5" in declined.message
        owner.compaction.uncompacted_runs = 1
        done = compact(owner)
        assert done.to_dict()["status"] == "compacted"
        assert (done.record.messages_compacted, done.record.run_id) == (4, None)
        assert list(done.metrics.details) == ["compaction_model"]
        assert (
            "compaction_model"
            in db.get_session("s", "agent", deserialize=False)["session_data"]["session_metrics"]["details"]
        )
        assert compact(owner).status == CompactionStatus.ALREADY_COMPACTED
        owner.run("q3", **HERE)
        assert [text[:2] for _, text in server.requests[-1].turns][1:] == ["q2", "a2", "q3"]
        owner.compaction.uncompacted_runs = 1
        assert compact(owner).status == CompactionStatus.SUMMARY_FAILED
        owner.compaction.enforce_min_fold_ratio, owner.compaction.min_fold_ratio = True, 99
        assert compact(owner).status == CompactionStatus.NOT_WORTH_IT
    assert compact(agent(db=db)).status == CompactionStatus.NOT_ENABLED


def test_an_input_of_several_messages_may_be_folded_but_for_the_newest_question(db):
    """A limit that the page names: what was folded of a run's own input is in the table alone."""
    owner = keeper(db, True)
    earlier = [Message(role="user", content=f"early {LONG}"), Message(role="assistant", content=f"said {LONG}")]
    with model(TOO_LONG, "SUM", "a0") as server:
        output = owner.run([*earlier, Message(role="user", content="late")], **HERE)
        assert [text[:5] for _, text in server.requests[-1].turns] == [SUMMARY_PREFIX[:5], "late"]
    assert output.content == "a0"
    assert [message.content for message in owner.get_session("s").runs[0].messages if not message.from_history] == [
        "late",
        "a0",
    ]
    assert "early word" in db.get_compactions_for_session("s")[0]["archived_messages"]


def test_an_older_run_is_not_told_of_its_future(db):
    owner = keeper(db)
    with model("a0", "a1", "SUM", "a2", "again", "more") as server:
        for number in range(3):
            owner.run(f"q{number} {LONG}", run_id=f"r{number}", **HERE)
        owner.compaction.compact_at_tokens = 10_000
        owner.continue_run(run_id="r1", regenerate=True, **HERE)
        assert server.requests[4].turns[0][1].startswith("q0")
        owner.continue_run(run_id="r2", fork=True, input="more", **HERE)
        assert server.requests[5].turns[0][1].startswith(SUMMARY_PREFIX)


@pytest.mark.parametrize("store", [InMemoryDb, lambda: AsyncSqliteDb(db_url="sqlite+aiosqlite:///:memory:")])
def test_a_database_without_folds_switches_it_off(store, caplog):
    assert agent(db=store(), compaction=True).compaction is None
    assert "compaction is off" in caplog.text


def test_what_is_not_a_compaction_is_named(caplog):
    assert agent(compaction="yes").compaction is None
    assert "'yes'" in caplog.text
    with pytest.raises(TypeError):
        Team(members=[], compaction=True)


def test_counters_count_and_failures_are_estimated(db, caplog):
    def broken(messages, tools):
        raise RuntimeError("no")

    async def many(messages, tools):
        return 10**6

    owner = keeper(db, Compaction(compact_at_tokens=10_000, uncompacted_runs=1, token_counter=broken))
    with model("a0", "a1", "SUM", "a2", "TWO", "a3") as server:
        talked(owner, "q0", "q1")
        assert "RuntimeError('no')" in caplog.text
        owner.compaction.token_counter = many
        assert "asynchronous" in owner.run("q2", **HERE).content
        assert asyncio.run(owner.arun("q2", **HERE)).content == "a2"
        owner.compaction.uncompacted_runs = 0
        owner.compaction.token_counter, owner.compaction.use_model_token_count = None, True
        owner.compaction.compact_at_tokens = 1
        assert owner.run("q3", **HERE).compaction is not None
        assert server.requests[4].turns[1][1].startswith("The summary so far:\nSUM")


WRONG = [
    {"compact_at_tokens": 0},
    {"uncompacted_runs": -1},
    {"uncompacted_tokens": 0},
    {"compacted_token_budget": -5},
    {"min_fold_ratio": -1},
    {"uncompacted_runs": 5, "uncompacted_tokens": 10},
    {"uncompacted_tokens": 200_000},
    {"token_counter": len, "use_model_token_count": True},
    {"search_compacted_messages": True, "store_compacted_messages": False},
]


@pytest.mark.parametrize("given", WRONG, ids=str)
def test_settings_that_cannot_be_are_refused(given):
    with pytest.raises(ConfigurationError, match=next(iter(given))):
        Compaction(**given)


def test_a_counter_has_to_be_callable():
    with pytest.raises(TypeError, match="token_counter"):
        Compaction(token_counter=3)


def test_a_summary_is_cut_to_its_budget(db):
    summary = "## Goal\n" + "\n".join(f"line {number} {'x' * 40}" for number in range(60)) + "\n## Completed\n"
    owner = keeper(db, Compaction(compact_at_tokens=500, uncompacted_runs=1, compacted_token_budget=60))
    with model("a0", "a1", summary, "a2") as server:
        talked(owner, f"q0 {LONG}", f"q1 {LONG}", "q2")
        assert "at most 60 tokens: about 45 words or 240 characters" in server.requests[2].turns[0][1]
    kept = db.get_compactions_for_session("s")[0]["summary"]
    assert len(kept) // 4 <= 60
    assert kept.startswith("## Goal\nline 0 ")
    assert kept.endswith("Search the stored messages for it.)")
    assert "## Completed" not in kept


def test_a_copy_has_the_same_model_and_totals_of_its_own(db):
    owner = keeper(db)
    twin = owner.deep_copy()
    assert twin.compaction is not owner.compaction
    assert (twin.compaction.model, twin.compaction.id) == (owner.compaction.model, owner.compaction.id)
    assert twin.compaction.stats is not owner.compaction.stats


def test_ids_of_results_that_are_kept_apart_survive(db):
    owner = keeper(db, Compaction(compact_at_tokens=300, uncompacted_runs=1), tools=[look], offload_tool_results=True)
    owner.result_store.threshold_chars = 100
    with model(call(0), f"a0 {LONG}", "a1", "SUM", "a2") as server:
        talked(owner, "q0", "q1", "q2")
        assert "read_result(id): res_" in server.requests[-1].turns[1][1]


def test_no_cut_is_safe_where_everything_hangs_together():
    asking = Message(role="assistant", tool_calls=[{"id": "c", "function": {"name": "look"}}])
    result = Message(role="tool", content="x", tool_call_id="c")
    assert boundary([asking, result], 1, 0) is None
    assert boundary([Message(role="user", content="q"), asking, result], 2, 0) == 1
    passing = Message(role="user", content="q", temporary=True)
    assert boundary([Message(role="user", content="q"), passing, result], 1, 0) is None


def test_a_search_is_bounded_and_takes_no_patterns():
    text = "\n".join(["(a+)+$", *(f"{number}: {'a' * 900}" for number in range(100))])
    assert matching_lines(text, "(a+)+$", 0) == "1: (a+)+$"
    found = matching_lines(text, "aaa", 99)
    assert len(found) < 8_200
    assert found.endswith("search for something narrower.")
    assert matching_lines(text, " | ", 0) == ""


def test_an_agent_that_has_worked_in_a_team_compacts_its_own_sessions_still(db):
    owner = keeper(db, Compaction(compact_at_tokens=None, uncompacted_runs=1))
    with model("a0", "a1", "SUM"):
        talked(owner, "q0", "q1")
        Team(id="crew", members=[owner], telemetry=False).initialize_team()
        assert owner.team_id == "crew"
        assert owner.compact("s").status == CompactionStatus.COMPACTED
