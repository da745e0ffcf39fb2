"""Folds of conversations in databases, and sessions that either runtime has folded."""

import json

import pytest
from agent_kit import agent, model

from wherry.compaction import Compaction
from wherry.compaction.prompts import SUMMARY_PREFIX
from wherry.db.sqlite import SqliteDb

from .dual_steps import agent_run, run
from .platform_calls import asked
from .test_dual_run import numbers, places, wherry  # noqa: F401  fixtures, and what they need
from .test_evals_and_traces import opened

SQL = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
LONG = "word " * 200


def fold(number, **given):
    row = {"compaction_id": f"c{number}", "session_id": "s", "run_id": f"r{number}", "summary": f"sum {number}"}
    texts = {"archived_messages": f"## user\n\nthe keel of 100% oak {number} a\\b", "first_kept_message_id": "m"}
    return {**row, **texts, "created_at": 1000 + number, **given}


@pytest.mark.parametrize("kind", SQL)
def test_folds_are_kept_found_and_deleted(kind, new_store):
    store = new_store(kind)
    assert (store.get_compaction("c1"), store.get_compactions_for_session("s")) == (None, [])
    assert (store.search_compactions("s", "keel"), store.delete_compactions_for_session("s")) == ([], 0)
    for row in (fold(1), fold(2), fold(1, summary="another"), fold(3, session_id="t")):
        store.upsert_compaction(row)
    assert store.get_compaction("c1")["summary"] == "sum 1"
    assert [row["compaction_id"] for row in store.get_compactions_for_session("s")] == ["c2", "c1"]
    assert [row["compaction_id"] for row in store.get_compactions_for_session("s", limit=1)] == ["c2"]
    assert [row["compaction_id"] for row in store.search_compactions("s", "OAK 1")] == ["c1"]
    assert len(store.search_compactions("s", ["nothing", "keel"])) == 2
    assert len(store.search_compactions("s", ["keel"], limit=1)) == 1
    assert [len(store.search_compactions("s", term)) for term in ("100%", "a\\b", "k%l", "k_el", "\\", "")] == [
        2,
        2,
        0,
        0,
        2,
        0,
    ]
    assert store.delete_compactions_for_session("s") == 2
    assert len(store.get_compactions_for_session("t")) == 1


def test_letters_of_other_alphabets_are_found_in_any_case(new_store):
    store = new_store("sqlite")
    for number, text in enumerate(("Красный КИЛЬ", "Äpfel", None, "plain keel")):
        store.upsert_compaction(fold(number, archived_messages=text))
    terms = ["киль", ["KEEL", "ÄPFEL"], "кит"]
    found = [[row["compaction_id"] for row in store.search_compactions("s", term)] for term in terms]
    assert found == [["c0"], ["c3", "c1"], []]
    assert len(store.search_compactions("s", ["KEEL", "ÄPFEL"], limit=1)) == 1


def test_a_run_reads_one_fold_however_many_there_are(tmp_path):
    class Counting(SqliteDb):
        def get_compactions_for_session(self, session_id, limit=None):
            found = super().get_compactions_for_session(session_id, limit)
            read.append(len(found))
            return found

    read, store = [], Counting(db_file=str(tmp_path / "a.db"))
    for number in range(3):
        store.upsert_compaction(fold(number))
    owner = agent(db=store, add_history_to_context=True, compaction=Compaction())
    with model("a0"):
        assert owner.run("q0", session_id="s").content == "a0"
    store.close()
    assert set(read) == {1}


@pytest.mark.parametrize("looping", [False, True], ids=["run", "arun"])
@pytest.mark.parametrize("kind", SQL)
def test_an_agent_folds_in_any_database_that_keeps_folds(kind, looping, new_store, runner):
    store = new_store(kind).store
    compaction = Compaction(compact_at_tokens=500, uncompacted_runs=1)
    owner = agent(db=store, add_history_to_context=True, compaction=compaction)
    with model("a0", "a1", "SUM", "a2") as server:
        for question in (f"q0 {LONG}", f"q1 {LONG}", "q2"):
            if looping:
                runner.run(owner.arun(question, session_id="s", user_id="u"))
            else:
                owner.run(question, session_id="s", user_id="u")
        assert server.requests[3].turns[0][1].startswith(f"{SUMMARY_PREFIX}SUM")
    (row,) = store.get_compactions_for_session("s")
    assert (row["user_id"], row["messages_compacted"]) == ("u", 2)
    store.delete_session("s")
    assert store.get_compactions_for_session("s") == []


@pytest.mark.parity
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", SQL)
def test_a_session_that_agno_folded_goes_on_here_and_the_other_way_round(kind, agno, places):  # noqa: F811
    given = places(kind)[0]
    story = [agent_run(f"r{number}", session_id="s") for number in range(3)]
    agno(kind, given, run(*story, session={"session_id": "s"}))
    kept = story[2]["run"]["messages"][0]["id"]
    agno(kind, given, asked("upsert_compaction", row=fold(1, first_kept_message_id=kept, run_id="r2")))
    store = opened(kind, given)
    compaction = Compaction(compact_at_tokens=10_000, uncompacted_runs=1)
    owner = agent(id="ada", db=store, add_history_to_context=True, compaction=compaction)
    with model("a3", "OURS") as server:
        owner.run("q3", session_id="s")
        summary, *rest = [text for _, text in server.requests[0].turns]
        assert server.requests[0].body["tools"][0]["function"]["name"] == "search_compacted_history"
        assert owner.compact("s").compacted
    store.close()
    assert summary.startswith(f"{SUMMARY_PREFIX}sum 1")
    assert rest == ["question r2", "answer r2", "q3"]
    rows = agno(kind, given, asked("get_compactions_for_session", session_id="s"))
    found = agno(kind, given, asked("search_compactions", session_id="s", query="QUESTION r2"))
    told = json.dumps([rows, found])
    assert told.count('"OURS"') == 2
    assert told.count('"sum 1"') == 1
