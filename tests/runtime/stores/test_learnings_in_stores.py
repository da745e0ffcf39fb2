"""Rows of what agents learn, in the databases that keep them: written, found, searched, listed, deleted."""

import pytest

from wherry.db.in_memory import InMemoryDb
from wherry.db.json import JsonDb
from wherry.db.utils import learning_search_patterns
from wherry.learn import EntityMemoryConfig, EntityMemoryStore

SQL = [
    "sqlite",
    "async_sqlite",
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("async_postgres", marks=pytest.mark.postgres),
]
KEEPING = [*SQL, pytest.param("valkey", marks=pytest.mark.redis)]


@pytest.fixture
def keeper(request, new_store):
    db = new_store(request.param)
    db.upsert_learning(id="p", learning_type="user_profile", content={"user_id": "ann", "name": "Änn"}, user_id="ann")
    db.upsert_learning(
        id="e",
        learning_type="entity_memory",
        content={"name": "sarah_chen", "facts": ["100% tar"]},
        namespace="global",
        entity_id="sarah_chen",
        entity_type="person",
        metadata={"by": "hand"},
    )
    db.upsert_learning(id="m", learning_type="user_memory", content={"memories": []}, user_id="bob", agent_id="ada")
    return db


in_all = pytest.mark.parametrize("keeper", KEEPING, indirect=True)
in_sql = pytest.mark.parametrize("keeper", SQL, indirect=True)


@in_all
def test_a_learning_is_found_by_what_it_is_about(keeper):
    assert keeper.get_learning("user_profile", user_id="ann") == {"content": {"user_id": "ann", "name": "Änn"}}
    assert keeper.get_learning("user_profile", user_id="bob") is None
    assert keeper.get_learning("entity_memory", entity_id="sarah_chen", namespace="yard") is None
    row = keeper.get_learning_by_id("e")
    assert (row["entity_type"], row["metadata"], row["user_id"]) == ("person", {"by": "hand"}, None)
    assert keeper.get_learning_by_id("x") is None


@in_all
def test_writing_again_replaces_content_and_metadata_only(keeper):
    before = keeper.get_learning_by_id("e")
    keeper.upsert_learning(id="e", learning_type="other", content={"name": "Sarah"}, namespace="yard", user_id="bob")
    after = keeper.get_learning_by_id("e")
    assert (after["content"], after["metadata"]) == ({"name": "Sarah"}, None)
    kept = ("learning_type", "namespace", "user_id", "created_at")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert keeper.update_learning("e", {"name": "S."}, {"by": "me"})
    assert keeper.get_learning_by_id("e")["metadata"] == {"by": "me"}
    assert not keeper.update_learning("x", {})


@in_all
def test_learnings_are_listed_in_pages(keeper):
    assert {row["learning_id"] for row in keeper.get_learnings()} == {"p", "e", "m"}
    assert [row["learning_id"] for row in keeper.get_learnings(agent_id="ada", limit=1)] == ["m"]
    own, number = keeper.list_learnings(user_id="bob")
    assert ([row["learning_id"] for row in own], number) == (["m"], 1)
    page, number = keeper.list_learnings(user_id="bob", include_global=True, limit=1, page=2, sort_by="learning_id")
    assert ([row["learning_id"] for row in page], number) == (["e"], 2)
    users, number = keeper.get_learnings_user_stats(sort_by="user_id", sort_order="asc")
    assert ([row["user_id"] for row in users], number) == (["ann", "bob"], 2)


@in_all
def test_learnings_are_deleted_one_by_one_or_by_user(keeper):
    assert keeper.delete_learning("e")
    assert not keeper.delete_learning("e")
    assert keeper.delete_user_learnings("bob", learning_type="user_profile") == 0
    assert keeper.delete_user_learnings("bob") == 1
    assert [row["learning_id"] for row in keeper.get_learnings()] == ["p"]


@in_all
def test_nobodys_learnings_are_not_everybodys(keeper):
    assert keeper.delete_user_learnings(None, learning_type="user_profile") == 0
    assert keeper.delete_user_learnings(None) == 1
    assert {row["learning_id"] for row in keeper.get_learnings()} == {"p", "m"}


@in_sql
@pytest.mark.parametrize(
    ("query", "found"),
    [("Sarah Chen", ["e"]), ("sarah-chen", ["e"]), ("100% t", ["e"]), ("1000 t", []), ("% _", []), ("änn", ["p"])],
)
def test_a_text_is_found_whatever_stands_between_its_words(keeper, query, found):
    # Other letters than ASCII are looked for loosely where the database keeps escapes: who asks looks once more.
    assert set(found) <= {row["learning_id"] for row in keeper.search_learnings(query)}
    if query.isascii():
        assert [row["learning_id"] for row in keeper.search_learnings(query, namespace="global")] == found


def test_patterns_escape_what_like_would_take_for_its_own():
    assert learning_search_patterns(" 10% a__b ") == ["%10\\%_a_b%"]
    assert learning_search_patterns("ä") == ["%ä%", "%______%"]


@pytest.mark.parametrize("kind", SQL)
def test_reading_makes_no_table_and_finds_nothing(kind, new_store):
    db = new_store(kind, fresh=True)
    assert db.get_learning("user_profile") is None
    assert (db.get_learnings(), db.list_learnings(), db.delete_learning("x")) == ([], ([], 0), False)
    assert (db.search_learnings("x"), db.get_learning_by_id("x")) == ([], None)
    assert (db.delete_user_learnings("x"), db.get_learnings_user_stats()) == (0, ([], 0))
    assert not db.table_exists("agno_learnings")


def test_databases_that_keep_no_learnings_say_so(tmp_path):
    for db in (InMemoryDb(), JsonDb(str(tmp_path))):
        with pytest.raises(NotImplementedError, match="get_learning"):
            db.get_learning("user_profile")


@in_all
def test_entities_are_written_resolved_and_searched(keeper):
    store = EntityMemoryStore(config=EntityMemoryConfig(db=keeper, namespace="yard"))
    store.remember_about("Ann Lee", "people", facts=["uses 100% oak"], aliases=["AL"])
    store.link_entities("al", "builds", "Albion")
    assert "Updated project/albion." in store.remember_about("ALBION", "project", facts=["hull: oak"])
    assert [one.entity_id for one in store.search("100% OAK")] == ["ann_lee"]
    assert {one.entity_id for one in store.search("albion")} == {"ann_lee", "albion"}
    assert [one.name for one in store.list_entities(entity_type="Persons")] == ["Ann Lee"]
    assert store.get("ann_lee", "person").relationships[0]["entity_type"] == "project"
    assert store.search("sarah") == []
    assert store.delete("albion", "project")
