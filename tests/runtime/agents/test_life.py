"""An agent's life beside its answers: cancelling, overrides, what is stored, copies, identity."""

import asyncio
import json
import logging
import random
import threading

import pytest
from agent_kit import agent, calls, chat, four_ways, model, named, ran, streamed_ways, system_text
from agent_ways import run_in
from pydantic import BaseModel

from wherry.agent import Agent
from wherry.core.errors import ConfigurationError, NotMigratedError
from wherry.core.run import listeners
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import AsyncSqliteDb
from wherry.run.agent import RunEvent
from wherry.run.cancel import (
    InMemoryRunCancellationManager,
    cancellation_manager_explicitly_set,
    get_active_runs,
    get_cancellation_manager,
)
from wherry.team import Team


class Berth(BaseModel):
    number: int


def tide(place: str) -> str:
    """Tide at a place."""
    return f"{place}: rising"


# --- cancelling ----------------------------------------------------------------------------------------------------


@four_ways
def test_a_run_cancelled_from_a_tool_stops_and_is_stored(way):
    def stop(run_context) -> str:
        """Cancel the run."""
        assert Agent.cancel_run(run_context.run_id)
        return "asked to stop"

    owner = agent(tools=[stop], db=InMemoryDb())
    with model(calls("stop")):
        events, output = ran(way, owner, session_id="s")
    assert output.status == "CANCELLED"
    assert [run.status for run in owner.get_session("s").runs] == ["CANCELLED"]
    assert output.run_id not in get_active_runs()
    if events:
        assert named(events, "RunCancelled")
        # Agno sends RunCompleted after RunCancelled; `cancelled_runs_complete=False` leaves it out.
        assert events[-1].event == "RunCompleted"


@pytest.mark.parametrize("way", ["run", "arun"])
def test_a_whole_run_that_is_cancelled_says_so_whatever_it_had_said(way):
    def stop(run_context) -> str:
        """Cancel the run."""
        Agent.cancel_run(run_context.run_id)
        return "asked to stop"

    with model({"content": "Let me look.", **calls("stop")}):
        _, output = ran(way, agent(tools=[stop]))
    assert output.content == f"Run {output.run_id} was cancelled"
    assert [message.content for message in output.messages] == ["Which way?", "Let me look.", "asked to stop"]


@streamed_ways
def test_nothing_follows_the_cancel_when_that_is_wanted(way):
    def stop(run_context) -> str:
        """Cancel the run."""
        Agent.cancel_run(run_context.run_id)
        return "asked to stop"

    with model(calls("stop")):
        events, output = ran(way, agent(tools=[stop], cancelled_runs_complete=False))
    assert events[-1].event == "RunCancelled"
    assert events[-1].is_cancelled
    assert output.cancellation_stage is not None


@streamed_ways
def test_a_cancelled_stream_keeps_what_was_said(way):
    owner = agent(db=InMemoryDb())

    def cancel_at_content(event, run):
        if event.event == "RunContent" and event.content == "two ":
            Agent.cancel_run(run.output.run_id)

    listeners.append(cancel_at_content)
    try:
        with model({"content": "one two three four", "chunks": ["one ", "two ", "three ", "four"]}):
            _, output = ran(way, owner, session_id="s")
    finally:
        listeners.remove(cancel_at_content)
    assert output.status == "CANCELLED"
    assert output.content == "one two three "
    assert output.messages[-1].content == "one two three "


def test_a_cancel_may_come_before_its_run():
    assert not Agent.cancel_run("early")
    with model():
        _, output = ran("run", agent(), run_id="early")
    assert (output.run_id, output.status) == ("early", "CANCELLED")


async def test_cancelling_on_a_loop():
    assert not await Agent.acancel_run("early")
    with model():
        output = await agent().arun("?", run_id="early")
    assert output.status == "CANCELLED"


async def test_a_manager_of_cancels_keeps_members_with_their_team():
    manager = InMemoryRunCancellationManager()
    await manager.aregister_run("team")
    manager.register_member_run("team", "member")
    assert manager.get_member_run_ids("team") == {"member"}
    assert await manager.acancel_run("team")
    assert await manager.ais_cancelled("member")
    assert (await manager.aget_active_runs())["team"]
    with pytest.raises(Exception, match="cancelled"):
        await manager.araise_if_cancelled("team")
    manager.cleanup_member_runs("team")
    await manager.acleanup_run("team")
    assert manager.get_member_run_ids("team") == set()
    assert isinstance(get_cancellation_manager(), InMemoryRunCancellationManager)
    assert not cancellation_manager_explicitly_set()


# --- what a run may change -------------------------------------------------------------------------------------------


@four_ways
def test_a_run_may_say_whose_it_is(way):
    with model("fine"):
        _, output = ran(way, agent(user_id="ann"), user_id="bob", session_id="s", run_id="r", metadata={"k": 1})
    assert (output.user_id, output.session_id, output.run_id, output.metadata) == ("bob", "s", "r", {"k": 1})


@four_ways
def test_sessions_go_on_without_being_named(way):
    owner = agent()
    with model("one", "two"):
        first, second = (ran(way, owner)[1] for _ in range(2))
    assert first.session_id == second.session_id
    assert first.run_id != second.run_id


@four_ways
def test_what_is_shown_may_change_from_run_to_run(way):
    owner = agent(db=InMemoryDb(), dependencies={"a": 1}, session_state={"n": 1})
    shown = {"add_history_to_context": True, "add_dependencies_to_context": True, "add_session_state_to_context": True}
    with model("one", "two") as server:
        ran(way, owner, session_id="s")
        ran(way, owner, session_id="s", **shown)
        first, second = server.requests
        assert len(first.turns) == 1
        assert [role for role, _ in second.turns[-3:]] == ["user", "assistant", "user"]
        assert '"a": 1' in second.text("user")
        assert "<session_state>" in system_text(server, 1)


def test_history_without_a_database_is_warned_about(caplog):
    with model("fine"):
        ran("run", agent(), add_history_to_context=True)
    assert "needs a db" in caplog.text


@four_ways
def test_unknown_keywords_of_a_run_reach_hooks_and_are_said_once(way, caplog):
    seen = []

    def look(boat=None):
        seen.append(boat)

    owner = agent(pre_hooks=[look])
    word = f"boat_{way.replace(' ', '_')}"
    with model("fine", "fine"):
        for _ in range(2):
            ran(way, owner, boat="Albion", **{word: 1})
    assert seen == ["Albion", "Albion"]
    assert caplog.text.count(f"no keyword {word!r}") == 1


@pytest.mark.parametrize("kind", [Agent, Team])
def test_a_run_needs_an_input(kind):
    """A word by another name, such as `message`, asks the model nothing."""
    owner = kind(**({"members": []} if kind is Team else {}), model=chat(), telemetry=False)
    with model():
        for ask in (owner.run, owner.arun, owner.print_response):
            with pytest.raises(TypeError, match="input"):
                ask(message="hi")


@pytest.mark.parametrize("kind", [Agent, Team])
def test_a_database_that_has_to_be_awaited_takes_no_part_in_a_blocking_run(kind, tmp_path):
    db = AsyncSqliteDb(db_file=str(tmp_path / "a.db"))
    owner = kind(**({"members": []} if kind is Team else {}), model=chat(), telemetry=False, db=db)
    with model(), pytest.raises(RuntimeError, match="AsyncSqliteDb is an asynchronous database") as refused:
        owner.run("hi")
    assert isinstance(refused.value, ConfigurationError)


def test_a_nearly_right_keyword_is_named(caplog):
    with model():
        with pytest.raises(TypeError, match="did you mean 'session_id'"):
            agent(strict_run_arguments=True).run("?", sesion_id="s")
        with pytest.raises(TypeError, match="instructions"):
            Agent(instruction="Be short.")
    with pytest.raises(NotMigratedError, match="sandbox"):
        Agent(sandbox=object())


@streamed_ways
def test_contents_alone_are_streamed_by_default(way):
    owner = agent(tools=[tide])
    with model(calls("tide", place="Acle"), "Go now."):
        if way == "run stream":
            items = list(owner.run("?", stream=True))
        else:

            async def collect():
                return [item async for item in owner.arun("?", stream=True)]

            items = asyncio.run(collect())
    assert {item.event for item in items} == {"RunContent"}
    assert "".join(item.content for item in items if item.content) == "Go now."


@pytest.mark.parametrize("kind", ["stream", "stream_events"])
def test_streaming_may_be_the_agents_habit(kind):
    owner = agent(stream=True, stream_events=kind == "stream_events")
    with model("fine"):
        events = [event.event for event in owner.run("?")]
    assert ("RunStarted" in events) is (kind == "stream_events")


@streamed_ways
def test_events_are_stored_but_for_those_that_are_skipped(way):
    owner = agent(db=InMemoryDb(), store_events=True, events_to_skip=[RunEvent.run_started, "ModelRequestStarted"])
    with model("fine"):
        _, output = ran(way, owner, session_id="s")
    (stored,) = owner.get_session("s").runs
    names = [event.event for event in stored.events]
    assert "RunStarted" not in names
    assert "ModelRequestStarted" not in names
    assert names[-1] == "RunCompleted"
    assert [event.event for event in output.events] == names


def test_a_stream_of_contents_alone_stores_its_end():
    owner = agent(db=InMemoryDb(), store_events=True)
    with model("fine"):
        list(owner.run("?", stream=True, session_id="s"))
    (stored,) = owner.get_session("s").runs
    assert [event.event for event in stored.events] == ["RunCompleted"]


@four_ways
@pytest.mark.parametrize("stored", [False, True])
def test_history_is_stored_once_unless_wanted_twice(way, stored):
    owner = agent(db=InMemoryDb(), add_history_to_context=True, store_history_messages=stored)
    with model("one", "two"):
        ran(way, owner, session_id="s")
        ran(way, owner, session_id="s")
    last = owner.get_session("s").runs[-1]
    assert len(last.messages) == (4 if stored else 2)


@four_ways
def test_the_answer_may_be_written_to_a_file(way, tmp_path):
    owner = agent(save_response_to_file=str(tmp_path / "{name}" / "{session_id}-{run_id}.md"))
    with model("fine"):
        ran(way, owner, session_id="s", run_id="r")
    (file,) = tmp_path.rglob("*.md")
    assert file.read_text() == "fine"
    assert file.name.startswith("s-")


def test_a_file_that_cannot_be_written_costs_a_warning_only(tmp_path, caplog):
    (tmp_path / "taken").write_text("")
    with model("fine"):
        assert ran("run", agent(save_response_to_file=str(tmp_path / "taken" / "a.md")))[1].content == "fine"
    assert caplog.text


# --- hooks in the background, listeners, logging ---------------------------------------------------------------------


def test_hooks_may_run_after_the_answer():
    from wherry.hooks import hook

    class Later:
        def __init__(self):
            self.jobs = []

        def add_task(self, job, *args, **options):
            self.jobs.append((job, options))

    done = []

    @hook(run_in_background=True)
    def note(run_output):
        done.append(run_output.content)

    later = Later()
    with model("fine"):
        ran("run", agent(post_hooks=[note]), background_tasks=later)
    assert done == []
    for job, options in later.jobs:
        job(**options)
    assert done == ["fine"]


@four_ways
def test_listeners_hear_every_event_and_cannot_break_a_run(way, caplog):
    heard = []

    def listen(event, run):
        heard.append(event.event)
        raise OSError("deaf")

    listeners.append(listen)
    try:
        with model("fine"):
            _, output = run_in(way, agent(), "?")
    finally:
        listeners.remove(listen)
    assert output.content == "fine"
    assert (heard[0], heard[-1]) == ("RunStarted", "RunCompleted")
    assert "deaf" in caplog.text


@pytest.mark.parametrize("place", ["pre_hooks", "post_hooks"])
@pytest.mark.parametrize("way", ["run", "run stream"])
def test_an_async_hook_is_refused_in_a_blocking_run(way, place):
    async def look():
        raise AssertionError("never called")

    with model(), pytest.raises(ValueError, match="'look' is asynchronous"):
        run_in(way, agent(**{place: [look]}), "?")


def test_records_go_to_the_applications_logger(caplog):
    from wherry.utils import log

    own = logging.getLogger("boats")
    before = log.logger
    try:
        log.configure_agno_logging(custom_agent_logger=own)
        log.set_log_level_to_error()
        assert own.level == logging.ERROR
        log.set_log_level_to_warning()
        with model({"status": 500, "error": "out"}):
            run_in("run", agent(), "?")
        assert "boats" in {record.name for record in caplog.records}
    finally:
        log.configure_agno_logging(custom_default_logger=before)


def test_debug_mode_is_switched_for_the_process():
    from wherry.debug import disable_debug_mode, enable_debug_mode
    from wherry.utils.log import logger

    before = logger.level
    try:
        enable_debug_mode()
        assert logger.level == logging.DEBUG
        disable_debug_mode()
        assert logger.level == logging.INFO
    finally:
        logger.setLevel(before)


# --- identity and copies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [({"id": "x", "name": "Ada"}, "x"), ({"name": "Ada Lovelace"}, "ada-lovelace"), ({"name": None}, None)],
)
def test_ids_come_from_names(given, expected):
    owner = agent(**given)
    owner.set_id()
    assert owner.id == expected or (expected is None and owner.id.count("-") >= 2)
    owner.initialize_agent()
    assert Agent().model is None or Agent().model.id


def test_the_default_model_is_settled_at_the_first_need():
    owner = Agent()
    owner.initialize_agent()
    assert (type(owner.model).__name__, owner.model.id) == ("OpenAIResponses", "gpt-5.4")


@four_ways
def test_a_copy_is_changed_without_its_original(way):
    owner = agent(instructions=["Be short."], tools=[tide], dependencies={"a": [1]}, session_state={"n": 1})
    locked = agent(dependencies={"lock": threading.Lock(), "a": [1]}).deep_copy()
    assert locked.dependencies["a"] == [1]
    copy = owner.deep_copy(update={"name": "Bea", "instructions": ["Be long."]})
    copy.dependencies["a"].append(2)
    copy.tools.append(tide)
    assert owner.dependencies == {"a": [1]}
    assert len(owner.tools) == 1
    assert copy.model is owner.model
    with model("fine", "fine") as server:
        ran(way, copy)
        ran(way, owner)
        assert [system_text(server, number) for number in range(2)] == ["Be long.", "Be short."]
    with pytest.raises(TypeError, match="nmae"):
        owner.deep_copy(update={"nmae": "Bea"})


def test_an_agent_as_plain_data():
    owner = agent(
        tools=[tide],
        dependencies={"a": (1, 2), "f": tide},
        output_schema=Berth,
        db=InMemoryDb(),
        metadata={"k": [object()]},
    )
    data = owner.to_dict()
    assert data["name"] == "Ada"
    assert [tool["name"] for tool in data["tools"]] == ["tide"]
    assert data["model"]["id"] == "gpt-5-mini"
    assert data["output_schema"] == "Berth"
    assert data["dependencies"] == {"a": [1, 2], "f": None}
    assert data["db"] == owner.db.to_dict()
    assert json.loads(json.dumps(data)) == data
    assert "tools" not in agent(tools=lambda: [tide]).to_dict()


def test_models_may_be_named_by_a_text():
    owner = Agent(model="openai-chat:gpt-5-mini", telemetry=False)
    with model("fine"):
        assert ran("run", owner)[1].model == "gpt-5-mini"
    assert agent(model=chat()).model.id == "gpt-5-mini"


@pytest.mark.parametrize("way", ["run", "arun"])
def test_a_scripts_own_random_numbers_go_on_as_they_were_seeded(way):
    random.seed(7)
    wanted = random.random()
    random.seed(7)
    with model({"status": 503, "error": "busy"}, "hi"):
        _, output = ran(way, agent(id=None, name=None, model=chat(max_retries=1)))
    assert output.content == "hi"
    assert random.random() == wanted


# --- what is left without a database ---------------------------------------------------------------------------------


@four_ways
@pytest.mark.parametrize("given", ["pre_hooks", "post_hooks", "dependencies"])
def test_who_was_given_the_session_finds_the_run_in_it_without_a_database(way, given):
    kept = []

    def keep(session):
        kept.append(session)

    owner = agent(**{given: {"keep": keep} if given == "dependencies" else [keep]})
    with model("fine"):
        _, output = ran(way, owner)
    (session,) = kept
    assert [(run.run_id, run.content) for run in session.runs] == [(output.run_id, "fine")]
    assert session.runs[0] is not output


@four_ways
def test_messages_keep_no_stopwatch_when_the_run_is_over(way):
    with model(calls("tide", place="Wroxham"), "fine"):
        _, output = ran(way, agent(tools=[tide]))
    assert [message.role for message in output.messages][-3:] == ["assistant", "tool", "assistant"]
    assert [message.metrics.timer for message in output.messages] == [None] * len(output.messages)
