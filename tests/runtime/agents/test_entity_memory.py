"""What agents and teams know of people, companies and projects: tools, rows, names, the judge, what a run is shown."""

import asyncio
import logging
from copy import deepcopy
from dataclasses import dataclass, field

import pytest
from agent_kit import agent, calls, chat, four_ways, model, run_in, system_text

from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.learn import EntityMemory, EntityMemoryConfig, EntityMemoryStore, LearningMachine, LearningMode
from wherry.team import Team

OAK = {"entity": "The Albion", "entity_type": "Projects", "facts": ["hull: oak"], "note": "notes/albion.md"}


@pytest.fixture
def db(tmp_path):
    with_file = SqliteDb(db_file=str(tmp_path / "a.db"))
    yield with_file
    with_file.close()


@pytest.fixture
def store(db):
    return EntityMemoryStore(config=EntityMemoryConfig(db=db))


def judges(*replies):
    """Replies of the judge, then a word whenever it asks again."""
    first = [
        {**one, "when": {"tools": ["mark_superseded"], "last": True, "contains": "Told just now"}} for one in replies
    ]
    return [*first, {"content": "Done.", "when": {"tools": ["mark_superseded"]}, "times": "forever"}]


def texts(entries):
    return [one["content"] for one in entries]


# --- runs ------------------------------------------------------------------------------------------------------------


@four_ways
def test_an_agent_writes_by_its_tools_and_is_shown_it_in_another_session(way, db):
    owner = agent(db=db, learning=LearningMachine(entity_memory=True), user_id="ann")
    link = calls("link_entities", entity="Ann Lee", relation="builds", related_entity="the albion")
    script = [calls("remember_about", **OAK), link, calls("search_entities", query="ann lee"), "Noted.", "Of oak."]
    with model(*script) as server:
        run_in(way, owner, "The Albion is of oak.", session_id="1")
        run_in(way, owner, "What of the Albion?", session_id="2")
        first, last = system_text(server), system_text(server, 4)
        answers = [request.body["messages"][-1]["content"] for request in server.requests[1:4]]
    empty = "<entity_memory>\nNothing is known of any entity yet."
    assert first.index("<entity_memory_instructions>") < first.index(empty)
    assert answers[0] == "Created project/the_albion. Recorded 1 fact(s), note pointer notes/albion.md."
    assert answers[1] == "Linked unknown/ann_lee --[builds]--> project/the_albion."
    assert "builds -> the_albion" in answers[2]
    assert "- The Albion (project)" in last
    assert "- Ann Lee (unknown)" in last
    assert "hull: oak (as of 2" in last
    assert "builds <- Ann Lee" in last
    rows = {row["learning_id"]: row for row in db.get_learnings()}
    row = rows["entity_global_project_the_albion"]
    assert (row["entity_id"], row["entity_type"], row["namespace"]) == ("the_albion", "project", "global")
    assert (row["user_id"], row["agent_id"]) == (None, owner.id)
    assert texts(row["content"]["facts"]) == ["hull: oak"]
    assert set(rows) == {"entity_global_project_the_albion", "entity_global_unknown_ann_lee"}


@four_ways
def test_a_fact_retires_the_one_that_it_contradicts_when_the_judge_is_sure(way, db):
    owner = agent(db=db, learning=LearningMachine(entity_memory=True))
    EntityMemoryStore(config=EntityMemoryConfig(db=db)).remember_about(
        "Albion", "project", facts=["hull: oak", "two masts"]
    )
    verdict = {
        "tool_calls": [
            {"name": "mark_superseded", "arguments": {"fact_ids": ["{hull}", "{masts}"], "confidences": [0.9, 0.5]}}
        ],
        "capture": {"hull": r"\[(\w+)\] hull: oak", "masts": r"\[(\w+)\] two masts"},
    }
    told = calls("remember_about", entity="Albion", entity_type="project", facts=["hull: ash", "Two  Masts"])
    with model(*judges(verdict), told, "Noted.") as server:
        _, output = run_in(way, owner, "No, it is of ash.")
        answer = server.requests[-1].body["messages"][-1]["content"]
        asked = system_text(server, 1)
    assert "no longer hold" in asked
    assert answer == (
        "Updated project/albion. Recorded 1 fact(s). Superseded 1 earlier fact(s). Left out 1 already-recorded fact(s)."
    )
    assert "learning_model" not in output.metrics.details
    (row,) = db.get_learnings()
    old, masts, new = row["content"]["facts"]
    assert (old["superseded_by"], bool(old["superseded_at"])) == (new["id"], True)
    assert "superseded_at" not in masts


@four_ways
def test_a_team_keeps_entities_as_a_team(way, db):
    crew = Team(members=[], model=chat(), name="Crew", id="crew", db=db, learning=LearningMachine(entity_memory=True))
    with model(calls("remember_about", **OAK), "Noted."):
        run_in(way, crew, "The Albion is of oak.")
    (row,) = db.get_learnings()
    assert (row["team_id"], row["agent_id"], row["content"]["team_id"]) == ("crew", None, "crew")


@four_ways
def test_each_users_own_entities_are_found_by_nobody_else(way, db):
    config = EntityMemoryConfig(namespace="user")
    owner = agent(db=db, learning=LearningMachine(entity_memory=config))
    script = [
        calls("remember_about", **OAK),
        "Noted.",
        calls("search_entities", query="albion"),
        "No.",
        calls("search_entities"),
    ]
    with model(*script, "No.") as server:
        run_in(way, owner, "The Albion is of oak.", user_id="ann")
        run_in(way, owner, "What of the Albion?", user_id="bob")
        run_in(way, owner, "What of the Albion?")
        answers = [request.body["messages"][-1]["content"] for request in server.requests]
    assert answers[3] == "No entities matching 'albion' in namespace 'user'."
    assert answers[5].endswith("needs a user_id: nothing was searched.")
    (row,) = db.get_learnings()
    assert row["user_id"] == "ann"
    assert row["learning_id"].startswith("entity_user_")


async def test_tools_of_one_turn_that_write_the_same_entity_lose_nothing(tmp_path):
    db = AsyncSqliteDb(db_file=str(tmp_path / "a.db"))
    owner = agent(db=db, learning=LearningMachine(entity_memory=True))
    facts = [f"plank {number}" for number in range(6)]
    turn = [{"name": "remember_about", "arguments": {**OAK, "facts": [fact]}} for fact in facts]
    turn.append(
        {"name": "link_entities", "arguments": {"entity": "Ann", "relation": "builds", "related_entity": "The Albion"}}
    )
    with model(*judges(), {"tool_calls": turn}, "Noted."):
        await owner.arun("Six planks.")
    found = await owner.learning_machine.entity_memory_store.aget("the_albion", "project")
    await db.close()
    assert sorted(texts(found.facts)) == facts
    assert len(found.relationships) == 1


# --- what is configured ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [LearningMode.ALWAYS, LearningMode.PROPOSE, LearningMode.HITL])
def test_any_other_mode_is_refused_where_it_is_given(mode):
    with pytest.raises(ValueError, match="AGENTIC-only"):
        EntityMemoryConfig(mode=mode)
    config = EntityMemoryConfig()
    config.mode = mode
    with pytest.raises(ValueError, match="AGENTIC-only"):
        EntityMemoryStore(config=config)


def test_the_namespace_of_the_machine_is_that_of_the_store_unless_it_has_its_own(db, store):
    assert LearningMachine(db=db, namespace="yard", entity_memory=True).entity_memory_store.config.namespace == "yard"
    own = LearningMachine(db=db, namespace="yard", entity_memory=EntityMemoryConfig(namespace="dock"))
    assert own.entity_memory_store.config.namespace == "dock"
    assert LearningMachine(entity_memory=store).entity_memory_store is store
    assert (
        repr(store)
        == "EntityMemoryStore(mode=agentic, namespace=global, db=True, model=False, enable_agent_tools=True)"
    )
    made = LearningMachine.from_dict(own.to_dict()).entity_memory_store
    assert made.config.namespace == "dock"
    assert deepcopy(EntityMemoryStore()).config.namespace == "global"


def test_without_tools_nothing_is_offered_and_what_is_known_is_shown(db):
    store = EntityMemoryStore(config=EntityMemoryConfig(db=db, enable_agent_tools=False))
    assert store.get_tools() == []
    assert store.instructions() == store.build_context(store.recall(message="Albion?")) == ""
    store.remember_about(**OAK)
    assert "hull: oak" in store.build_context(store.recall(message="Is the albion afloat?"))


def test_what_cannot_work_for_want_of_a_user_or_a_model_is_said_once(db, caplog):
    machine = LearningMachine(db=db, user_profile=True, entity_memory=EntityMemoryConfig(namespace="user"))
    with caplog.at_level(logging.INFO, logger="wherry"):
        assert len(machine.get_tools()) == 4
        machine.get_tools()
    said = [record.getMessage() for record in caplog.records]
    assert sum('entity_memory (namespace="user") shows nothing, and its tools refuse' in text for text in said) == 1
    assert sum("entity_memory keeps all facts" in text for text in said) == 1
    assert machine.entity_memory_store.recall(message="Albion") is None


def test_only_so_much_is_shown_and_the_rest_is_said_to_be_there(db):
    limits = {"max_entities_in_directory": 2, "max_entities_in_context": 1, "max_facts_per_entity": 2}
    store = EntityMemoryStore(config=EntityMemoryConfig(db=db, max_events_per_entity=1, **limits))
    for name in ("Albion", "Maud", "Hathor"):
        store.remember_about(name, "project", facts=["one", "two", "three"], events=["laid down", "launched"])
    told = store.build_context(store.recall(message="Albion, Maud or Hathor?"))
    assert "the 2 that changed last; there are more" in told
    assert "search_entities" in told
    assert told.count("Facts: (newest 2 of 3 facts)\n  - two") == 1
    assert told.count("Events: (last 1 of 2 events)\n  - launched") == 1


def test_a_schema_of_ones_own_keeps_its_fields_and_shows_itself(db):
    @dataclass
    class Boat(EntityMemory):
        sail: str | None = field(default=None)

        def get_context_text(self, max_facts=None):
            return f"{self.name} under {self.sail}, {max_facts}"

    store = EntityMemoryStore(config=EntityMemoryConfig(db=db, schema=Boat))
    store.remember_about("Albion", "boat")
    row = db.get_learnings()[0]
    db.update_learning(row["learning_id"], {**row["content"], "sail": "gaff"})
    store.remember_about("Albion", "boat", facts=["hull: oak"])
    assert store.get("albion", "boat").sail == "gaff"
    assert "Albion under gaff, 10" in store.build_context(store.get("albion", "boat"))


# --- names -----------------------------------------------------------------------------------------------------------


def test_names_that_differ_in_form_only_are_one(store):
    for name, kind in (("Zoë  Lee", "person"), ("zoe lee", "People"), ("ZOË LEE", "persons")):
        store.remember_about(name, kind, facts=[name])
    store.remember_about("Acme, Inc.", "company")
    store.remember_about("Acme Inc", "companies", aliases=["AI"])
    assert "Updated company/acme_inc." in store.remember_about("ai", "company", events=["Sold"])
    assert [(one.entity_id, one.entity_type) for one in store.list_entities()].count(("zoe_lee", "person")) == 1
    assert store.get("acme_inc", "company").aliases == ["Acme Inc", "AI"]
    assert len(store.list_entities()) == 2


def test_names_that_are_different_things_stay_apart(store):
    for name in ("C", "C++", "C#", "李 Ming", "Ming"):
        store.remember_about(name, "language")
    assert len(store.list_entities()) == 5
    assert store.remember_about(" ", "person") == store.remember_about("???", "person")
    told = store.remember_about("C", "team")
    assert "language/c already exists under this name" in told
    assert "matches more than one entity" in store.link_entities("C", "uses", "Ming")
    assert store.forget("C") == (
        "'C' matches more than one entity, so nothing was changed. Say which one:\n  - language/C\n  - team/C"
    )
    assert store.link_entities("team/C", "uses", "Ming") == "Linked team/c --[uses]--> language/ming."
    assert store.link_entities("AC/DC", "plays", "Ming").startswith("Linked unknown/ac_dc ")
    assert store.link_entities("Ming", "is", "ming").startswith("language/ming cannot be linked to itself")


def test_what_is_related_first_gets_its_kind_when_it_is_described(db, store):
    store.link_entities("Ann", "builds", "Albion")
    store.remember_about("albion", "project")
    rows = {row["learning_id"]: row["content"] for row in db.get_learnings()}
    assert set(rows) == {"entity_global_unknown_ann", "entity_global_project_albion"}
    assert rows["entity_global_unknown_ann"]["relationships"][0]["entity_type"] == "project"


def test_a_row_that_others_wrote_is_found_by_its_name(db, store):
    content = {"entity_id": "b-7", "entity_type": "project", "name": "Albion", "facts": []}
    scope = {"namespace": "global", "entity_id": "b-7", "entity_type": "project"}
    db.upsert_learning(id="entity_global_project_b-7", learning_type="entity_memory", content=content, **scope)
    assert "Updated project/b-7." in store.remember_about("albion", "project", facts=["hull: oak"])
    assert [one.entity_id for one in store.search("ALBION")] == ["b-7"]


# --- forgetting ------------------------------------------------------------------------------------------------------


def test_a_fact_an_event_and_a_relationship_are_taken_back_by_their_words(store):
    store.remember_about(
        "Albion", "project", facts=["review is due", "review was asked for"], events=["She may be sold"]
    )
    store.link_entities("Zoë Lee", "builds", "Albion")
    several = store.forget("Albion", "Review")
    assert "Multiple facts on project/albion match" in several
    assert several.endswith("\n  - review is due\n  - review was asked for")
    assert store.forget("Albion", "REVIEW is  due") == "Retired fact on project/albion: review is due"
    assert store.forget("Albion", "sold") == "Retired event on project/albion: She may be sold"
    assert store.forget("Albion", "mast").endswith("What holds of it:\n  - review was asked for")
    assert (
        store.forget("Albion", "builds <- Zoë Lee")
        == "Removed relationship on project/albion: builds <- unknown/zoe_lee"
    )
    albion = store.get("albion", "project")
    assert (albion.events, albion.relationships, store.get("zoe_lee", "unknown").relationships) == ([], [], [])
    assert albion.facts[0]["superseded_by"] == "forgotten"
    assert store.forget("Dhow") == "No entity found by the name 'Dhow'."


def test_of_relationships_alike_the_one_is_meant_whose_kind_and_arrow_are_said(store):
    for kind in ("project", "company"):
        store.remember_about("Harbor", kind)
        store.link_entities("Ann", "serves", f"{kind}/Harbor")
    store.link_entities("project/Harbor", "serves", "Ann")
    assert "Multiple relationships on unknown/ann match" in store.forget("Ann", "serves -> Harbor")
    assert store.forget("Ann", "serves -> project/harbor").endswith("serves -> project/harbor")
    left = [(one["entity_type"], one["direction"]) for one in store.get("ann", "unknown").relationships]
    assert left == [("company", "outgoing"), ("project", "incoming")]


def test_an_archived_entity_is_shown_no_more_found_still_and_back_when_something_is_told_of_it(store):
    store.remember_about("Albion", "project")
    assert store.forget("Albion").startswith("Archived project/albion")
    assert store.forget("Albion", " ") == "project/albion is already archived."
    assert store.recall(message="Albion")["entities"] == store.list_entities() == store.search("Albion") == []
    assert "**Albion** (project) (archived)" in store.search_entities("albion")
    assert store.remember_about("Albion", "project").endswith("It was archived and is revived.")
    assert store.was_updated
    assert store.delete("albion", "project")
    assert not store.delete("albion", "project")


# --- databases -------------------------------------------------------------------------------------------------------


def test_archived_entities_do_not_crowd_out_the_others(store):
    store.remember_about("Albion", "project", facts=["name of a wherry"])
    for number in range(7):
        store.remember_about(f"Boat {number}", "project", facts=["sold"])
        store.forget(f"Boat {number}")
    assert [one.name for one in store.list_entities(limit=3)] == ["Albion"]
    assert [one.name for one in store.search("name", limit=1)] == ["Albion"]


def test_a_database_that_only_waits_is_not_asked_by_blocking_methods(tmp_path, caplog):
    db = AsyncSqliteDb(db_file=str(tmp_path / "a.db"))
    store = EntityMemoryStore(config=EntityMemoryConfig(db=db))
    with caplog.at_level(logging.WARNING, logger="wherry"):
        assert store.remember_about(**OAK) == "Failed to record on project/the_albion."
        assert (store.get("the_albion", "project"), store.list_entities(), store.search("oak")) == (None, [], [])
    assert caplog.text.count("can only be awaited") == 1

    async def awaited():
        await store.aremember_about(**OAK)
        found = await store.asearch("oak")
        await store.adelete("the_albion", "project")
        await db.close()
        return found

    assert [one.entity_id for one in asyncio.run(awaited())] == ["the_albion"]


def test_a_database_that_keeps_no_learnings_and_none_at_all_are_told(caplog):
    store = EntityMemoryStore(config=EntityMemoryConfig(db=InMemoryDb()))
    with caplog.at_level(logging.WARNING, logger="wherry"):
        assert store.remember_about(**OAK) == "Failed to record on project/the_albion."
        assert store.search("oak") == []
    assert caplog.text.count("no search_learnings implementation") == 1
    none = EntityMemoryStore()
    assert none.remember_about(**OAK) == "Entity memory has no database: nothing was recorded."
    assert none.forget("Albion") == "Entity memory has no database: nothing was changed."
    assert none.recall(message="Albion")["directory"] == []


def test_a_lookup_that_fails_makes_no_second_entity(db, store, monkeypatch):
    def broken(*_, **__):
        raise OSError("no disk")

    monkeypatch.setattr(db, "search_learnings", broken)
    remember = store.get_tools()[0]
    with pytest.raises(OSError, match="no disk"):
        remember("Albion", "project")
    assert db.get_learnings() == []


def test_an_entity_is_drawn(store, capsys):
    store.remember_about(
        "Albion", "project", description="A wherry", facts=["hull: oak"], events=["launched"], note="n.md"
    )
    store.link_entities("Albion", "belongs_to", "Ann")
    store.print("albion", "project")
    store.print("dhow", "project")
    store.print("albion", "project", raw=True)
    drawn = capsys.readouterr().out
    parts = (
        "Albion (project)",
        "A wherry",
        "note: n.md",
        "hull: oak",
        "belongs_to → ann",
        "No entity found",
        "'events'",
    )
    assert [part for part in parts if part not in drawn] == []
