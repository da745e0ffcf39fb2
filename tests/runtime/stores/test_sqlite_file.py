"""What Wherry settles about a SQLite file: small pages in a new one, a log before it; files of others stay as made."""

import copy
import gc
import sqlite3
from contextlib import closing

import pytest

from wherry.core.errors import ConfigurationError
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.session import AgentSession


def kept(path):
    """A session through Wherry, and what the file says of itself afterwards."""
    db = SqliteDb(db_file=str(path))
    db.upsert_session(AgentSession(session_id="s", agent_id="ada", user_id="u"))
    found = db.get_session("s", user_id="u")
    db.close()
    with closing(sqlite3.connect(path)) as base:
        return found, {name: base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "journal_mode")}


def test_a_new_file_has_small_pages_and_a_log(tmp_path):
    found, said = kept(tmp_path / "new.db")
    assert found.session_id == "s"
    assert said == {"page_size": 512, "journal_mode": "wal"}


@pytest.mark.parametrize("size", [1024, 2048, 4096, 65536])
def test_a_file_that_is_there_keeps_its_pages(tmp_path, size):
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(f"PRAGMA page_size = {size}")
        base.execute("CREATE TABLE mine (id)")
    found, said = kept(path)
    assert found.session_id == "s"
    assert said["page_size"] == size


@pytest.mark.parametrize(("size", "pages"), [(None, 8192), (1024, 4096), (4096, 4000), (65536, 4000)])
def test_a_log_is_copied_when_it_has_4_megabytes_and_4000_pages(tmp_path, size, pages):
    path = tmp_path / "log.db"
    if size is not None:
        with closing(sqlite3.connect(path)) as base, base:
            base.execute(f"PRAGMA page_size = {size}")
            base.execute("CREATE TABLE mine (id)")
    db = SqliteDb(db_file=str(path))
    with db.file.lend() as connection:
        assert connection.execute("PRAGMA wal_autocheckpoint").fetchone()[0] == pages
    db.close()


def test_a_commit_waits_for_the_disk(tmp_path):
    """FULL, SQLite's default: what was acknowledged outlives a crash of the machine."""
    db = SqliteDb(db_file=str(tmp_path / "full.db"))
    with db.file.lend() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    db.close()


def mode_of(path):
    with closing(sqlite3.connect(path)) as base:
        return base.execute("PRAGMA journal_mode").fetchone()[0]


def test_an_engine_asked_of_a_database_writes_a_log_and_keeps_foreign_keys(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "engine.db"))
    assert db._get_table("sessions") is None
    with pytest.raises(ConfigurationError, match="agno_sessions"):
        db._create_table("other", "sessions")
    table = db._create_table("agno_sessions", "sessions")
    with db.Session() as session, session.begin():
        session.execute(table.insert().values(session_id="s", session_type="agent", created_at=1))
        assert session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert session.connection().exec_driver_sql("PRAGMA synchronous").scalar() == 2
    assert db.get_session("s").session_id == "s"
    db.db_engine.dispose()
    db.close()
    with SqliteDb(db_file=str(tmp_path / "fresh.db")).db_engine.connect():
        assert mode_of(tmp_path / "fresh.db") == "wal"


async def test_an_async_engine_does_so_too(tmp_path):
    db = AsyncSqliteDb(db_file=str(tmp_path / "engine.db"))
    async with db.db_engine.connect():
        assert mode_of(tmp_path / "engine.db") == "wal"
    assert await db._get_table("sessions") is None
    table = await db._get_table("sessions", create_table_if_not_found=True)
    assert {"session_id", "session_data"} <= set(table.c.keys())
    await db.db_engine.dispose()
    await db.close()


@pytest.mark.filterwarnings("error")
def test_a_database_that_cannot_be_copied_leaves_no_half_one_behind(tmp_path):
    with closing(SqliteDb(db_file=str(tmp_path / "t.db"))) as db:
        with pytest.raises(TypeError, match="pickle"):
            copy.deepcopy(db)
        gc.collect()
