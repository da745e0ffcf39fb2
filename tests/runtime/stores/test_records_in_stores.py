"""User memories and knowledge contents, on every store."""

from __future__ import annotations

from time import time

import pytest
from kit_stores import agent_session

from wherry.core.errors import ConfigurationError
from wherry.db.base import SessionType
from wherry.db.schemas import UserMemory
from wherry.db.schemas.evals import EvalRunRecord, EvalType
from wherry.db.schemas.knowledge import KnowledgeRow
from wherry.session import AgentSession


@pytest.fixture
def remembering(store):
    for memory_id, user_id, text, topics in [
        ("m1", "u1", "Likes tea é", ["drinks", "taste"]),
        ("m2", "u1", "Has a boat", ["hobby"]),
        ("m3", "u2", "Likes coffee", ["drinks"]),
    ]:
        store.upsert_user_memory(
            UserMemory(memory=text, memory_id=memory_id, user_id=user_id, topics=topics, agent_id="ada", input="said")
        )
    return store


def ids(memories):
    return {memory.memory_id for memory in memories}


def test_nothing_is_remembered_at_first(store):
    assert store.get_user_memory("m1") is None
    assert store.get_user_memories() == []
    assert store.get_user_memories(deserialize=False) == ([], 0)
    assert store.get_all_memory_topics() == []
    assert store.get_user_memory_stats() == ([], 0)
    store.delete_user_memory("m1")
    store.clear_memories()


def test_a_memory_comes_back_as_it_was(remembering):
    memory = remembering.get_user_memory("m1")
    assert (memory.memory, memory.topics, memory.user_id) == ("Likes tea é", ["drinks", "taste"], "u1")
    assert (memory.agent_id, memory.input) == ("ada", "said")
    assert isinstance(memory.created_at, int)
    assert remembering.get_user_memory("m1", deserialize=False)["memory"] == "Likes tea é"
    assert remembering.get_user_memory("m1", user_id="u2") is None


def test_a_memory_without_an_id_gets_one(store):
    stored = store.upsert_user_memory(UserMemory(memory="x", user_id="u1"))
    assert store.get_user_memory(stored.memory_id).memory == "x"


def test_a_memory_is_replaced_and_keeps_its_user(remembering):
    remembering.upsert_user_memory(UserMemory(memory="Likes coffee now", memory_id="m1", user_id="u1", topics=[]))
    assert remembering.get_user_memory("m1").memory == "Likes coffee now"
    assert len(remembering.get_user_memories()) == 3


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"m1", "m2", "m3"}),
        ({"user_id": "u1"}, {"m1", "m2"}),
        ({"agent_id": "ada", "user_id": "u2"}, {"m3"}),
        ({"team_id": "crew"}, set()),
        ({"topics": ["drinks"]}, {"m1", "m3"}),
        ({"search_content": "LIKES"}, {"m1", "m3"}),
        ({"search_content": "boat"}, {"m2"}),
    ],
)
def test_memories_are_found_by(remembering, filters, expected):
    assert ids(remembering.get_user_memories(**filters)) == expected
    rows, total = remembering.get_user_memories(**filters, deserialize=False)
    assert ({row["memory_id"] for row in rows}, total) == (expected, len(expected))


def test_memories_are_sorted_and_paged(store):
    for number in range(4):
        store.upsert_user_memory(UserMemory(memory=f"n{number}", memory_id=f"m{number}", created_at=1000 + number))
    newest = store.get_user_memories(sort_by="memory_id", sort_order="desc", limit=2)
    assert [memory.memory_id for memory in newest] == ["m3", "m2"]
    rows, total = store.get_user_memories(sort_by="memory_id", sort_order="asc", limit=3, page=2, deserialize=False)
    assert ([row["memory_id"] for row in rows], total) == (["m3"], 4)


def test_when_a_memory_changed_is_what_it_says_where_agno_asks_it(store):
    now = int(time()) - 5
    for again in (False, True):
        kept = store.upsert_user_memory(UserMemory(memory="tea", memory_id="m", updated_at=1000))
        asked = type(store.store).__name__.endswith("PostgresDb") and not again
        assert kept.updated_at == 1000 if asked else kept.updated_at >= now


def test_topics_are_collected_by_user(remembering):
    assert set(remembering.get_all_memory_topics()) == {"drinks", "taste", "hobby"}
    assert set(remembering.get_all_memory_topics(user_id="u2")) == {"drinks"}
    assert remembering.get_all_memory_topics(user_id="nobody") == []


def test_memories_are_counted_by_user(remembering):
    stats, total = remembering.get_user_memory_stats()
    assert total == 2
    assert {entry["user_id"]: entry["total_memories"] for entry in stats} == {"u1": 2, "u2": 1}
    assert all(entry["last_memory_updated_at"] > 0 for entry in stats)
    stats, total = remembering.get_user_memory_stats(limit=1, page=1, user_id="u1")
    assert (len(stats), total) == (1, 1)


def test_memories_are_deleted_for_their_user_only(remembering):
    remembering.delete_user_memory("m1", user_id="u2")
    assert remembering.get_user_memory("m1") is not None
    remembering.delete_user_memory("m1")
    remembering.delete_user_memories(["m2", "m3"], user_id="u2")
    assert ids(remembering.get_user_memories()) == {"m2"}
    remembering.clear_memories()
    assert remembering.get_user_memories() == []


def test_more_memories_are_deleted_than_a_statement_has_values(sql_store):
    sql_store.upsert_memories([UserMemory(memory=name, memory_id=name, user_id="u1") for name in ("m0", "m69999", "x")])
    many = [f"m{number}" for number in range(70_000)]
    sql_store.delete_user_memories(many, user_id="u2")
    assert ids(sql_store.get_user_memories()) == {"m0", "m69999", "x"}
    sql_store.delete_user_memories(many)
    assert ids(sql_store.get_user_memories()) == {"x"}


def test_many_memories_are_stored_at_once(store):
    stored = store.upsert_memories([UserMemory(memory="a", memory_id="a"), UserMemory(memory="b", memory_id="b")])
    assert ids(stored) == {"a", "b"}
    assert store.upsert_memories([]) == []
    kept = store.upsert_memories(
        [UserMemory(memory="c", memory_id="c", updated_at=1234)], deserialize=False, preserve_updated_at=True
    )
    assert kept[0]["updated_at"] == 1234


def test_changing_a_memory_after_storing_it_changes_nothing_stored(store):
    memory = UserMemory(memory="x", memory_id="m", topics=["a"])
    store.upsert_user_memory(memory)
    memory.topics.append("b")
    assert store.get_user_memory("m").topics == ["a"]


@pytest.fixture
def library(store):
    store.upsert_knowledge_content(
        KnowledgeRow(id="k1", name="Guide", description="d", metadata={"a": 1}, linked_to="base", user_id="u1", size=3)
    )
    store.upsert_knowledge_content(KnowledgeRow(id="k2", name="Shared", description="d", linked_to="base"))
    store.upsert_knowledge_content(KnowledgeRow(id="k3", name="Other", description="d", linked_to="more", user_id="u2"))
    return store


def test_a_knowledge_content_comes_back_as_it_was(library):
    row = library.get_knowledge_content("k1")
    assert (row.name, row.metadata, row.size, row.user_id) == ("Guide", {"a": 1}, 3, "u1")
    assert library.get_knowledge_content("nothing") is None


def test_contents_are_seen_by_their_user_and_shared_ones_by_all(library):
    assert library.get_knowledge_content("k1", user_id="u2") is None
    assert library.get_knowledge_content("k2", user_id="u2").name == "Shared"
    rows, total = library.get_knowledge_contents(user_id="u1", sort_by="id", sort_order="asc")
    assert ([row.id for row in rows], total) == (["k1", "k2"], 2)
    rows, total = library.get_knowledge_contents(linked_to="base", limit=1, page=1, sort_by="id", sort_order="desc")
    assert ([row.id for row in rows], total) == (["k2"], 2)


def test_an_update_changes_a_content(library):
    library.upsert_knowledge_content(KnowledgeRow(id="k1", name="Guide 2", description="d", user_id="u1", size=4))
    row = library.get_knowledge_content("k1")
    assert (row.name, row.size) == ("Guide 2", 4)


def test_an_update_leaves_out_what_it_does_not_say(sql_store):
    sql_store.upsert_knowledge_content(KnowledgeRow(id="k1", name="Guide", description="d", metadata={"a": 1}))
    sql_store.upsert_knowledge_content(KnowledgeRow(id="k1", name="Guide 2", description="d"))
    row = sql_store.get_knowledge_content("k1")
    assert (row.name, row.metadata) == ("Guide 2", {"a": 1})


def test_the_content_of_another_user_is_not_overwritten(library):
    with pytest.raises(ConfigurationError, match="k1 not found"):
        library.upsert_knowledge_content(KnowledgeRow(id="k1", name="Mine", description="d", user_id="u2"))
    assert library.get_knowledge_content("k1").name == "Guide"


def test_contents_are_deleted_for_their_user_only(library):
    library.delete_knowledge_content("k1", user_id="u2")
    assert library.get_knowledge_content("k1") is not None
    library.delete_knowledge_content("k1", user_id="u1")
    assert library.get_knowledge_content("k1") is None


def test_a_content_without_an_id_gets_one():
    assert KnowledgeRow(name="n", description="d").id


def test_an_id_that_is_none_is_nobodys(store):
    store.upsert_session(AgentSession(session_id="s", agent_id="ada", user_id="u1", session_data={"session_name": "A"}))
    store.upsert_user_memory(UserMemory(memory="x", memory_id="m", user_id="u1"))
    store.upsert_knowledge_content(KnowledgeRow(id="k", name="book.txt", description="A book"))
    assert store.get_session(None, SessionType.AGENT) is None
    assert store.rename_session(None, SessionType.AGENT, "B") is None
    assert store.get_user_memory(None) is None
    assert store.get_knowledge_content(None) is None
    store.delete_knowledge_content(None)
    assert store.get_knowledge_content("k").name == "book.txt"
    assert store.get_session("s", SessionType.AGENT).session_data["session_name"] == "A"


def test_an_eval_or_approval_whose_id_is_none_is_nobodys(sql_store):
    sql_store.create_eval_run(EvalRunRecord(run_id="e", eval_type=EvalType.ACCURACY, eval_data={}, name="A"))
    asked = {"id": "a", "run_id": "r", "session_id": "s", "status": "pending"}
    sql_store.create_approval({**asked, "source_type": "agent", "pause_type": "confirmation"})
    assert sql_store.get_eval_run(None) is None
    assert sql_store.rename_eval_run(None, "B") is None
    assert sql_store.get_eval_run("e").name == "A"
    assert sql_store.update_approval(None, status="approved") is None
    assert sql_store.get_approval("a")["status"] == "pending"


def test_in_tables_a_memory_stays_whose_it_is_whoever_stores_it_again(sql_store):
    sql_store.upsert_user_memory(UserMemory(memory="tea", memory_id="m1", user_id="u1"))
    sql_store.upsert_user_memory(UserMemory(memory="beer", memory_id="m1", user_id="u2"))
    assert sql_store.get_user_memory("m1").user_id == "u1"
    sql_store.upsert_memories([UserMemory(memory="milk", memory_id="m1", user_id="u3")])
    kept = sql_store.get_user_memory("m1")
    assert (kept.user_id, kept.memory) == ("u1", "milk")


def test_a_session_and_a_content_of_another_user_are_not_overwritten(store):
    store.upsert_session(agent_session(user_id="u1"))
    for other in ("u2", None):
        assert store.upsert_session(agent_session(user_id=other, session_data={})) is None
        store.upsert_sessions([agent_session(user_id=other, session_data={})])
    assert store.get_session("s1").user_id == "u1"
    assert store.get_session("s1").session_data == {"session_state": {"count": 1}}
    store.upsert_knowledge_content(KnowledgeRow(id="k", name="one", description="", user_id="u1"))
    with pytest.raises(ValueError, match="another user"):
        store.upsert_knowledge_content(KnowledgeRow(id="k", name="two", description="", user_id="u2"))
    assert store.get_knowledge_content("k").name == "one"
