"""Databases that Agno 2.x made: runs inside the session's row. They are read, continued and never rewritten."""

from __future__ import annotations

import json
import sqlite3

import pytest
from kit_stores import changed, run, said

from wherry.core.errors import MigrationRequiredError
from wherry.db.base import SessionType
from wherry.db.schemas import UserMemory

from .conftest import REDIS
from .dual_steps import SESSIONS, agent_run
from .dual_steps import run as step
from .test_dual_run import rows_of, wherry

SQLITE_2X = """
CREATE TABLE agno_sessions (
  session_id VARCHAR NOT NULL, session_type VARCHAR NOT NULL, agent_id VARCHAR, team_id VARCHAR, workflow_id VARCHAR,
  user_id VARCHAR, session_data JSON, agent_data JSON, team_data JSON, workflow_data JSON, metadata JSON, runs JSON,
  summary JSON, created_at BIGINT NOT NULL, updated_at BIGINT, PRIMARY KEY (session_id))
"""
POSTGRES_2X = SQLITE_2X.replace("JSON", "JSONB")


def old_runs(count):
    return [agent_run(f"old{number}")["run"] for number in range(count)]


def sqlite_2x(path, runs, session_id="s1", user_id="u1"):
    """The file as Agno 2.9 writes it: JSON inside JSON strings."""
    twice = [json.dumps(json.dumps(value)) for value in ({"session_state": {"count": 1}}, {"name": "Ada"}, runs)]
    with sqlite3.connect(path) as connection:
        connection.execute(SQLITE_2X)
        connection.execute(
            "INSERT INTO agno_sessions VALUES "
            "(?, 'agent', 'ada', NULL, NULL, ?, ?, ?, NULL, NULL, 'null', ?, NULL, 1000, 1000)",
            (session_id, user_id, *twice),
        )
    connection.close()


def postgres_2x(url, schema, runs):
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(POSTGRES_2X.replace("agno_sessions", f"{schema}.agno_sessions"))
        connection.execute(
            f"INSERT INTO {schema}.agno_sessions VALUES "  # noqa: S608
            "('s1', 'agent', 'ada', NULL, NULL, 'u1', %s, %s, NULL, NULL, 'null', %s, NULL, 1000, 1000)",
            [json.dumps(value) for value in ({"session_state": {"count": 1}}, {"name": "Ada"}, runs)],
        )


def record_2x(runs):
    empty = dict.fromkeys(("team_id", "workflow_id", "team_data", "workflow_data", "summary", "metadata"))
    return {
        "session_id": "s1",
        "session_type": "agent",
        "agent_id": "ada",
        "user_id": "u1",
        "session_data": {"session_state": {"count": 1}},
        "agent_data": {"name": "Ada"},
        "created_at": 1000,
        "updated_at": 1000,
        "runs": runs,
        **empty,
    }


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres), "json", REDIS[0]])
def old_store(request, tmp_path, new_store):
    kind, runs = request.param, old_runs(4)
    if kind == "sqlite":
        sqlite_2x(tmp_path / "old.db", runs)
    elif kind == "postgres":
        postgres_2x(request.getfixturevalue("postgres_url"), "s_old", runs)
    elif kind == "json":
        (tmp_path / "old").mkdir()
        (tmp_path / "old" / "agno_sessions.json").write_text(json.dumps([record_2x(runs)]))
    else:
        import redis

        with redis.Redis.from_url(request.getfixturevalue("redis_url")) as client:
            client.set("p_old:sessions:s1", json.dumps(record_2x(runs)))
            for key in client.scan_iter("p_old:runs:*"):
                client.delete(key)
    yield new_store(kind, where="old")
    if kind == "postgres":
        drop_schema(request.getfixturevalue("postgres_url"), "s_old")


def drop_schema(url, schema):
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


def test_an_old_session_is_read_with_its_runs(old_store):
    session = old_store.get_session("s1")
    assert session.session_data == {"session_state": {"count": 1}}
    assert session.agent_data == {"name": "Ada"}
    assert [item.run_id for item in session.runs] == ["old0", "old1", "old2", "old3"]
    assert [item.run_id for item in old_store.get_session("s1", runs_limit=2).runs] == ["old2", "old3"]
    assert [item.run_id for item in old_store.get_sessions()[0].runs] == ["old0", "old1", "old2", "old3"]


def test_an_old_session_goes_on_and_keeps_its_order(old_store):
    session = old_store.load_run_context("s1", SessionType.AGENT, "u1", 2)
    assert said(session.get_messages(last_n_runs=1)) == ["question old3", "answer old3"]
    session.session_data["session_state"]["count"] = 2
    old_store.save_run(session, run(0))
    again = old_store.load_run_context("s1", SessionType.AGENT, "u1", 2)
    assert said(again.get_messages(last_n_runs=2)) == ["question old3", "answer old3", "question 0", "answer 0 é"]
    assert [item.run_id for item in again.runs] == ["old0", "old1", "old2", "old3", "r0"]
    assert again.session_data["session_state"] == {"count": 2}
    rows, _ = old_store.get_runs(session_id="s1", deserialize=False)
    assert [(row["run_id"], row["run_index"]) for row in rows] == [("r0", 4)]


def test_two_runs_on_an_old_session_are_merged(old_store):
    first = old_store.load_run_context("s1", SessionType.AGENT, "u1", 2)
    second = old_store.load_run_context("s1", SessionType.AGENT, "u1", 2)
    first.session_data["session_state"]["a"] = 1
    old_store.save_run(first, run(0))
    second.session_data["session_state"]["b"] = 2
    assert old_store.save_run(second, run(1)).conflicts == []
    kept = old_store.get_session("s1")
    assert kept.session_data["session_state"] == {"count": 1, "a": 1, "b": 2}
    assert [item.run_id for item in kept.runs][-2:] == ["r0", "r1"]


def test_an_old_run_that_is_saved_again_is_taken_from_its_row(old_store):
    session = old_store.load_run_context("s1", SessionType.AGENT, "u1", 2)
    old_store.save_run(session, run(0, run_id="old1", content_type="new"))
    runs = old_store.get_session("s1").runs
    assert [item.run_id for item in runs] == ["old0", "old1", "old2", "old3"]
    assert runs[1].content_type == "new"


def test_deleted_runs_do_not_come_back_from_the_old_row(old_store):
    session = old_store.load_run_context("s1", SessionType.AGENT, "u1", 2)
    old_store.save_run(session, run(0, run_id="old1"), run(1))
    old_store.delete_runs(["old1", "r1"])
    assert [item.run_id for item in old_store.get_session("s1").runs] == ["old0", "old2", "old3"]


def test_renaming_an_old_session_keeps_its_runs(old_store):
    renamed = old_store.rename_session("s1", SessionType.AGENT, "Old talk")
    assert [item.run_id for item in renamed.runs] == ["old0", "old1", "old2", "old3"]
    assert renamed.session_data["session_state"] == {"count": 1}


def test_a_table_that_lacks_columns_is_refused_with_the_command_that_migrates_it(tmp_path, new_store):
    with sqlite3.connect(tmp_path / "older.db") as connection:
        connection.execute("CREATE TABLE agno_sessions (session_id VARCHAR PRIMARY KEY, memory JSON)")
    connection.close()
    store = new_store("sqlite", where="older")
    with pytest.raises(MigrationRequiredError, match=r"MigrationManager\(db\)\.up\(\)"):
        store.get_session("s1")
    with pytest.raises(MigrationRequiredError, match="agno_sessions"):
        store.load_run_context("s1", SessionType.AGENT, "u1", 3)


@pytest.mark.parametrize("kind", ["sqlite", "async_sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_older_tables_that_a_run_does_not_need_do_not_stop_it(kind, tmp_path, new_store, request):
    """As Agno 2.9 leaves them: knowledge, evals and metrics have no user_id."""
    others = [
        f"CREATE TABLE {{}}agno_{name} (id VARCHAR PRIMARY KEY)" for name in ("knowledge", "eval_runs", "metrics")
    ]
    if kind == "postgres":
        import psycopg

        url = request.getfixturevalue("postgres_url")
        postgres_2x(url, "s_others", old_runs(2))
        request.addfinalizer(lambda: drop_schema(url, "s_others"))
        with psycopg.connect(url, autocommit=True) as connection:
            for sql in others:
                connection.execute(sql.format("s_others."))
    else:
        sqlite_2x(tmp_path / "others.db", old_runs(2))
        changed(tmp_path / "others.db", *(sql.format("") for sql in others))
    store = new_store(kind, where="others")
    session = store.load_run_context("s1", SessionType.AGENT, "u1", 2)
    store.save_run(session, run(0))
    store.upsert_user_memory(UserMemory(memory="Sails on Sundays.", memory_id="m1", user_id="u1"))
    assert [one.memory_id for one in store.get_user_memories(user_id="u1")] == ["m1"]
    assert [one.run_id for one in store.get_session("s1").runs] == ["old0", "old1", "r0"]
    for table, needed in {
        "agno_knowledge": store.get_knowledge_contents,
        "agno_eval_runs": store.get_eval_runs,
        "agno_metrics": store.calculate_metrics,
    }.items():
        with pytest.raises(MigrationRequiredError, match=rf"{table}.*user_id.*MigrationManager"):
            needed()
    assert store.delete_session("s1")


@pytest.mark.parity
@pytest.mark.parametrize("turns", ["aw", "wa", "ww"])
def test_both_runtimes_go_on_alike_in_an_old_file(turns, tmp_path, agno):
    places = [{"db_file": str(tmp_path / name)} for name in ("alone.db", "shared.db")]
    for given in places:
        sqlite_2x(given["db_file"], old_runs(3), session_id="s")
    first = {**SESSIONS["agent"], "user_id": "u1"}
    story = [step(agent_run("new1"), session=first, state={"n": 1}), step(agent_run("new2"), session=first)]
    for part, turn in zip(story, turns, strict=True):
        agno("sqlite", places[0], part)
        (agno if turn == "a" else wherry)("sqlite", places[1], part)
    assert rows_of("sqlite", places[1]) == rows_of("sqlite", places[0])
    for given in places:
        agno("sqlite", given, {"do": "close"})


def test_an_old_session_without_runs_is_as_good_as_a_new_one(tmp_path, new_store):
    sqlite_2x(tmp_path / "empty.db", None)
    store = new_store("sqlite", where="empty")
    for number in range(3):
        session = store.load_run_context("s1", SessionType.AGENT, "u1", 2)
        store.save_run(session, run(number))
    again = store.load_run_context("s1", SessionType.AGENT, "u1", 2)
    assert said(again.get_messages(last_n_runs=2)) == ["question 1", "answer 1 é", "question 2", "answer 2 é"]
    assert [item.run_id for item in again.runs] == ["r0", "r1", "r2"]
