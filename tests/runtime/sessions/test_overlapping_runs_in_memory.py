"""Runs that overlap on one session in memory: each change and each token is stored once, refused commits or not."""

import asyncio
import threading
from copy import deepcopy

import pytest
from agent_kit import agent, chat, model
from kit_stores import changed

from wherry.db.in_memory import InMemoryDb
from wherry.db.json import JsonDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.session import AgentSession
from wherry.team import Team
from wherry.workflow import Step, Workflow

SQLITE = pytest.mark.parametrize("cls", [SqliteDb, AsyncSqliteDb])
BERTHS = (
    "CREATE TABLE quays (name TEXT PRIMARY KEY)",
    "CREATE TABLE berths (quay TEXT REFERENCES quays(name) DEFERRABLE INITIALLY DEFERRED)",
)
NO_COMMIT = "CREATE TRIGGER full AFTER {} BEGIN INSERT INTO berths VALUES ('none is left'); END"
RUNS = 12


def noting(db):
    """A workflow that notes each input in its state; those named k0, k1, ... take a while, each its own."""

    async def note(given, run_context):
        run_context.session_state[given.input] = 1
        await asyncio.sleep(0.01 + int(given.input[1:]) * 0.0004 if given.input[0] == "k" else 0)
        return "Noted."

    return Workflow(name="w", db=db, cache_session=True, steps=[Step(name="note", executor=note)], telemetry=False)


def state(file):
    return SqliteDb(db_file=file).get_session("s").session_data["session_state"]


@SQLITE
def test_what_runs_whose_commits_are_refused_changed_is_stored_with_the_next_one(cls, tmp_path):
    """Which of them share a transaction is chance: once did not show it, several times do."""

    async def tried(file):
        workflow = noting(cls(db_file=file))
        await workflow.arun("first", session_id="s")
        changed(file, *BERTHS, NO_COMMIT.format("INSERT ON agno_runs"))
        await asyncio.gather(*(workflow.arun(f"k{number}", session_id="s") for number in range(RUNS)))
        changed(file, "DROP TRIGGER full")
        await workflow.arun("last", session_id="s")

    for number in range(8):
        file = str(tmp_path / f"{number}.db")
        asyncio.run(tried(file))
        assert set(state(file)) == {"first", "last", *(f"k{number}" for number in range(RUNS))}


STORES = {
    "sqlite": lambda where: SqliteDb(db_file=f"{where}/s.db"),
    "async_sqlite": lambda where: AsyncSqliteDb(db_file=f"{where}/s.db"),
    "json": lambda where: JsonDb(db_path=f"{where}/json"),
    "in_memory": lambda where: InMemoryDb(),
}


def owned(kind, db, **options):
    if kind == "agent":
        return agent(db=db, **options)
    return Team(model=chat(), members=[agent(name="Mate")], db=db, telemetry=False, **options)


@pytest.mark.parametrize("kind", ["agent", "team"])
@pytest.mark.parametrize("where", STORES)
async def test_what_each_and_another_program_changed_is_stored_and_each_token_counts_once(kind, where, tmp_path):
    db = STORES[where](tmp_path)
    owner = owned(kind, db, cache_session=True)
    with model(*["Noted."] * (RUNS + 2)):
        first = await owner.arun("Begin", session_id="s")
        await owned(kind, db).arun("Another", session_id="s", session_state={"another": 1})
        await asyncio.gather(*(owner.arun("On", session_id="s", session_state={f"k{n}": n}) for n in range(RUNS)))
    session = await owned(kind, db).aget_session("s")
    assert session.session_data["session_state"] == {"another": 1, **{f"k{n}": n for n in range(RUNS)}}
    assert session.session_data["session_metrics"]["total_tokens"] == (RUNS + 2) * first.metrics.total_tokens
    assert len(session.runs) == RUNS + 2


@pytest.mark.parametrize("where", STORES)
async def test_what_steps_note_while_other_runs_of_their_workflow_go_on_is_stored(where, tmp_path):
    """Each has begun before any notes something; saves go on while others begin."""
    db = STORES[where](tmp_path)

    async def note(given, run_context):
        await asyncio.sleep(int(given.input[1:]) * 0.001)
        run_context.session_state[given.input] = 1
        await asyncio.sleep(0.004)

    workflow = Workflow(db=db, cache_session=True, steps=[Step(name="n", executor=note)], telemetry=False)
    await asyncio.gather(*(workflow.arun(f"k{n}", session_id="s", session_state={f"g{n}": 1}) for n in range(RUNS)))
    session = await Workflow(db=db).aget_session("s")
    assert session.session_data["session_state"] == {f"{kind}{n}": 1 for n in range(RUNS) for kind in "gk"}
    assert len(session.runs) == RUNS


class Slow(AsyncSqliteDb):
    """Its last save waits, before it writes, until somebody lets it go on."""

    slow = None

    async def save_run(self, session, *runs, **given):
        if self.slow is not None and runs[-1].status == "COMPLETED":
            saving, goes_on = self.slow
            self.slow = None
            saving.set()
            await asyncio.wait_for(goes_on.wait(), 60)
        return await super().save_run(session, *runs, **given)


@pytest.mark.parametrize("kind", ["agent", "team", "workflow"])
async def test_what_a_run_is_given_that_begins_while_another_is_stored_is_not_stored_with_that(kind, tmp_path):
    file = str(tmp_path / "s.db")
    db, (begun, ends) = Slow(db_file=file), (asyncio.Event(), asyncio.Event())

    async def between(run_context):
        if "second" in run_context.session_state:
            begun.set()
            await ends.wait()

    async def step(given, run_context):
        await between(run_context)

    def asked(name):
        return asyncio.ensure_future(owner.arun("On", session_id="s", session_state={name: 1}))

    if kind == "workflow":
        owner = Workflow(db=db, steps=[Step(name="n", executor=step)], cache_session=True, telemetry=False)
    else:
        owner = owned(kind, db, pre_hooks=[between], cache_session=True)
    with model(*([] if kind == "workflow" else ["Noted."] * 2)):
        saving, goes_on = db.slow = asyncio.Event(), asyncio.Event()
        first = asked("first")
        await asyncio.wait_for(saving.wait(), 60)
        second = asked("second")
        await asyncio.wait_for(begun.wait(), 60)
        goes_on.set()
        await first
        assert state(file) == {"first": 1}
        ends.set()
        await second
    assert state(file) == {"first": 1, "second": 1}


def test_a_workflow_without_a_database_keeps_the_ids_in_its_state_also_where_another_run_began_meanwhile():
    """As in Agno: the ids are those of the run that ended last."""

    def note(given, run_context):
        run_context.session_state[given.input] = 1
        if given.input == "outer":
            workflow.run("inner", session_id="s")

    workflow = Workflow(id="w", cache_session=True, steps=[Step(name="n", executor=note)], telemetry=False)
    workflow.run("first", session_id="s")
    run_id = workflow.run("outer", session_id="s").run_id
    held = workflow.cached_session.session_data["session_state"]
    assert {name: held.pop(name) for name in ("first", "inner", "outer")} == {"first": 1, "inner": 1, "outer": 1}
    assert (held["current_session_id"], held["workflow_id"], held["current_run_id"]) == ("s", "w", run_id)


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize("kind", ["agent", "team", "workflow"])
async def test_a_state_that_is_to_replace_the_stored_one_does_so_whatever_was_stored_meanwhile(kind, cached, tmp_path):
    file = str(tmp_path / "s.db")
    options = {"overwrite_db_session_state": True, "cache_session": cached}

    async def between(run_context):
        if "slow" in run_context.session_state:
            await asked("quick")

    async def step(given, run_context):
        await between(run_context)

    def asked(name):
        return owner.arun("On", session_id="s", session_state={name: 1})

    if kind == "workflow":
        owner = Workflow(db=SqliteDb(db_file=file), steps=[Step(name="n", executor=step)], telemetry=False, **options)
    else:
        owner = owned(kind, SqliteDb(db_file=file), pre_hooks=[between], **options)
    with model(*([] if kind == "workflow" else ["Noted."] * 3)):
        await asked("old")
        await asked("slow")
    assert state(file) == {"slow": 1}
    assert len(SqliteDb(db_file=file).get_session("s").runs) == 3


def test_threads_and_a_loop_take_turns(tmp_path):
    file = str(tmp_path / "s.db")
    owner = agent(db=SqliteDb(db_file=file), cache_session=True)

    def on_loop():
        async def several():
            await asyncio.gather(*(owner.arun("On", session_id="s", session_state={f"a{n}": n}) for n in range(4)))

        asyncio.run(several())

    def blocking(number):
        owner.run("On", session_id="s", session_state={f"t{number}": number})

    with model(*["Noted."] * 9):
        owner.run("Begin", session_id="s")
        threads = [threading.Thread(target=on_loop), *(threading.Thread(target=blocking, args=(n,)) for n in range(4))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert state(file) == {f"{kind}{n}": n for kind in "at" for n in range(4)}
    assert deepcopy(owner.cached_session).turns is not owner.cached_session.turns


@SQLITE
async def test_sessions_whose_common_commit_is_refused_are_stored_when_saved_again(cls, tmp_path):
    file = str(tmp_path / "s.db")
    SqliteDb(db_file=file).upsert_sessions(
        [AgentSession(session_id=name, agent_id="a", session_data={"session_state": {"n": 1}}) for name in "st"]
    )
    db = cls(db_file=file)

    async def told(result):
        return await result if asyncio.iscoroutine(result) else result

    read = [await told(db.get_session(name)) for name in "st"]
    changed(file, *BERTHS, NO_COMMIT.format("UPDATE ON agno_sessions"))
    for session in read:
        session.session_data["session_state"]["n"] = 2
    with pytest.raises(Exception, match="constraint"):
        await told(db.upsert_sessions(read))
    assert state(file) == {"n": 1}
    changed(file, "DROP TRIGGER full")
    for session in read:
        await agent(id="a", db=db).asave_session(session)
    assert [SqliteDb(db_file=file).get_session(name).session_data["session_state"]["n"] for name in "st"] == [2, 2]
