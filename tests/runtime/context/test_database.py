"""A database as a source: asked and changed in words, and not changed by a question, whatever that says."""

import asyncio
import json
import sqlite3
import sys
import threading

import pytest
from agent_kit import agent, calls, chat, model, named, ran, system_text
from servers import postgres

from wherry.context import ContextMode, Status
from wherry.context.database import DatabaseContextProvider
from wherry.core.errors import ConfigurationError
from wherry.tools.sql import SQLTools
from wherry.tools.sql.reading import ReadingSQLTools, check_asks

sqlalchemy = pytest.importorskip("sqlalchemy")
async_ways = pytest.mark.parametrize("way", ["arun", "arun stream"])
BOATS = "SELECT name FROM boats ORDER BY id"


def filled(engine):
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE boats (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL)"))
        connection.execute(sqlalchemy.text("INSERT INTO boats VALUES (1, 'Albion'), (2, 'Maud')"))
    return engine


def boats(engine):
    with engine.connect() as connection:
        return [name for (name,) in connection.execute(sqlalchemy.text(BOATS))]


@pytest.fixture
def engine(tmp_path):
    made = filled(sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'boats.db'}"))
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def served():
    """A Postgres with the same table."""
    with postgres() as url:
        made = filled(sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1)))
        yield made
        made.dispose()


def source(engine, **options):
    options = {"id": "boats", "model": chat("gpt-5-nano"), **options}
    return DatabaseContextProvider(sql_engine=engine, readonly_engine=engine, **options)


@async_ways
def test_a_database_is_changed_and_then_asked_in_words(way, engine):
    made = source(engine)
    script = [
        calls("update_boats", instruction="Add Hathor."),
        {"tool_calls": [{"name": "list_tables"}, {"name": "describe_table", "arguments": {"table_name": "boats"}}]},
        calls("run_sql_query", query="INSERT INTO boats VALUES (3, 'Hathor')"),
        "Hathor is in.",
        calls("query_boats", question="Which are there?"),
        calls("run_sql_query", query=BOATS, limit=2),
        "Albion and Maud, and more.",
        "Three.",
    ]
    with model(*script) as server:
        events, output = ran(way, agent(tools=made.get_tools(), instructions=made.instructions()), user_id="u-1")
        assert "`query_boats(question)`" in system_text(server)
        listed, described = [text for _, text in server.requests[2].turns[-2:]]
        assert json.loads(listed) == ["boats"]
        assert json.loads(described)[1] == {"name": "name", "type": "VARCHAR(20)", "nullable": False, "default": None}
        assert server.requests[3].turns[-1][1] == "[]"
        assert json.loads(server.requests[6].turns[-1][1]) == [{"name": "Albion"}, {"name": "Maud"}]
    assert [one.result for one in output.tools] == ["Hathor is in.", "Albion and Maud, and more."]
    assert boats(engine) == ["Albion", "Maud", "Hathor"]
    if "stream" in way:
        inner = [event for event in events if event.run_id != output.run_id]
        assert {event.agent_id for event in inner} == {"boats-read", "boats-write"}
        assert named(inner, "ToolCallCompleted")


@async_ways
def test_the_reading_agent_changes_nothing_with_an_engine_that_may(way, engine):
    script = [
        calls("query_boats", question="Delete all."),
        calls("run_sql_query", query="DELETE FROM boats"),
        calls("run_sql_query", query="WITH one AS (SELECT 1) DELETE FROM boats"),
        "I cannot.",
        "No.",
    ]
    with model(*script) as server:
        ran(way, agent(tools=source(engine, stream_sub_agent_events=False).get_tools()))
        assert "'delete' does more than ask" in server.requests[2].turns[-1][1]
        assert "readonly database" in server.requests[3].turns[-1][1]
    assert boats(engine) == ["Albion", "Maud"]


SQLITE_WRITES = [
    "WITH one AS (SELECT 1) INSERT INTO boats VALUES (9, 'x')",
    "/* a question */ -- truly\n WITH one AS (SELECT 1) UPDATE boats SET name = 'x'",
    "PRAGMA user_version = 5",
    "PRAGMA journal_mode = WAL",
    "PRAGMA writable_schema = ON",
    "EXPLAIN QUERY PLAN SELECT 1; DROP TABLE boats",
    "PRAGMA query_only = 0",
    "PRAGMA table_info(boats); DROP TABLE boats",
    "PRAGMA incremental_vacuum",
    "SELECT 1; DROP TABLE boats",
    "SELECT load_extension('evil')",
    "ATTACH DATABASE 'other.db' AS other",
    "VACUUM INTO 'copy.db'",
    "CREATE TEMP TABLE t (id INTEGER)",
    "REPLACE INTO boats VALUES (1, 'x')",
    "(DELETE FROM boats)",
    "",
    "; DROP TABLE boats",
]


@pytest.mark.parametrize("statement", SQLITE_WRITES)
def test_no_statement_changes_a_sqlite_database_that_is_asked(engine, statement, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kit = ReadingSQLTools(db_engine=engine)
    assert kit.run_sql_query(statement).startswith("Error running the query")
    assert boats(engine) == ["Albion", "Maud"]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["boats.db"]
    with engine.connect() as connection:
        told = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("user_version", "journal_mode")]
    assert told == [0, "delete"]


def test_questions_of_every_kind_are_answered_and_the_engine_writes_again_afterwards(engine):
    kit = ReadingSQLTools(db_engine=engine)
    assert json.loads(kit.run_sql_query("select count(*) AS n from boats")) == [{"n": 2}]
    assert json.loads(kit.run_sql_query("  -- how many\n(SELECT 1 AS one)".replace("(", " ").replace(")", ""))) == [
        {"one": 1}
    ]
    assert json.loads(kit.run_sql_query("VALUES (1), (2)", limit=None)) == [{"column1": 1}, {"column1": 2}]
    assert json.loads(kit.run_sql_query("PRAGMA table_info(boats)"))[0]["name"] == "id"
    assert json.loads(kit.run_sql_query("EXPLAIN QUERY PLAN SELECT * FROM boats"))[0]["detail"]
    assert json.loads(kit.run_sql_query(BOATS, limit=0)) == []
    counting = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT upper(i) AS i FROM n"
    assert json.loads(kit.run_sql_query(counting)) == [{"i": "1"}, {"i": "2"}, {"i": "3"}]
    assert SQLTools(db_engine=engine).run_sql_query("INSERT INTO boats VALUES (3, 'Hathor')") == "[]"
    assert boats(engine) == ["Albion", "Maud", "Hathor"]


POSTGRES_WRITES = [
    "DELETE FROM boats",
    "WITH gone AS (DELETE FROM boats RETURNING name) SELECT * FROM gone",
    "SELECT 1; COMMIT; DELETE FROM boats",
    "SELECT 1; SET TRANSACTION READ WRITE; DELETE FROM boats",
    "SELECT * INTO copies FROM boats",
    "EXPLAIN ANALYZE DELETE FROM boats",
    "/* a /* b */ SELECT */ DELETE FROM boats",
    "SELECT set_config('transaction_read_only', 'off', false), lo_create(0)",
    "SELECT lo_create(0)",
    "TABLE boats; TRUNCATE boats",
]


@pytest.mark.parametrize("statement", POSTGRES_WRITES)
@pytest.mark.parametrize("level", [None, "AUTOCOMMIT"])
def test_no_statement_changes_a_postgres_database_that_is_asked(served, statement, level):
    asked = served.execution_options(isolation_level=level) if level else served
    kit = ReadingSQLTools(db_engine=asked)
    assert kit.run_sql_query(statement).startswith("Error running the query"), statement
    assert json.loads(kit.run_sql_query(BOATS)) == [{"name": "Albion"}, {"name": "Maud"}]
    assert json.loads(kit.list_tables()) == ["boats"]


def test_a_postgres_database_is_writable_after_it_was_asked(served):
    kit = SQLTools(db_engine=served, schema="public")
    assert json.loads(ReadingSQLTools(db_engine=served).run_sql_query("SELECT 1 AS one")) == [{"one": 1}]
    assert kit.run_sql_query("INSERT INTO boats VALUES (3, 'Hathor')") == "[]"
    assert kit.run_sql_query("DELETE FROM boats WHERE id = 3") == "[]"
    assert json.loads(kit.describe_table("boats"))[0]["name"] == "id"
    made = source(served, schema="public")
    assert made.status() == asyncio.run(made.astatus()) == Status(ok=True, detail="1 table(s) in public")
    assert "the schema `public`" in made.instructions()


@pytest.mark.parametrize("dialect", ["mysql", "mssql", "oracle"])
def test_other_databases_get_only_what_looks_like_one_question(dialect):
    check_asks("SELECT * FROM boats;\n", dialect)
    for statement in (
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT 1 /*! INTO DUMPFILE 'x' */",
        "SELECT 1 /*!50001INTO DUMPFILE 'x' */",
        "SELECT 1; DROP TABLE t",
        "CALL p()",
    ):
        with pytest.raises(PermissionError):
            check_asks(statement, dialect)


def test_questions_that_share_a_connection_leave_it_as_it_was():
    """Otherwise the second one finds what the first has set for itself, and sets that again when both are done."""
    pooled = {"poolclass": sqlalchemy.pool.StaticPool, "connect_args": {"check_same_thread": False}}
    shared = filled(sqlalchemy.create_engine("sqlite://", **pooled))
    first, second = threading.Event(), threading.Event()

    @sqlalchemy.event.listens_for(shared, "after_cursor_execute")
    def wait(_connection, _cursor, statement, *_):
        if statement == "SELECT 1":
            first.set()
            second.wait(0.3)  # for the other one to be at it as well, which it must not be
        elif statement == "SELECT 2":
            second.set()
            threads[0].join(60)

    threads = [
        threading.Thread(target=ReadingSQLTools(db_engine=shared).run_sql_query, args=(f"SELECT {number}",))
        for number in (1, 2)
    ]
    threads[0].start()
    assert first.wait(60)
    threads[1].start()
    for one in threads:
        one.join()
    with shared.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA query_only").scalar() == 0
    shared.dispose()


def test_many_comments_keep_nobody_waiting():
    check_asks("/**/" * 5000 + "SELECT 1", "sqlite")
    with pytest.raises(PermissionError):
        check_asks("/**/" * 5000 + "1", "sqlite")


def test_an_engine_that_only_asks_goes_on_doing_so(engine):
    @sqlalchemy.event.listens_for(engine, "connect")
    def only_asking(connection, _record):
        connection.execute("PRAGMA query_only = 1")

    engine.dispose()
    assert json.loads(ReadingSQLTools(db_engine=engine).run_sql_query("SELECT 1 AS one")) == [{"one": 1}]
    assert "readonly" in SQLTools(db_engine=engine).run_sql_query("DELETE FROM boats")


def test_the_modes_of_a_database(engine):
    def names(**options):
        return [one.name for one in source(engine, **options).get_tools()]

    assert names() == ["query_boats", "update_boats"]
    assert names(write=False) == ["query_boats"]
    assert names(read=False) == ["update_boats"]
    assert names(mode=ContextMode.agent) == ["query_boats"]
    (kit,) = source(engine, mode=ContextMode.tools).get_tools()
    assert sorted(kit.functions) == ["describe_table", "list_tables", "run_sql_query"]
    assert kit.run_sql_query("DELETE FROM boats").startswith("Error")
    assert "You cannot change it" in source(engine, mode=ContextMode.tools).instructions()
    assert "`update_boats" not in source(engine, write=False).instructions()


def test_a_database_is_asked_and_changed_without_another_agent(engine):
    made = source(
        engine, schema="main", write_tools=[], read_instructions="Ask {schema}.", write_instructions="Fill {schema}."
    )
    with model("Two.", "Done.", "Three.", "Done again.") as server:
        assert made.query("How many?").text == "Two."
        assert made.update("Add one.").text == "Done."
        assert asyncio.run(made.aquery("How many?")).text == "Three."
        assert asyncio.run(made.aupdate("Add one.")).text == "Done again."
        assert "Ask main." in system_text(server)
        assert "Fill main." in system_text(server, 1)
        assert "tools" not in server.requests[1].body


def test_a_database_that_does_not_answer_is_a_status(tmp_path, engine):
    assert source(engine).status() == Status(ok=True, detail="connected")
    gone = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'no' / 'boats.db'}")
    assert source(gone).status().detail.startswith("OperationalError")
    assert SQLTools(db_engine=gone).list_tables().startswith("Error listing tables")
    assert SQLTools(db_engine=engine).describe_table("absent").startswith("Error describing the table")


def test_sql_tools_find_their_database_by_an_address_or_its_parts(tmp_path, monkeypatch):
    sqlite3.connect(tmp_path / "boats.db").close()
    kit = SQLTools(f"sqlite:///{tmp_path / 'boats.db'}", tables={"boats": "all"}, enable_run_sql_query=False)
    assert kit.list_tables() == '{"boats": "all"}'
    assert sorted(kit.functions) == ["describe_table", "list_tables"]
    kit.db_engine.dispose()
    parts = SQLTools(user="u", password="p", host="h", port=1, schema="d", dialect="postgresql+psycopg")
    assert parts.db_engine.url.render_as_string() == "postgresql+psycopg://u:***@h:1/d"
    with pytest.raises(ValueError, match="knows no database"):
        SQLTools(user="u")
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(ConfigurationError, match="pip install sqlalchemy"):
        SQLTools("sqlite://")
