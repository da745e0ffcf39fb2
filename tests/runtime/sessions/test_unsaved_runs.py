"""What a run does whose database refuses it: it keeps its answer and logs it, or fails where that is wanted."""

import asyncio
import logging
import sqlite3
from contextlib import closing

import pytest
from agent_kit import agent, calls, chat, four_ways, model, named, ran
from continue_ways import continued_in
from kit_stores import changed

from wherry.agent import Agent
from wherry.core.errors import MigrationRequiredError, RunNotFoundError, StoreError
from wherry.db.in_memory import InMemoryDb
from wherry.db.json import JsonDb
from wherry.db.sqlite import SqliteDb
from wherry.run.agent import RunOutput
from wherry.session import AgentSession
from wherry.team import Team
from wherry.tools import tool
from wherry.workflow import HumanReview, Step, Workflow

KINDS = pytest.mark.parametrize("kind", ["agent", "team", "workflow"])


def built(kind, db, **options):
    if kind == "agent":
        return agent(db=db, **options)
    if kind == "team":
        return Team(model=chat(), members=[agent(name="Mate")], db=db, telemetry=False, **options)
    return Workflow(name="flow", steps=[Step(name="ask", agent=agent())], db=db, telemetry=False, **options)


def refusing(file):
    """A database with one run of session "s" that takes no more."""
    with model("Before."):
        agent(db=SqliteDb(db_file=file)).run("Before?", session_id="before")
    changed(file, "CREATE TRIGGER full BEFORE INSERT ON agno_runs BEGIN SELECT RAISE(ABORT, 'no berth is left'); END")
    return file


def stored(file):
    with closing(sqlite3.connect(file)) as connection:
        return [session_id for (session_id,) in connection.execute("SELECT session_id FROM agno_runs ORDER BY 1")]


@KINDS
@four_ways
def test_a_run_that_cannot_be_stored_keeps_its_answer(kind, way, tmp_path, caplog):
    file = refusing(str(tmp_path / "full.db"))
    owner = built(kind, SqliteDb(db_file=file), session_state={"n": 1})
    with model("North.", "South."), caplog.at_level(logging.ERROR, logger="wherry"):
        events, output = ran(way, owner, session_id="s")
        assert (output.status, output.content) == ("COMPLETED", "North.")
        assert not [event for event in events if event.event.endswith("Error")]
        assert f"Run {output.run_id!r} is not stored" in caplog.text
        assert "no berth is left" in caplog.text
        assert stored(file) == ["before"]
        changed(file, "DROP TRIGGER full")
        _, again = ran(way, owner, session_id="s")
    assert (again.status, again.content) == ("COMPLETED", "South.")
    assert stored(file) == ["before", "s"]
    assert owner.get_session_state("s") == {"n": 1}


BERTHS = (
    "CREATE TABLE quays (name TEXT PRIMARY KEY)",
    "CREATE TABLE berths (quay TEXT REFERENCES quays(name) DEFERRABLE INITIALLY DEFERRED)",
)
COMPLETED = "WHEN NEW.status = 'COMPLETED' BEGIN"
RUNNING = "WHEN NEW.status = 'RUNNING' BEGIN"
REFUSES = {
    "a statement": "BEFORE INSERT ON agno_runs BEGIN SELECT RAISE(ABORT, 'no berth is left'); END",
    "the commit": "AFTER INSERT ON agno_runs BEGIN INSERT INTO berths VALUES ('none is left'); END",
}


@pytest.mark.parametrize("what", REFUSES)
@KINDS
@four_ways
def test_what_a_run_that_cannot_be_stored_changed_is_stored_with_the_next_one_of_a_session_in_memory(
    what, kind, way, tmp_path
):
    file = str(tmp_path / "full.db")
    owner = built(kind, SqliteDb(db_file=file), session_state={"n": 1}, cache_session=True)
    with model("North.", "South.", "East.", "West."):
        ran(way, owner, session_id="s", session_state={"first": 1})
        changed(file, *BERTHS, f"CREATE TRIGGER full {REFUSES[what]}")
        ran(way, owner, session_id="s", session_state={"second": 2})
        assert built(kind, SqliteDb(db_file=file)).get_session_state("s") == {"n": 1, "first": 1}
        ran(way, owner, session_id="s", session_state={"third": 3})
        changed(file, "DROP TRIGGER full")
        ran(way, owner, session_id="s", session_state={"fourth": 4})
    assert stored(file) == ["s", "s"]
    kept = built(kind, SqliteDb(db_file=file)).get_session_state("s")
    assert kept == {"n": 1, "first": 1, "second": 2, "third": 3, "fourth": 4}


def tokens(file):
    return SqliteDb(db_file=file).get_session("s").session_data["session_metrics"]["total_tokens"]


@pytest.mark.parametrize("what", ["the commit", "the disk"])
@four_ways
def test_tokens_that_are_merged_with_those_of_another_run_and_refused_count_once(what, way, tmp_path):
    """The other run is stored while the session is in memory; then its database is full for one run."""
    file = str(tmp_path / "full.db")
    db = SqliteDb(db_file=file)
    owner = agent(db=db, cache_session=True)
    with model("North.", "South.", "East." * 500, "West."):
        _, output = ran(way, owner, session_id="s")
        each = output.metrics.total_tokens
        agent(db=SqliteDb(db_file=file)).run("Another", session_id="s", session_state={"another": 1})
        if what == "the disk":
            with db.file.lend() as connection:
                connection.execute("PRAGMA max_page_count = 1")  # as many as there are
        else:
            changed(file, *BERTHS, f"CREATE TRIGGER full {REFUSES[what]}")
        ran(way, owner, session_id="s", session_state={"mine": 1})
        assert tokens(file) == 2 * each
        if what == "the disk":
            with db.file.lend() as connection:
                connection.execute("PRAGMA max_page_count = 100000")
        else:
            changed(file, "DROP TRIGGER full")
        ran(way, owner, session_id="s")
    assert tokens(file) == 4 * each
    assert agent(db=db).get_session_state("s") == {"another": 1, "mine": 1}


@four_ways
def test_tokens_of_a_run_that_fails_because_it_cannot_be_stored_count_once(way, tmp_path):
    file = str(tmp_path / "full.db")
    owner = agent(db=SqliteDb(db_file=file, on_unsaved="raise"))
    with model("North.", "South."):
        _, output = ran(way, owner, session_id="s")
        changed(file, f"CREATE TRIGGER full {REFUSES['a statement'].replace('BEGIN', COMPLETED, 1)}")
        _, failed = ran(way, owner, session_id="s")
    assert failed.status == "ERROR"
    assert stored(file) == ["s", "s"]
    assert tokens(file) == 2 * output.metrics.total_tokens


@pytest.mark.parametrize("on_unsaved", ["report", "raise"])
def test_tokens_of_a_run_count_alike_whether_its_checkpoint_was_stored_or_refused(on_unsaved, tmp_path):
    @tool
    def look() -> str:
        """Look out."""
        return "Land"

    def counted(file):
        owner = agent(db=SqliteDb(db_file=file, on_unsaved=on_unsaved), tools=[look], checkpoint="tool-batch")
        with model("Before.", calls("look"), "North."):
            owner.run("Begin", session_id="s")
            if "full" in file:
                changed(file, f"CREATE TRIGGER full {REFUSES['a statement'].replace('BEGIN', RUNNING, 1)}")
            assert owner.run("Go on", session_id="s").status == "COMPLETED"
        return tokens(file)

    assert counted(str(tmp_path / "full.db")) == counted(str(tmp_path / "kept.db"))


def test_what_was_changed_by_hand_and_refused_is_stored_when_it_is_saved_again(tmp_path):
    """The commit is refused, which the session learns only after it was written."""
    file = str(tmp_path / "full.db")
    owner = agent(db=SqliteDb(db_file=file))
    with model("North."):
        owner.run("Where to?", session_id="s", session_state={"n": 1})
    refuses = REFUSES["the commit"].replace("INSERT ON agno_runs", "UPDATE ON agno_sessions", 1)
    changed(file, *BERTHS, f"CREATE TRIGGER full {refuses}")
    session = owner.get_session("s")
    session.session_data["session_state"]["n"] = 2
    owner.save_session(session)
    assert owner.get_session_state("s") == {"n": 1}
    changed(file, "DROP TRIGGER full")
    owner.save_session(session)
    assert owner.get_session_state("s") == {"n": 2}


@four_ways
def test_a_run_fails_that_cannot_be_stored_where_that_is_wanted(way, tmp_path):
    file = refusing(str(tmp_path / "full.db"))
    with model("North."):
        events, output = ran(way, agent(db=SqliteDb(db_file=file, on_unsaved="raise")), session_id="s")
    assert (output.status, output.content) == ("ERROR", "North.")
    if events:
        assert "no berth is left" in named(events, "RunError")[0].content


def test_a_workflow_raises_what_its_database_says_where_that_is_wanted(tmp_path):
    file = refusing(str(tmp_path / "full.db"))
    with model("North."), pytest.raises(StoreError, match="no berth is left"):
        built("workflow", SqliteDb(db_file=file, on_unsaved="raise")).run("Which way?", session_id="s")


@tool(requires_confirmation=True)
def book(place: str) -> str:
    """Book a berth."""
    return f"{place} is booked"


def waiting(kind, db):
    """Something that waits for a person, and how that person agrees."""
    if kind != "workflow":
        return built(kind, db, tools=[book]), lambda output: output.active_requirements[0].confirm()
    review = HumanReview(requires_confirmation=True)
    step = Step(name="ask", agent=agent(), human_review=review)
    owner = Workflow(name="flow", steps=[step], db=db, telemetry=False)
    return owner, lambda output: output.step_requirements[0].confirm()


@KINDS
@four_ways
def test_a_run_that_waits_keeps_waiting_without_being_stored(kind, way, tmp_path):
    """Whoever has its output goes on with it; by its id nobody finds it, as in Agno."""
    file = refusing(str(tmp_path / "full.db"))
    owner, agree = waiting(kind, SqliteDb(db_file=file))
    with model(*[calls("book", place="Acle")] * (kind != "workflow"), "Done."):
        _, output = ran(way, owner, session_id="s")
        assert output.status == "PAUSED"
        with pytest.raises((RunNotFoundError, ValueError), match=output.run_id):
            owner.continue_run(run_id=output.run_id, session_id="s")
        agree(output)
        gone_on = owner.continue_run(output)
    assert (gone_on.status, gone_on.content) == ("COMPLETED", "Done.")
    assert stored(file) == ["before"]


@KINDS
@pytest.mark.parametrize("store", ["sqlite", "memory", "json"])
def test_a_run_in_another_users_session_fails_where_that_is_wanted(kind, store, tmp_path):
    made = {
        "sqlite": lambda **given: SqliteDb(db_file=str(tmp_path / "a.db"), **given),
        "memory": InMemoryDb,
        "json": lambda **given: JsonDb(db_path=str(tmp_path / "json"), **given),
    }[store]
    said = "Session 's' was not saved: it belongs to another user than 'al'."
    owner = built(kind, made(on_unsaved="raise"))
    with model("North.", "South."):
        owner.run("Which way?", session_id="s", user_id="jo")
        if kind == "workflow":
            with pytest.raises(StoreError, match=said):
                owner.run("Which way?", session_id="s", user_id="al")
            return
        output = owner.run("Which way?", session_id="s", user_id="al")
    assert (output.status, output.content) == ("ERROR", "South.")
    assert [run.user_id for run in owner.get_session("s").runs] == ["jo"]


@KINDS
async def test_a_run_in_the_background_begins_without_being_stored(kind, tmp_path, caplog):
    file = refusing(str(tmp_path / "full.db"))
    with model("North."):
        output = await built(kind, SqliteDb(db_file=file)).arun("Which way?", background=True, session_id="s")
        assert output.status == "PENDING"
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
    assert (output.status, output.content) == ("COMPLETED", "North.")
    assert caplog.text.count(f"Run {output.run_id!r} is not stored") == 3  # pending, at work, done
    assert stored(file) == ["before"]


@KINDS
async def test_a_run_in_the_background_does_not_begin_unstored_where_that_is_wanted(kind, tmp_path):
    db = SqliteDb(db_file=refusing(str(tmp_path / "full.db")), on_unsaved="raise")
    with model(), pytest.raises(StoreError, match="no berth is left"):
        await built(kind, db).arun("Which way?", background=True, session_id="s")


@four_ways
def test_a_run_is_made_anew_though_the_database_refuses_to_mark_the_old_one(way, tmp_path):
    file = str(tmp_path / "full.db")
    owner = agent(db=SqliteDb(db_file=file))
    with model("North.", "South."):
        _, output = ran("run", owner, session_id="s")
        refusing(file)
        _, again = continued_in(way, owner, None, run_id=output.run_id, session_id="s", regenerate=True)
    assert (again.status, again.content, again.regenerated_from) == ("COMPLETED", "South.", output.run_id)
    assert stored(file) == ["before", "s"]


@four_ways
def test_a_conflict_fails_a_run_where_that_is_wanted(way, tmp_path):
    """Nothing was refused then: two runs changed one key."""
    file = str(tmp_path / "both.db")

    def count(run_context):
        """Count."""
        with model("Counted."):
            agent(db=SqliteDb(db_file=file)).run("Two", session_id="s", session_state={"n": 2})
        run_context.session_state["n"] = 3

    owner = agent(db=SqliteDb(db_file=file, on_conflict="raise"), tools=[count], session_state={"n": 1})
    with model("Before.", calls("count"), "North."):
        owner.run("Begin", session_id="s")
        _, output = ran(way, owner, session_id="s")
    assert output.status == "ERROR"
    assert owner.get_session_state("s") == {"n": 2}


def test_a_model_is_not_asked_again_because_the_database_refused(tmp_path):
    owner = agent(db=SqliteDb(db_file=refusing(str(tmp_path / "full.db"))), retries=2, delay_between_retries=0)
    with model("North."):  # one reply only
        assert ran("run", owner, session_id="s")[1].status == "COMPLETED"


@KINDS
@pytest.mark.parametrize("way", ["run", "arun stream"])
def test_a_run_whose_session_cannot_be_read_does_not_begin(kind, way, tmp_path):
    file = tmp_path / "notes.db"
    file.write_text("not a database, whatever its name says\n" * 50)
    options = {} if kind == "workflow" else {"retries": 1, "delay_between_retries": 60}
    with model(), pytest.raises(StoreError, match="not a database"):
        ran(way, built(kind, SqliteDb(db_file=str(file)), **options), session_id="s")


@KINDS
@pytest.mark.parametrize("way", ["run", "arun stream"])
def test_a_database_of_another_layout_is_refused_loudly(kind, way, tmp_path):
    file = str(tmp_path / "old.db")
    changed(file, "CREATE TABLE agno_sessions (session_id TEXT PRIMARY KEY)")
    with model(), pytest.raises(MigrationRequiredError, match="session_data"):
        ran(way, built(kind, SqliteDb(db_file=file)), session_id="s")


@pytest.mark.parametrize("on_unsaved", ["report", "raise"])
def test_what_is_written_by_hand_and_refused_is_told_as_runs_are(tmp_path, monkeypatch, caplog, on_unsaved):
    db = SqliteDb(db_file=str(tmp_path / "s.db"), on_unsaved=on_unsaved)
    session = AgentSession(session_id="s1", agent_id="a", session_data={"session_state": {"n": 1}})
    session.runs = [RunOutput(run_id="r1", session_id="s1", agent_id="a")]
    db.upsert_session(session)
    db.upsert_run(run=session.runs[0], session_id="s1")
    one = Agent(id="a", db=db)

    def refuse(*_, **__):
        raise StoreError("no room")

    for method in ("upsert_session", "upsert_run", "save_run"):
        monkeypatch.setattr(db, method, refuse)
    writing = [
        lambda: one.save_session(session),
        lambda: one.fork_session(source_session_id="s1"),
        lambda: one.set_session_name("s1", session_name="x"),
        lambda: asyncio.run(one.aupdate_session_state({"n": 2}, session_id="s1")),
    ]
    for write in writing:
        caplog.clear()
        if on_unsaved == "raise":
            with pytest.raises(StoreError, match="no room"):
                write()
        else:
            write()
            assert "is not stored, its database refused it: no room" in caplog.text
