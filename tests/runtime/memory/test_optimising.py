"""Many memories of a user become one, as Agno's strategy makes it, and none is lost on the way."""

from __future__ import annotations

import asyncio
import importlib

import pytest
from agent_kit import model as scripted

from wherry.db.in_memory import InMemoryDb
from wherry.db.schemas.memory import UserMemory
from wherry.db.sqlite import SqliteDb
from wherry.memory import (
    MemoryManager,
    MemoryOptimizationStrategy,
    MemoryOptimizationStrategyFactory,
    MemoryOptimizationStrategyType,
    SummarizeStrategy,
)
from wherry.models.openai import OpenAIChat

each_way = pytest.mark.parametrize("way", ["blocking", "looping"])
TOLD = [
    {"memory_id": "m1", "memory": "Likes tea.", "topics": ["drinks"], "user_id": "ada", "agent_id": "one"},
    {"memory_id": "m2", "memory": "Rows a boat.", "topics": ["boats", "drinks"], "user_id": "ada", "team_id": "a"},
    {"memory_id": "m3", "memory": "Lives in Acle.", "topics": None, "user_id": "ada", "team_id": "b"},
]


@pytest.fixture(params=["memory", "sqlite"])
def database(request, tmp_path):
    database = InMemoryDb() if request.param == "memory" else SqliteDb(db_file=str(tmp_path / "m.db"))
    for one in TOLD:
        database.upsert_user_memory(UserMemory(**one))
    database.upsert_user_memory(UserMemory(memory_id="o", memory="Is another.", user_id="bea"))
    return database


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["k0", "k1", "k2"]),
        ({"limit": 2}, ["k1", "k2"]),
        ({"limit": 2, "retrieval_method": "last_n"}, ["k1", "k2"]),
        ({"limit": 2, "retrieval_method": "first_n"}, ["k0", "k1"]),
    ],
)
def test_memories_are_searched_by_age(wanted, found):
    database = InMemoryDb()
    for number in (1, 2, 0):
        made = UserMemory(memory_id=f"k{number}", memory="m", user_id="ada", updated_at=1000 + number)
        database.upsert_memories([made], preserve_updated_at=True)
    kept = MemoryManager(db=database).search_user_memories(user_id="ada", **wanted)
    assert [memory.memory_id for memory in kept] == found


@pytest.mark.parametrize(("limit", "found"), [(None, ["m1", "m2"]), (1, ["m1"]), (0, [])])
def test_a_model_searches_for_so_many_memories_at_most(limit, found):
    database = InMemoryDb()
    for one in TOLD:
        database.upsert_user_memory(UserMemory(**one))
    with scripted('{"memory_ids": ["m1", "none", "m2"]}') as server:
        asked = {"query": "boats", "retrieval_method": "agentic", "user_id": "ada", "limit": limit}
        kept = manager(database, server).search_user_memories(**asked)
    assert [memory.memory_id for memory in kept] == found


def optimised(way, manager, **given):
    if way == "blocking":
        return manager.optimize_memories(**given)
    return asyncio.run(manager.aoptimize_memories(**given))


def manager(database, server):
    return MemoryManager(db=database, model=OpenAIChat(id="m", api_key="k", base_url=server.base_url))


def texts(database, user_id):
    return sorted(one.memory for one in database.get_user_memories(user_id=user_id))


@each_way
@pytest.mark.parametrize("strategy", [{}, {"strategy": SummarizeStrategy()}])
def test_all_memories_of_a_user_become_one(way, database, strategy):
    with scripted(" Ada lives in Acle, rows and likes tea. ") as server:
        (made,) = optimised(way, manager(database, server), user_id="ada", **strategy)
        told = server.requests[0].turns[-1][1]
    assert all(one["memory"] in told for one in TOLD)
    assert made.memory == "Ada lives in Acle, rows and likes tea."
    assert texts(database, "ada") == [made.memory]
    assert texts(database, "bea") == ["Is another."]


@each_way
def test_without_apply_the_stored_ones_stay(way, database):
    with scripted("All.") as server:
        (made,) = optimised(way, manager(database, server), user_id="ada", apply=False)
    assert made.memory == "All."
    assert texts(database, "ada") == ["Likes tea.", "Lives in Acle.", "Rows a boat."]


@each_way
def test_an_own_strategy_decides(way, database):
    class Newest(MemoryOptimizationStrategy):
        def optimize(self, memories, model):
            return [one for one in memories if one.memory_id == "m2"]

        async def aoptimize(self, memories, model):
            return self.optimize(memories, model)

    with scripted() as server:
        optimised(way, manager(database, server), user_id="ada", strategy=Newest())
    assert texts(database, "ada") == ["Rows a boat."]


@each_way
def test_a_database_that_fails_has_lost_nothing(way, database, monkeypatch):
    def broken(**given):
        raise OSError("disk full")

    with scripted("All.") as server:
        monkeypatch.setattr(database, "upsert_user_memory", broken)
        with pytest.raises(OSError, match="disk full"):
            optimised(way, manager(database, server), user_id="ada")
    assert texts(database, "ada") == ["Likes tea.", "Lives in Acle.", "Rows a boat."]


@each_way
def test_a_user_without_memories_has_nothing_to_optimise(way):
    with scripted() as server:
        assert optimised(way, manager(InMemoryDb(), server), user_id="ada") == []


def test_a_strategy_is_made_by_its_type_and_is_no_strategy_without_its_methods():
    made = MemoryOptimizationStrategyFactory.create_strategy(MemoryOptimizationStrategyType.SUMMARIZE)
    assert isinstance(made, SummarizeStrategy)
    assert made.count_tokens([UserMemory(memory="x" * 40), UserMemory(memory="")]) == 10
    with pytest.raises(NotImplementedError):
        made.get_system_prompt()
    with pytest.raises(TypeError, match="abstract"):
        MemoryOptimizationStrategy()


@pytest.mark.parametrize(("package", "way"), [("agno", "blocking"), ("wherry", "blocking"), ("wherry", "looping")])
def test_the_summary_has_the_fields_that_agnos_has(way, package):
    def of(module, name):
        return getattr(importlib.import_module(f"{package}.{module}"), name)

    strategy = of("memory.strategies", "SummarizeStrategy")()
    memory = of("db.schemas.memory", "UserMemory")
    told = [memory(**one) for one in TOLD]
    with scripted(" All. ") as server:
        asked = of("models.openai", "OpenAIChat")(id="m", api_key="k", base_url=server.base_url)

        def summary(memories):
            if way == "blocking":
                return strategy.optimize(memories, asked)
            return asyncio.run(strategy.aoptimize(memories, asked))

        (made,) = summary(told)
        for wrong in ([], [memory(memory="Nobody's.", user_id=None)]):
            with pytest.raises(ValueError, match=r"[Mm]emor"):
                summary(wrong)
    assert (made.memory, sorted(made.topics), made.user_id, made.agent_id, made.team_id) == (
        "All.", ["boats", "drinks"], "ada", "one", None,
    )  # fmt: skip


@each_way
def test_the_memories_are_those_that_the_manager_gives(way):
    class Elsewhere(MemoryManager):
        def get_user_memories(self, user_id=None):
            return [UserMemory(memory=f"Of {user_id}.", memory_id="e", user_id=user_id)]

        async def aget_user_memories(self, user_id=None):
            return self.get_user_memories(user_id)

    class Louder(MemoryOptimizationStrategy):
        def optimize(self, memories, model):
            return [UserMemory(memory=one.memory.upper(), memory_id="n", user_id=one.user_id) for one in memories]

        async def aoptimize(self, memories, model):
            return self.optimize(memories, model)

    manager = Elsewhere(db=InMemoryDb(), model=OpenAIChat(id="m", api_key="k"))
    made = optimised(way, manager, user_id="ada", strategy=Louder(), apply=False)
    assert [one.memory for one in made] == ["OF ADA."]
