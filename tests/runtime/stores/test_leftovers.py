"""A session that is deleted does not live on in what Agno's compaction, offloading and transcripts kept of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from urllib.parse import urlsplit, urlunsplit

import pytest
from kit_stores import agent_session
from kit_stores import run as saved

from .dual_steps import agent_run, run
from .platform_calls import asked
from .test_dual_run import numbers, places, wherry  # noqa: F401  fixtures, and what they need
from .test_evals_and_traces import opened

pytestmark = [pytest.mark.parity, pytest.mark.timeout(300)]

KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
HOLDERS = {
    "agno_sessions": "session_id",
    "agno_runs": "session_id",
    "agno_compactions": "session_id",
    "agno_transcripts": "agno_session_id",
    "agno_tool_results": "session_id",
}


def kept_by_agno(session_id):
    """Steps by which Agno keeps parts of a session in every one of its places."""
    fold = {"compaction_id": f"c-{session_id}", "session_id": session_id, "summary": "said", "created_at": 1000}
    entries = [{"uuid": f"e-{session_id}", "text": "word for word"}]
    framework = {"framework": "f", "project_key": "p", "session_id": session_id}
    return [
        run(agent_run(f"r-{session_id}", session_id=session_id), session={"session_id": session_id}),
        asked("upsert_compaction", row=fold),
        asked("append_transcript_entries", **framework, entries=entries, agno_session_id=session_id),
        {"do": "offload", "session_id": session_id, "output": "a long result\n" * 9},
    ]


def holding(kind, given):
    """How many rows each table holds by session, and how many texts of offloaded results there are."""
    if kind == "sqlite":
        with closing(sqlite3.connect(given["db_file"])) as connection:
            return counted(lambda sql: connection.execute(sql).fetchall(), "", "agno_fs")
    import psycopg

    with psycopg.connect(given["db_url"]) as connection:
        prefix = f"{given['db_schema']}."
        return counted(lambda sql: connection.execute(sql).fetchall(), prefix, "fs.agno_fs")


def counted(ask, prefix, texts):
    found = {
        table: dict(ask(f"SELECT {column}, COUNT(*) FROM {prefix}{table} GROUP BY {column}"))  # noqa: S608
        for table, column in HOLDERS.items()
    }
    return {**found, "texts": ask(f"SELECT COUNT(*) FROM {texts}")[0][0]}  # noqa: S608


@pytest.fixture
def crowded(request, agno, places):  # noqa: F811
    """A database of a kind in which Agno has kept three sessions; on Postgres one place for texts serves all."""

    def fill(kind):
        *_, given = places(kind)
        for session_id in ("s", "t", "u"):
            for step in kept_by_agno(session_id):
                agno(kind, given, step)
        assert holding(kind, given)["agno_compactions"] == {"s": 1, "t": 1, "u": 1}
        return given

    return fill


@pytest.mark.parametrize("way", ["one", "several"])
@pytest.mark.parametrize("kind", KINDS)
def test_deleting_leaves_what_agno_leaves(kind, way, agno, crowded):
    left = []
    for who in ("agno", "wherry"):
        given = crowded(kind)
        before = holding(kind, given)["texts"]
        if way == "one":
            step = asked("delete_session", session_id="s")
        else:
            step = asked("delete_sessions", session_ids=["s", "t", "gone"])
        if who == "agno":
            agno(kind, given, step)
        else:
            store = opened(kind, given)
            getattr(store, step["method"])(**step["given"])
            store.close()
        found = holding(kind, given)
        left.append({**found, "texts": before - found["texts"]})
    assert left[1] == left[0]
    assert all("s" not in left[1][table] and left[1][table]["u"] == 1 for table in HOLDERS)
    assert left[1]["texts"] == (1 if way == "one" else 2)


@pytest.mark.parametrize("kind", KINDS)
def test_of_another_users_session_nothing_is_deleted(kind, crowded):
    given = crowded(kind)
    before = holding(kind, given)
    store = opened(kind, given)
    assert store.delete_session("s", user_id="somebody else") is False
    store.delete_sessions(["s", "t"], user_id="somebody else")
    store.close()
    assert holding(kind, given) == before


def test_a_text_that_is_elsewhere_is_named(crowded, caplog):
    given = crowded("sqlite")
    with closing(sqlite3.connect(given["db_file"])) as connection:
        connection.execute("DELETE FROM agno_fs")
        connection.commit()
    store = opened("sqlite", given)
    assert store.delete_session("s") is True
    store.close()
    assert "1 of 1 offloaded results" in caplog.text
    assert holding("sqlite", given)["agno_tool_results"] == {"t": 1, "u": 1}


@pytest.fixture
def other_role(postgres_url):
    """Address of a role that may use the schema `mine` and not the schema `fs`, in which somebody keeps texts."""
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS fs")
        connection.execute("CREATE TABLE IF NOT EXISTS fs.agno_fs (namespace text, path text)")
        connection.execute("CREATE ROLE confined LOGIN PASSWORD 'confined'")
        connection.execute("CREATE SCHEMA mine AUTHORIZATION confined")
        parts = urlsplit(postgres_url)
        yield urlunsplit(parts._replace(netloc=f"confined:confined@{parts.netloc.rpartition('@')[2]}"))
        connection.execute("DROP OWNED BY confined")
        connection.execute("DROP ROLE confined")


@pytest.mark.postgres
def test_texts_of_another_application_do_not_stop_a_deletion(other_role):
    from wherry.db.postgres import PostgresDb

    store = PostgresDb(db_url=other_role, db_schema="mine", create_schema=False)
    store.save_run(agent_session("s"), saved(0, session_id="s"))
    assert store.delete_session("s") is True
    assert store.get_session("s") is None
    store.close()
