"""What a run does whose database refuses it: it keeps its answer and logs it, or fails where that is wanted."""

import logging
import sqlite3
from contextlib import closing

import pytest
from agent_kit import agent, calls, chat, four_ways, model, named, ran

from wherry.core.errors import MigrationRequiredError, StoreError
from wherry.db.sqlite import SqliteDb
from wherry.team import Team
from wherry.tools import tool
from wherry.workflow import Step, Workflow

KINDS = pytest.mark.parametrize("kind", ["agent", "team", "workflow"])


def built(kind, db, **options):
    if kind == "agent":
        return agent(db=db, **options)
    if kind == "team":
        return Team(model=chat(), members=[agent(name="Mate")], db=db, telemetry=False, **options)
    return Workflow(name="flow", steps=[Step(name="ask", agent=agent())], db=db, telemetry=False, **options)


def changed(file, *statements):
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


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


def test_a_run_that_waits_keeps_waiting_without_being_stored(tmp_path):
    book = tool(requires_confirmation=True)(lambda place: f"{place} is booked")
    book.name = "book"
    owner = agent(db=SqliteDb(db_file=refusing(str(tmp_path / "full.db"))), tools=[book])
    with model(calls("book", place="Acle"), "Done."):
        _, output = ran("run", owner, session_id="s")
        assert output.status == "PAUSED"
        output.active_requirements[0].confirm()
        assert owner.continue_run(output).content == "Done."


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
