"""Runs on one session at once: both are kept, and so is what each of them changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kit_stores import agent_session, run
from processes import loopback

from wherry.core.errors import SessionConflict
from wherry.core.sessions.session import Origin
from wherry.db.base import SessionType

from .conftest import ALL, REDIS


def load(store):
    return store.load_run_context("s1", SessionType.AGENT, "u1", 3)


def state_of(store):
    return store.get_session("s1").session_data["session_state"]


def overlap(store, mine, theirs):
    """Two runs load the session, change its state and save, `theirs` first; what the second save said."""
    store.save_run(agent_session(), run(0))
    first, second = load(store), load(store)
    theirs(first.session_data["session_state"])
    store.save_run(first, run(1))
    mine(second.session_data["session_state"])
    return store.save_run(second, run(2))


def test_changes_to_different_keys_are_all_kept(store):
    saved = overlap(store, lambda state: state.update(b="mine"), lambda state: state.update(a="theirs"))
    assert saved.merged
    assert saved.conflicts == []
    assert state_of(store) == {"count": 1, "a": "theirs", "b": "mine"}
    assert [item.run_id for item in store.get_session("s1").runs] == ["r0", "r1", "r2"]


def test_changes_inside_one_dictionary_are_all_kept(store):
    saved = overlap(
        store,
        lambda state: state.setdefault("cart", {}).update(tea=1),
        lambda state: state.setdefault("cart", {}).update(milk=2),
    )
    assert saved.conflicts == []
    assert state_of(store)["cart"] == {"milk": 2, "tea": 1}


def test_a_removed_key_stays_removed(store):
    overlap(store, lambda state: state.pop("count"), lambda state: state.update(a=1))
    assert state_of(store) == {"a": 1}


def test_of_two_values_for_one_key_the_later_wins_and_the_log_says_so(store, caplog):
    saved = overlap(store, lambda state: state.update(count=3), lambda state: state.update(count=2))
    assert saved.conflicts == ["session_state.count"]
    assert state_of(store)["count"] == 3
    assert "session_state.count" in caplog.text
    assert "'s1'" in caplog.text


def test_the_same_change_on_both_sides_is_no_conflict(store):
    saved = overlap(store, lambda state: state.update(count=2), lambda state: state.update(count=2))
    assert saved.conflicts == []


def test_the_run_that_merged_sees_the_merged_state(store):
    store.save_run(agent_session(), run(0))
    first, second = load(store), load(store)
    first.session_data["session_state"]["a"] = 1
    store.save_run(first, run(1))
    held = second.session_data["session_state"]
    held["b"] = 2
    store.save_run(second, run(2))
    assert held == {"count": 1, "a": 1, "b": 2}
    held["c"] = 3
    assert store.save_run(second, run(3)).conflicts == []
    assert state_of(store) == {"count": 1, "a": 1, "b": 2, "c": 3}


def test_a_state_that_is_to_overwrite_is_not_merged(store):
    store.save_run(agent_session(), run(0))
    first, second = load(store), load(store)
    first.session_data["session_state"]["a"] = 1
    store.save_run(first, run(1))
    second.session_data["session_state"] = {"only": "this"}
    store.save_run(second, run(2), overwrite_state=True)
    assert state_of(store) == {"only": "this"}


def test_metrics_of_both_runs_are_counted(store):
    def counted(tokens):
        detail = {"id": "m", "provider": "P", "total_tokens": tokens}
        return {"total_tokens": tokens, "details": {"model": [detail]}}

    session = agent_session()
    session.session_data["session_metrics"] = counted(10)
    store.save_run(session, run(0))
    first, second = load(store), load(store)
    first.session_data["session_metrics"] = counted(10 + 5)
    store.save_run(first, run(1))
    second.session_data["session_metrics"] = counted(10 + 7)
    saved = store.save_run(second, run(2))
    assert saved.conflicts == []
    assert store.get_session("s1").session_data["session_metrics"] == counted(22)


def test_names_and_metadata_of_both_sides_are_kept(store):
    store.save_run(agent_session(metadata={"plan": "free"}), run(0))
    session = load(store)
    store.rename_session("s1", SessionType.AGENT, "Talk")
    other = load(store)
    other.metadata["seen"] = True
    store.save_run(other, run(1))
    session.metadata["tag"] = "x"
    session.session_data["session_state"]["a"] = 1
    assert store.save_run(session, run(2)).conflicts == []
    kept = store.get_session("s1")
    assert kept.metadata == {"plan": "free", "seen": True, "tag": "x"}
    assert kept.session_data["session_name"] == "Talk"
    assert kept.session_data["session_state"] == {"count": 1, "a": 1}


def test_metadata_that_somebody_gave_meanwhile_stay_when_a_run_has_none(store):
    store.save_run(agent_session(), run(0))
    session = store.load_run_context("s1", "agent", "u1")
    assert session.metadata is None
    other = store.get_session("s1")
    other.metadata = {"plan": "free"}
    store.upsert_session(other)
    store.save_run(session, run(1))
    assert store.get_session("s1").metadata == {"plan": "free"}


def test_a_session_that_is_changed_by_hand_keeps_what_a_run_changed_meanwhile(store):
    store.save_run(agent_session(session_data={"session_state": {"a": 1}}), run(0))
    session = store.get_session("s1")
    session.origin = Origin(session.session_data, session.metadata)
    session.session_data = {**session.session_data, "session_name": "Quay"}
    other = load(store)
    other.session_data["session_state"]["b"] = 2
    store.save_run(other, run(1))
    assert not store.save_run(session).refused
    kept = store.get_session("s1")
    assert (kept.session_data["session_state"], kept.session_data["session_name"]) == ({"a": 1, "b": 2}, "Quay")
    assert len(kept.runs) == 2


def test_two_first_runs_of_a_session_are_both_kept(store):
    first = agent_session(session_data={"session_state": {"count": 1, "a": 1}})
    second = agent_session(session_data={"session_state": {"count": 1, "b": 2}})
    store.save_run(first, run(0))
    saved = store.save_run(second, run(1))
    assert saved.conflicts == []
    assert state_of(store) == {"count": 1, "a": 1, "b": 2}
    assert [item.run_id for item in store.get_session("s1").runs] == ["r0", "r1"]


def test_a_session_deleted_during_a_run_comes_back_with_it(store):
    store.save_run(agent_session(), run(0))
    session = load(store)
    store.delete_session("s1")
    store.save_run(session, run(1))
    assert [item.run_id for item in store.get_session("s1").runs] == ["r1"]


@pytest.mark.parametrize("kind", ALL)
def test_a_conflict_can_be_made_an_error_that_keeps_the_stored_value_and_the_run(kind, new_store):
    store = new_store(kind, on_conflict="raise")
    with pytest.raises(SessionConflict, match=r"session_state\.count"):
        overlap(store, lambda state: state.update(count=3, b=1), lambda state: state.update(count=2))
    assert state_of(store) == {"count": 2, "b": 1}
    assert [item.run_id for item in store.get_session("s1").runs] == ["r0", "r1", "r2"]


@pytest.mark.parametrize("kind", ALL)
def test_a_state_that_is_to_replace_the_stored_one_does_so_where_another_key_is_in_conflict(kind, new_store):
    store = new_store(kind, on_conflict="raise")
    store.save_run(agent_session(), run(0))
    first, second = load(store), load(store)
    first.session_data.update(session_name="theirs", session_state={"count": 2, "a": 1})
    store.save_run(first, run(1))
    second.session_data.update(session_name="mine", session_state={"count": 3})
    with pytest.raises(SessionConflict, match="changed session_name of session"):
        store.save_run(second, run(2), overwrite_state=True)
    assert state_of(store) == {"count": 3}
    assert store.get_session("s1").session_data["session_name"] == "theirs"


@pytest.mark.parametrize("kind", REDIS)
def test_a_key_that_others_change_at_each_try_is_told_once(kind, new_store, monkeypatch, caplog):
    store, other = new_store(kind, where="twice"), new_store(kind, where="twice")
    store.save_run(agent_session(), run(0))
    mine, values, client = load(store), [3, 2], store.store.redis_client
    pipeline = client.pipeline

    def after_another(**given):
        if values:
            theirs = load(other)
            theirs.session_data["session_state"]["count"] = values.pop()
            other.save_run(theirs)
        return pipeline(**given)

    mine.session_data["session_state"]["count"] = 9
    monkeypatch.setattr(client, "pipeline", after_another)
    saved = store.save_run(mine, run(1))
    assert values == []
    assert saved.conflicts == ["session_state.count"]
    assert "changed session_state.count of session" in caplog.text
    assert state_of(store)["count"] == 9


WRITER = Path(__file__).with_name("writer_process.py")


@pytest.mark.parametrize(
    "kind",
    [
        "sqlite",
        "json",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("redis", marks=pytest.mark.redis),
    ],
)
def test_processes_on_one_session_lose_nothing(kind, request, tmp_path, new_store):
    where = "shared"
    given = {
        "sqlite": lambda: {"db_file": str(tmp_path / f"{where}.db")},
        "json": lambda: {"db_path": str(tmp_path / where)},
        "postgres": lambda: {"db_url": request.getfixturevalue("postgres_url"), "db_schema": "s_shared"},
        "redis": lambda: {"db_url": request.getfixturevalue("redis_url"), "db_prefix": "p_shared"},
    }[kind]()
    rounds = 12
    writers = [
        subprocess.Popen(
            [sys.executable, str(WRITER), kind, json.dumps(given), f"p{number}", str(rounds)], env=loopback()
        )
        for number in range(3)
    ]
    assert [writer.wait(timeout=90) for writer in writers] == [0, 0, 0]
    store = new_store(kind, where=where)
    session = store.get_session("s1")
    names = {f"p{number}" for number in range(3)}
    assert {item.run_id for item in session.runs} == {f"{name}-{i}" for name in names for i in range(rounds)}
    state = session.session_data["session_state"]
    assert {name: state[name] for name in names} == dict.fromkeys(names, rounds)
    assert state["seen"] == {f"{name}-{i}": True for name in names for i in range(rounds)}
    assert session.session_data["session_metrics"]["total_tokens"] == 3 * rounds * 15
    rows, total = store.get_runs(session_id="s1", deserialize=False)
    assert sorted(row["run_index"] for row in rows) == list(range(total))
