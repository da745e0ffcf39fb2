"""The steps of a memory manager: public, replaceable, and the ones that runs go through."""

import asyncio
import inspect

import pytest
from agent_kit import agent, calls, chat, four_ways, ran
from agent_kit import model as scripted

from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import AsyncSqliteDb
from wherry.memory import MemoryManager, UserMemory
from wherry.models.message import Message

each_way = pytest.mark.parametrize("way", ["blocking", "looping"])


def done(way, manager, name, *args, **given):
    """A step's answer, by the blocking method or its twin."""
    if way == "blocking":
        return getattr(manager, name)(*args, **given)
    return asyncio.run(getattr(manager, f"a{name}")(*args, **given))


def told(server, number=0):
    return [tool["function"]["name"] for tool in server.requests[number].body.get("tools", ())]


@each_way
def test_messages_become_memories_of_a_database_that_is_handed_in(way):
    given = InMemoryDb()
    manager = MemoryManager(model=chat(), db=InMemoryDb())
    messages = [
        Message(role="user", content="I row."),
        Message(role="assistant", content="Nice."),
        Message(role="user"),
    ]
    with scripted(calls("add_memory", memory="Rows.", topics=["boats"]), "Noted.") as server:
        answer = done(
            way, manager, "create_or_update_memories", messages, [{"memory_id": "m", "memory": "Likes tea."}], "ada",
            given, agent_id="one", update_memories=False,
        )  # fmt: skip
        assert told(server) == ["add_memory", "delete_memory"]
        assert "Likes tea." in str(server.requests[0].body["messages"][0]["content"])
    assert (answer, manager.memories_updated) == ("Noted.", True)
    [kept] = given.get_user_memories(user_id="ada")
    assert (kept.memory, kept.topics, kept.input, kept.agent_id) == ("Rows.", ["boats"], "I row.", "one")
    assert manager.get_user_memories("ada") == []


@each_way
def test_a_task_may_do_everything_unless_it_may_not(way):
    database = InMemoryDb()
    for user in ("ada", "bea"):
        database.upsert_user_memory(UserMemory(memory="Likes tea.", memory_id=user, user_id=user))
    manager = MemoryManager(model=chat(), db=database)
    with scripted("Nothing to do.", calls("clear_memory"), "Forgotten.") as server:
        step = "run_memory_task"
        assert done(way, manager, step, "Wait.", [], "ada", database, clear_memories=False) == "Nothing to do."
        assert done(way, manager, step, "Forget me.", [], "ada", database) == "Forgotten."
        assert told(server, 0) == ["add_memory", "delete_memory", "update_memory"]
        assert told(server, 1) == ["add_memory", "clear_memory", "delete_memory", "update_memory"]
    assert [memory.user_id for memory in database.get_user_memories()] == ["bea"]


@each_way
def test_without_a_model_nothing_is_asked_and_the_caller_is_told(way, caplog):
    manager = MemoryManager(db=InMemoryDb())
    with scripted():
        assert done(way, manager, "create_user_memories", "I row.") == "No model provided for memory manager"
        assert done(way, manager, "update_memory_task", "Forget me.") == "No model provided for memory manager"
    assert manager.model is None
    assert caplog.text.count("No model provided") == 2


@four_ways
def test_a_run_goes_through_a_step_that_a_subclass_replaces(way):
    heard = []

    class Listener(MemoryManager):
        def create_or_update_memories(self, messages, existing_memories, user_id, **given):
            heard.append((messages[0].content, user_id, given["agent_id"]))
            return "heard"

        async def acreate_or_update_memories(self, messages, existing_memories, user_id, **given):
            return self.create_or_update_memories(messages, existing_memories, user_id, **given)

    owner = agent(db=InMemoryDb(), memory_manager=Listener(), update_memory_on_run=True, id="ada-1")
    with scripted("North."):
        ran(way, owner, "Which way?", user_id="bea")
    assert heard == [("Which way?", "bea", "ada-1")]


def test_tools_are_strict_and_each_name_is_there_once(caplog):
    def add(memory: str) -> str:
        """Add one."""
        return memory

    first = add

    def add(memory: str) -> str:
        """Add another."""
        return memory

    made = MemoryManager().determine_tools_for_model([first, add, 5])
    assert [(tool.name, tool.strict, tool.description) for tool in made] == [("add", True, "Add one.")]
    assert "5 cannot be a tool" in caplog.text


@each_way
def test_a_single_message_is_kept_whoever_said_it_and_silence_is_told(way):
    database = InMemoryDb()
    said = [Message(role="assistant", content="You row.")]
    with scripted(calls("add_memory", memory="Rows."), ""):
        answer = done(way, MemoryManager(model=chat()), "create_or_update_memories", said, [], "ada", database)
    assert answer == "No response from model"
    assert [one.input for one in database.get_user_memories()] == ["You row."]


def test_the_steps_take_what_agnos_take():
    names = {name: list(inspect.signature(getattr(MemoryManager, name)).parameters)[1:] for name in STEPS}
    assert names == STEPS


STEPS = {
    "create_or_update_memories": [
        "messages", "existing_memories", "user_id", "db", "agent_id", "team_id", "update_memories", "add_memories",
        "run_metrics",
    ],
    "run_memory_task": [
        "task", "existing_memories", "user_id", "db", "delete_memories", "update_memories", "add_memories",
        "clear_memories",
    ],
    "arun_memory_task": [
        "task", "existing_memories", "user_id", "db", "delete_memories", "clear_memories", "update_memories",
        "add_memories",
    ],
}  # fmt: skip


@pytest.mark.parametrize("call", ["add", "delete", "clear"])
def test_an_async_database_is_not_left_waiting(call, tmp_path):
    manager = MemoryManager(db=AsyncSqliteDb(db_file=str(tmp_path / "m.db")))
    asked = {
        "add": lambda: manager.add_user_memory(UserMemory(memory="Rows."), user_id="ada"),
        "delete": lambda: manager.delete_user_memory("m", user_id="ada"),
        "clear": manager.clear,
    }
    with pytest.raises(ValueError, match="nothing was changed"):
        asked[call]()


@each_way
def test_a_subclass_chooses_the_tools(way):
    class Brief(MemoryManager):
        def _get_db_tools(self, *args, **given):
            return [tool for tool in super()._get_db_tools(*args, **given) if tool.__name__ != "clear_memory"][:2]

        async def _aget_db_tools(self, *args, **given):
            return (await super()._aget_db_tools(*args, **given))[:2]

    database = InMemoryDb()
    with scripted("Nothing to do.") as server:
        done(way, Brief(model=chat()), "run_memory_task", "Wait.", [], "ada", database)
        assert told(server) == ["add_memory", "update_memory"]


@each_way
def test_a_subclass_chooses_the_tools_of_a_database_that_is_not_async_in_one_method(way):
    class Brief(MemoryManager):
        def _get_db_tools(self, *args, **given):
            return super()._get_db_tools(*args, **given)[:1]

    database = InMemoryDb()
    with scripted(calls("add_memory", memory="Likes tea."), "Done.") as server:
        done(way, Brief(model=chat()), "run_memory_task", "Tea.", [], "ada", database)
        assert told(server) == ["add_memory"]
    assert [one.memory for one in database.get_user_memories()] == ["Likes tea."]


@each_way
def test_a_single_memory_is_removed_for_its_user_only(way):
    class Noting(InMemoryDb):
        def delete_user_memory(self, memory_id, user_id=None):
            removed.append((memory_id, user_id))
            super().delete_user_memory(memory_id, user_id=user_id)

    removed, database = [], Noting()
    for user in ("ada", "bea"):
        database.upsert_user_memory(UserMemory(memory="Likes tea.", memory_id=f"m-{user}", user_id=user))
    with scripted(calls("delete_memory", memory_id="m-ada"), calls("delete_memory", memory_id="m-bea"), "Done."):
        done(way, MemoryManager(model=chat()), "run_memory_task", "Forget.", [], "ada", database)
    assert removed == [("m-ada", "ada"), ("m-bea", "ada")]
    assert [one.memory_id for one in database.get_user_memories()] == ["m-bea"]
