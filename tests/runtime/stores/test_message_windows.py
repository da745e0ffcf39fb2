"""A window given in messages reads no more runs than it needs."""

from __future__ import annotations

from kit_stores import agent_session, run, said

from wherry.core.messages import Message
from wherry.db.base import SessionType


def test_a_message_limit_is_served_from_the_loaded_runs(store):
    session = agent_session()
    for number in range(6):
        store.save_run(session, run(number))
    again = store.load_run_context("s1", SessionType.AGENT, "u1", 3)
    assert said(again.get_messages(limit=3, skip_roles=["system"])) == ["answer 4 é", "question 5", "answer 5 é"]
    assert not again.loaded_runs().complete


def test_a_message_limit_reaches_further_back_when_the_loaded_runs_are_short(store):
    session = agent_session()
    store.save_run(session, run(0))
    for number in range(1, 4):
        store.save_run(session, run(number, messages=[Message(role="user", content=f"only {number}")]))
    again = store.load_run_context("s1", SessionType.AGENT, "u1", 3)
    expected = ["question 0", "answer 0 é", "only 1", "only 2", "only 3"]
    assert said(again.get_messages(limit=5, skip_roles=["system"])) == expected


def test_all_runs_are_at_hand_when_all_are_wanted(store, runner):
    session = agent_session()
    for number in range(4):
        store.save_run(session, run(number))
    again = runner.run(store.store.aload_run_context("s1", SessionType.AGENT, "u1", None))
    assert [item.run_id for item in again.runs] == ["r0", "r1", "r2", "r3"]
