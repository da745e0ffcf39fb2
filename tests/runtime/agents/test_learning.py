"""What agents and teams learn: beside their runs, through tools, in each of the stores, and by hand."""

import asyncio
import json
import logging
import threading
from copy import deepcopy
from dataclasses import dataclass, field

import pytest
from agent_kit import Citing, agent, calls, chat, four_ways, model, run_in, system_text

from wherry.agent import Agent
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.learn import (
    LearnedKnowledgeConfig,
    LearningMachine,
    LearningMode,
    LearningStore,
    Memories,
    SessionContext,
    SessionContextConfig,
    UserMemoryConfig,
    UserProfile,
    UserProfileConfig,
)
from wherry.learn.machine import describe_learning_machine
from wherry.memory import MemoryManager
from wherry.models.message import Message
from wherry.registry import Registry
from wherry.run import RunContext
from wherry.run.base import RunStatus
from wherry.team import Team

AGENTIC, PROPOSE, ALWAYS = LearningMode.AGENTIC, LearningMode.PROPOSE, LearningMode.ALWAYS


@pytest.fixture
def db(tmp_path):
    with_file = SqliteDb(db_file=str(tmp_path / "a.db"))
    yield with_file
    with_file.close()


def at(tool, *replies):
    """Replies for the model that is offered a tool, then a word whenever it asks again."""
    first = [{**one, "when": {"tools": [tool], "last": True, "contains": "wherry"}} for one in replies]
    return [*first, {"content": "Done.", "when": {"tools": [tool]}, "times": "forever"}]


class Shelf:
    """A knowledge base in a list."""

    def __init__(self):
        self.held = []

    def insert(self, *, text_content, metadata, **_):
        self.held.append((text_content, metadata))

    def search(self, *, query, max_results, filters=None):
        return [{"content": text} for text, about in self.held if (filters or {}).items() <= about.items()]


# --- runs ------------------------------------------------------------------------------------------------------------


@four_ways
def test_true_learns_profile_and_memories_beside_the_run_and_shows_them_in_the_next(way, db):
    owner = agent(db=db, learning=True, user_id="ann", instructions="Be brief.")
    learning = [
        *at("update_profile", calls("update_profile", preferred_name="Ann")),
        *at("add_memory", calls("add_memory", memory="Sails a wherry.")),
    ]
    with model(*learning, "Fine.", "Ann.") as server:
        _, output = run_in(way, owner, "I am Ann and sail a wherry.", session_id="1")
        run_in(way, owner, "Who am I?", session_id="2")
        told = [text for text in (system_text(server, n) for n in range(len(server.requests))) if "Be brief." in text]
    assert "<user_profile>" not in told[0]
    assert "Preferred Name: Ann\n" in told[1]
    assert "- Sails a wherry." in told[1]
    assert {entry.id for entry in output.metrics.details["learning_model"]} == {"gpt-5-mini"}
    rows = {row["learning_id"]: row for row in db.get_learnings()}
    assert rows["user_profile_ann"]["content"] == {"user_id": "ann", "name": None, "preferred_name": "Ann"}
    assert rows["memories_ann"]["content"]["memories"][0]["source"] == "User: I am Ann and sail a wherry."
    assert rows["memories_ann"]["agent_id"] == owner.id


@four_ways
def test_a_team_learns_as_a_team(way, db):
    crew = Team(members=[], model=chat(), name="Crew", id="crew", db=db, learning=LearningMachine(session_context=True))
    context = calls("save_session_context", summary="A wherry is chosen.")
    with model(
        {**context, "when": {"tools": ["save_session_context"]}},
        "Fine.",
        {**context, "when": {"tools": ["save_session_context"]}},
        "Yes.",
    ) as server:
        run_in(way, crew, "Which boat?", session_id="s")
        run_in(way, crew, "Sure?", session_id="s")
        told = [system_text(server, n) for n in range(4)]
    assert sum("<session_context>" in text and "Summary: A wherry is chosen." in text for text in told) == 1
    (row,) = db.get_learnings()
    assert (row["learning_id"], row["team_id"], row["agent_id"]) == ("session_context_s", "crew", None)


@four_ways
def test_in_agentic_the_agent_writes_by_its_own_tools(way, db):
    machine = LearningMachine(
        user_profile=UserProfileConfig(mode=AGENTIC), user_memory=UserMemoryConfig(mode=AGENTIC), decision_log=True
    )
    owner = agent(db=db, learning=machine, user_id="ann")
    script = [
        *at("add_memory", calls("add_memory", memory="Sails.")),
        {
            "tool_calls": [
                {"name": "update_profile", "arguments": {"preferred_name": "Moll"}},
                {"name": "update_user_memory", "arguments": {"task": "Remember the wherry."}},
                {"name": "log_decision", "arguments": {"decision": "Oak", "alternatives": "ash, elm"}},
            ]
        },
        "Kept.",
    ]
    with model(*script) as server:
        run_in(way, owner, "Call me Moll.")
        first = system_text(server)
        answers = [message for request in server.requests for message in request.body["messages"]][-3:]
    assert "Nothing is known about this user yet." in first
    assert "`update_profile`" in first
    assert first.index("<user_profile_instructions>") < first.index("<user_profile>")
    assert "Profile updated: preferred_name=Moll" in [one["content"] for one in answers]
    assert machine.user_profile_store.get("ann").preferred_name == "Moll"
    (decision,) = machine.decision_log_store.search(query="ELM")
    assert decision.alternatives == ["ash", "elm"]


@four_ways
def test_learned_knowledge_is_searched_and_saved_in_its_namespace(way, db):
    shelf = Shelf()
    owner = agent(db=db, learning=LearningMachine(knowledge=shelf, namespace="yard"))
    script = [
        calls("save_learning", title=" Oak ", learning="Lasts.", tags=["wood"]),
        calls("search_learnings", query="wood"),
        "Good.",
    ]
    with model(*script) as server:
        run_in(way, owner, "What wood?")
        told = server.requests[2].body["messages"][-1]["content"]
    assert told.startswith("Found 1 relevant learning(s):")
    assert "1. **Oak**\n   Lasts.\n   _Tags: wood_\n   _Namespace: yard_" in told
    text, about = shelf.held[0]
    assert about == {"namespace": "yard", "agent_id": owner.id, "tags": ["wood"]}
    assert json.loads(text)["title"] == "Oak"


def test_learned_knowledge_is_drawn_with_what_is_long_cut(db, capsys):
    shelf = Shelf()
    store = LearningMachine(knowledge=shelf, namespace="yard").learned_knowledge_store
    assert store.save("Oak", "o" * 201, context="Keels", tags=["wood", "hard"], namespace="yard")
    assert store.save("Elm", "Bends.", namespace="yard")
    store.print(query="wood", namespace="yard")
    drawn = [line.strip("│ ") for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    whole = " ".join(drawn)
    assert [line for line in drawn if line[:2] in {"1.", "2."}] == ["1. Oak", "2. Elm"]
    assert "o" * 201 not in whole.replace(" ", "")
    assert "o..." in whole
    assert drawn[drawn.index("2. Elm") - 1] == ""
    assert {"Context: Keels", "Tags: wood, hard", "Namespace: yard"} < set(drawn)


def test_a_machine_that_asks_first_shows_the_model_its_history(db):
    config = LearnedKnowledgeConfig(mode=PROPOSE, knowledge=Shelf())
    owner = agent(db=db, learning=LearningMachine(learned_knowledge=config))
    with model("Save this?", "Saved.") as server:
        owner.run("1", session_id="s")
        owner.run("yes", session_id="s")
        assert "**Proposed Learning**" in system_text(server)
        assert [text for role, text in server.requests[1].turns if role in {"user", "assistant"}] == [
            "1",
            "Save this?",
            "yes",
        ]


def test_learning_that_fails_leaves_the_answer_alone(db, caplog):
    class Broken(LearningStore):
        learning_type, schema, was_updated = "broken", None, False

        def recall(self, **_):
            raise OSError("no disk")

        def process(self, messages, **_):
            raise OSError("no disk")

        def get_tools(self, user_id=None):
            return [tide] if user_id else []

    def tide() -> str:
        """Tide."""
        return "low"

    owner = agent(db=db, learning=LearningMachine(custom_stores={"broken": Broken()}), user_id="ann")
    with model(calls("tide"), "Low."), caplog.at_level(logging.WARNING, logger="wherry"):
        assert owner.run("Tide?").content == "Low."
    assert "no disk" in caplog.text


class Slow(LearningStore):
    """Reads until somebody stops it."""

    learning_type, schema, was_updated = "slow", None, False

    def __init__(self):
        self.began, self.stopped, self.reading = 0, 0, asyncio.Event()

    async def aprocess(self, messages, **_):
        self.began += 1
        self.reading.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise

    async def arecall(self, **_):
        return None


class Mute(Citing):
    """A model that never answers."""

    async def ainvoke(self, messages, **_):
        await asyncio.Event().wait()


@pytest.mark.parametrize("way", ["arun", "arun_stream"])
def test_what_reads_beside_a_run_that_breaks_off_is_stopped_before_each_attempt_and_at_the_end(way, db):
    store = Slow()
    options = {"update_memory_on_run": True, "memory_manager": MemoryManager(model=Mute(id="mute"), db=db)}
    options |= {"retries": 1, "delay_between_retries": 0, "user_id": "ann"}
    owner = agent(db=db, learning=LearningMachine(custom_stores={"slow": store}), **options)

    async def broken():
        if way == "arun":
            assert (await owner.arun("Hi")).status == RunStatus.error
        else:
            assert [event.event async for event in owner.arun("Hi", stream=True)][-1] == "RunError"
        return len(asyncio.all_tasks())

    with model({"status": 400, "error": "no"}, {"status": 400, "error": "no"}):
        assert asyncio.run(broken()) == 1
    assert (store.began, store.stopped) == (2, 2)


async def test_a_run_that_its_caller_leaves_stops_what_reads_beside_it(db):
    store = Slow()
    owner = agent(db=db, learning=LearningMachine(custom_stores={"slow": store}), model=Mute(id="mute"))
    task = asyncio.create_task(owner.arun("Hi"))
    await store.reading.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (store.began, store.stopped) == (1, 1)


def test_without_a_database_nothing_is_learned(caplog):
    with model("Fine."), caplog.at_level(logging.WARNING, logger="wherry"):
        agent(learning=True).run("Hi")
    assert "learning= needs a db" in caplog.text


async def test_an_async_database_learns_in_async_runs(tmp_path):
    db = AsyncSqliteDb(db_file=str(tmp_path / "a.db"))
    machine = LearningMachine(user_profile=True)
    with model(*at("update_profile", calls("update_profile", preferred_name="Ann")), "Fine."):
        await agent(db=db, learning=machine, user_id="ann").arun("I sail a wherry.")
    store = machine.user_profile_store
    assert (await store.aget("ann")).preferred_name == "Ann"
    assert store.get("ann") is None  # nothing waits in a blocking call; as in Agno it finds nothing
    assert await store.adelete("ann")
    await db.close()


# --- stores ----------------------------------------------------------------------------------------------------------


@dataclass
class Sailor(UserProfile):
    boat: str | None = field(default=None, metadata={"description": "The user's boat"})
    memories: list[dict] = field(default_factory=list, metadata={"internal": True})


def test_fields_of_a_schema_of_ones_own_are_parameters_of_the_tool(db):
    machine = LearningMachine(db=db, model=chat(), user_profile=UserProfileConfig(mode=AGENTIC, schema=Sailor))
    (tool,) = machine.get_tools(user_id="ann")
    assert tool(boat="wherry") == "Profile updated: boat=wherry"
    assert tool() == "No fields provided to update"
    assert "Boat: wherry" in machine.build_context(user_id="ann")
    machine.user_profile_store.clear("ann")
    assert machine.user_profile_store.get("ann").boat is None
    assert machine.get_tools() == []


def test_memories_are_changed_by_the_ids_that_the_model_sees(db):
    store = LearningMachine(db=db, model=chat(), user_memory=UserMemoryConfig(enable_clear_memories=True)).stores[
        "user_memory"
    ]
    known = store.add_memory("ann", "Sails a wherry.", source="hand")
    script = [
        {"tool_calls": [{"name": "update_memory", "arguments": {"memory_id": known, "memory": "Rows."}}]},
        {"tool_calls": [{"name": "delete_memory", "arguments": {"memory_id": "x"}}]},
        "Changed.",
    ]
    with model(*script) as server:
        assert store.run_memories_update("No longer sails.", user_id="ann") == "Changed."
        assert f"- [{known}] Sails a wherry." in system_text(server)
        assert server.requests[2].body["messages"][-1]["content"] == "Memory x not found"
    assert store.was_updated
    assert store.get("ann").get_memories_text() == "- Rows."


def test_calls_beyond_the_limit_are_refused(db):
    store = LearningMachine(db=db, model=chat(), user_memory=True, max_updates_per_run=1).stores["user_memory"]
    script = [
        {"tool_calls": [{"name": "add_memory", "arguments": {"memory": text}} for text in ("One.", "Two.")]},
        "Enough.",
    ]
    with model(*script) as server:
        store.run_memories_update("Remember two.", user_id="ann")
        assert "limit" in server.requests[1].body["messages"][-1]["content"]
    assert store.get("ann").get_memories_text() == "- One."


def test_a_plan_keeps_what_a_later_summary_leaves_out(db):
    machine = LearningMachine(db=db, model=chat(), session_context=SessionContextConfig(enable_planning=True))
    store = machine.session_context_store
    store.save("s", SessionContext(session_id="s", summary="Old.", goal="Sail.", plan=["Rudder"]))
    with model(calls("save_session_context", summary="New.", progress=["Rudder"])):
        store.extract_and_save(messages=[], session_id="s")
    context = store.get("s")
    assert (context.summary, context.goal, context.plan, context.progress) == ("New.", "Sail.", ["Rudder"], ["Rudder"])
    assert machine.build_context(session_id="s").startswith("<session_context>")


def test_outcomes_are_added_to_decisions(db):
    store = LearningMachine(db=db, decision_log=True).decision_log_store
    log, record, search = store.get_agent_tools(agent_id="ada")
    told = log("Oak", "It lasts.", confidence=0.9)
    decision_id = told.removeprefix("Decision logged: ")
    assert record(decision_id, "Held.", "good") == f"Outcome recorded for decision {decision_id}"
    assert record("dec_x", "Held.") == "Decision dec_x not found"
    assert search(query="it lasts") == f"[{decision_id}] Oak - It lasts.... -> Held...."
    assert search(decision_type="tool") == "No matching decisions found."
    assert store.search(agent_id="ada", days=1)[0].outcome_quality == "good"
    assert "Outcome: Held." in store.build_context(store.recall(agent_id="ada"))


def test_each_users_own_learnings_need_a_user(caplog):
    store = LearningMachine(learned_knowledge=LearnedKnowledgeConfig(knowledge=Shelf(), namespace="user")).stores[
        "learned_knowledge"
    ]
    with caplog.at_level(logging.WARNING, logger="wherry"):
        assert not store.save("Oak", "Lasts.")
        assert store.recall(query="oak") is None
    assert store.save("Oak", "Lasts.", user_id="ann")
    assert [one.title for one in store.search("oak", user_id="ann", namespace="user")] == ["Oak"]
    assert store.search("oak", user_id="bob", namespace="user") == []


@pytest.mark.parametrize("space", ["user", "yard"])
def test_a_model_that_reads_for_one_user_is_shown_nothing_of_anothers_own(space):
    config = LearnedKnowledgeConfig(mode=ALWAYS, knowledge=Shelf(), model=chat(), namespace=space)
    store = LearningMachine(learned_knowledge=config).learned_knowledge_store
    for number in range(5):
        store.save(f"Debt {number}", "Ann owes for oak.", user_id="ann", namespace="user")
    store.save("Mast", "Bob's is of pine.", user_id="bob", namespace="user")
    store.save("Oak", "Lasts.", namespace="yard")
    config.knowledge.held.reverse()
    with model("Nothing new.") as server:
        store.process([Message(role="user", content="Which wood?")], user_id="bob")
        told = system_text(server)
    assert "Mast: Bob's is of pine." in told
    assert ("Oak: Lasts." in told) is (space == "yard")
    assert "Debt" not in told


# --- by hand ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("looping", [False, True])
def test_a_hook_learns_from_runs_without_learning(db, looping):
    machine = LearningMachine(db=db, model=chat(), user_profile=True)
    owner = agent(post_hooks=[machine.acapture_hook() if looping else machine.capture_hook()], user_id="ann")

    async def arun():
        await owner.arun("I sail a wherry.")
        await asyncio.gather(*machine._capture_tasks)

    with model("Fine.", *at("update_profile", calls("update_profile", preferred_name="Ann"))):
        asyncio.run(arun()) if looping else owner.run("I sail a wherry.")
        owner.background_executor.shutdown()
    assert machine.user_profile_store.get("ann").preferred_name == "Ann"


@four_ways
@pytest.mark.parametrize("kind", ["agent", "team"])
def test_an_agent_does_not_wait_for_its_capture_hook_and_a_team_does(way, kind):
    ended, heard = threading.Event(), []

    class Listening:
        def recall(self, **given):
            return None

        async def arecall(self, **given):
            return None

        def process(self, messages, user_id, **given):
            after_the_run = kind == "agent" and ended.wait(60)
            heard.append((after_the_run, threading.current_thread() is threading.main_thread(), user_id))

        def build_context(self, data):
            return ""

        def get_tools(self, **given):
            return []

    hook = LearningMachine(custom_stores={"ear": Listening()}, model=chat()).capture_hook()
    given = {"post_hooks": [hook], "user_id": "ann"}
    owner = agent(**given) if kind == "agent" else Team(members=[], model=chat(), telemetry=False, **given)
    with model("Fine."):
        run_in(way, owner, "I sail a wherry.")
        assert len(heard) == (kind == "team")
        ended.set()
        owner.background_executor.shutdown()
    assert heard == [(kind == "agent", kind == "team", "ann")]


def test_the_message_reaches_the_stores(db):
    seen = []

    class Listening:
        def recall(self, message=None, run_context=None):
            seen.append((message, run_context.user_id))

        arecall = process = aprocess = recall

        def build_context(self, data):
            return ""

        def get_tools(self):
            return []

    owner = agent(db=db, learning=LearningMachine(custom_stores={"ear": Listening()}), user_id="ann")
    context = RunContext(run_id="r", session_id="s", user_id="ann")
    owner.get_system_message(owner.new_session("s", "ann"), context, input={"q": "tide", "n": 1})
    assert seen == [("tide", "ann")]


def test_the_curator_removes_what_is_old_and_said_twice(db):
    machine = LearningMachine(db=db, user_profile=UserProfileConfig(schema=Sailor))
    entries = [
        {"content": "Sails.", "created_at": "2020-01-01T00:00:00Z"},
        {"content": "sails", "created_at": "2999-01-01T00:00:00Z"},
        {"content": "Rows."},
    ]
    store = machine.user_profile_store

    def held():
        return [one["content"] for one in json.loads(json.dumps(db.get_learnings()[0]["content"]))["memories"]]

    class Kept(Sailor):
        def to_dict(self):
            return {**super().to_dict(), "memories": self.memories}

    store._schema = Kept
    store.save("ann", Kept(user_id="ann", memories=entries))
    assert machine.curator.deduplicate("ann") == 1
    assert held() == ["Sails.", "Rows."]
    assert machine.curator.prune("ann", max_age_days=30) == 1
    assert machine.curator.prune("ann", max_count=1) == 0
    assert held() == ["Rows."]


def test_memories_of_a_record():
    memories = Memories(user_id="ann")
    first = memories.add_memory(" Sails. ", by="hand")
    assert memories.get_memory(first)["by"] == "hand"
    assert memories.update_memory(first, "Rows.")
    assert not memories.delete_memory("x")
    assert memories.delete_memory(first)
    assert Memories.from_dict(json.dumps(memories.to_dict())) == memories
    assert Memories.from_dict({"memories": []}) is None


# --- as data ---------------------------------------------------------------------------------------------------------


def test_a_machine_is_written_and_read_with_its_agent():
    machine = LearningMachine(
        user_memory=UserMemoryConfig(mode=AGENTIC, instructions="Boats."), learned_knowledge=True, namespace="yard"
    )
    stored = agent(learning=machine, add_learnings_to_context=False).to_dict()
    made = Agent.from_dict(json.loads(json.dumps(stored)))
    assert made.add_learnings_to_context is False
    assert made.learning.to_dict() == machine.to_dict() == stored["learning"]
    assert made.learning.user_memory.mode is AGENTIC
    assert deepcopy(made.learning).namespace == "yard"
    assert describe_learning_machine(machine)["stores"]["learned_knowledge"] == {"mode": "agentic", "namespace": "yard"}


def test_a_machine_with_a_name_is_named_only():
    machine = LearningMachine(user_profile=True, name="shared")
    stored = agent(learning=machine).to_dict()
    assert stored["learning"] == {"name": "shared"}
    registry = Registry()
    registry.add_learning(machine)
    assert Agent.from_dict(stored, registry=registry).learning is machine
    assert Agent.from_dict(stored).learning is None
    with pytest.raises(ValueError, match="shared"):
        Agent.from_dict(stored, registry=Registry(), strict=True)


def test_what_cannot_be_read_back_is_told(caplog):
    data = {
        "user_profile": {"mode": "sometimes", "schema": "nowhere.Profile", "instructions": {"__callable__": "f"}},
        "custom_stores": {"mine": "x.Y"},
    }
    with caplog.at_level(logging.WARNING, logger="wherry"):
        made = LearningMachine.from_dict(data)
    assert made.user_profile.mode is AGENTIC
    assert made.user_profile.schema is None
    assert all(word in caplog.text for word in ("'sometimes'", "nowhere", "(f)", "mine"))
    agnos = LearningMachine.from_dict({"user_profile": {"schema": "agno.learn.schemas.UserProfile"}})
    assert agnos.user_profile.schema is UserProfile
