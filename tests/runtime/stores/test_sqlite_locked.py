"""A SQLite file that another process writes to: an event loop goes on meanwhile, and what waited is stored."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from agent_kit import agent, model
from kit_stores import agent_session, run

from wherry.core.errors import StoreError
from wherry.db.sqlite import AsyncSqliteDb
from wherry.stores import sqlite_waiting


@pytest.fixture
def file(tmp_path):
    return str(tmp_path / "locked.db")


@pytest.fixture
async def db(file):
    db = AsyncSqliteDb(db_file=file)
    await db.upsert_session(agent_session("before"))
    yield db
    await db.close()


def locked(file):
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return closing(other)


async def until(condition):
    for _ in range(6000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise TimeoutError("nothing came of it")


async def asked(owner, way, session_id):
    if way == "arun":
        return await owner.arun("Which way?", session_id=session_id)
    items = [item async for item in owner.arun("Which way?", session_id=session_id, stream=True, yield_run_output=True)]
    return items[-1]


@pytest.mark.parametrize("way", ["arun", "arun stream"])
@pytest.mark.parametrize("runs", [1, 3])
async def test_runs_wait_for_another_process_and_hold_up_nobody(db, file, way, runs):
    """The lock is let go by the loop itself: one that stood still would wait in vain."""
    with locked(file) as other, model(*["North."] * runs) as server:
        owner = agent(db=db)
        going = [asyncio.create_task(asked(owner, way, f"s{number}")) for number in range(runs)]
        await until(lambda: len(server.requests) == runs)
        for _ in range(20):
            await asyncio.sleep(0.005)
        assert not any(task.done() for task in going)
        other.execute("COMMIT")
        outputs = await asyncio.gather(*going)
    assert [output.status for output in outputs] == ["COMPLETED"] * runs
    for number in range(runs):
        assert [kept.content for kept in (await db.get_session(f"s{number}")).runs] == ["North."]


async def test_so_do_single_statements_and_transactions_of_other_kinds(db, file):
    with locked(file) as other:
        changing = [
            asyncio.create_task(db.upsert_session(agent_session("s1"))),
            asyncio.create_task(db.rename_session("before", "agent", "Quay")),
        ]
        assert (await db.get_session("before")).session_id == "before"  # reading waits for nobody
        await asyncio.sleep(0.02)
        assert not any(task.done() for task in changing)
        other.execute("COMMIT")
        await asyncio.gather(*changing)
    assert (await db.get_session("before")).session_data["session_name"] == "Quay"
    assert (await db.get_session("s1")).session_id == "s1"


@pytest.mark.parametrize("others", [0, 2])
async def test_a_file_that_stays_locked_is_an_error(db, file, monkeypatch, others):
    monkeypatch.setattr(sqlite_waiting, "BUSY_SECONDS", 0.05)
    with locked(file):
        saving = [db.save_run(agent_session(f"s{number}"), run(number, f"s{number}")) for number in range(others + 1)]
        for failed in await asyncio.gather(*saving, return_exceptions=True):
            assert isinstance(failed, StoreError)
            assert "locked" in str(failed)
    await db.save_run(agent_session("s0"), run(0, "s0"))
    assert len((await db.get_session("s0")).runs) == 1


async def test_a_run_that_is_given_up_while_it_waits_leaves_no_lock(db, file):
    with locked(file) as other:
        saving = asyncio.create_task(db.upsert_session(agent_session("s1")))
        await asyncio.sleep(0.02)
        saving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await saving
        other.execute("COMMIT")
        other.execute("BEGIN IMMEDIATE")
        other.execute("COMMIT")
    assert await db.get_session("s1") is None


async def test_runs_of_a_session_are_read_without_a_loop_too(db, file):
    await db.save_run(agent_session("s1"), run(0), run(1))
    session = await db.load_run_context("s1", "agent", None, 1)
    with locked(file):
        assert [kept.run_id for kept in session.runs] == ["r0", "r1"]


@pytest.mark.parametrize("way", ["arun", "arun stream"])
@pytest.mark.parametrize("stays", [False, True])
async def test_so_is_a_file_that_agno_made_and_another_process_holds_when_it_is_first_opened(
    file, way, stays, monkeypatch
):
    """Agno's files are not written ahead to a log; to switch one, nobody else may be reading."""
    async with asyncio.timeout(60):
        other = sqlite3.connect(file, isolation_level=None)
        with closing(other), model(*[] if stays else ["North."]):
            assert other.execute("PRAGMA journal_mode").fetchone() == ("delete",)
            other.execute("CREATE TABLE berths (place TEXT)")
            other.execute("BEGIN EXCLUSIVE")
            if stays:
                monkeypatch.setattr(sqlite_waiting, "BUSY_SECONDS", 0.05)
            db = AsyncSqliteDb(db_file=file)
            going = asyncio.create_task(asked(agent(db=db), way, "s"))
            for _ in range(20):
                await asyncio.sleep(0.005)
            if stays:
                with pytest.raises(StoreError, match="locked"):
                    await going
                return
            assert not going.done()
            other.execute("COMMIT")
            assert (await going).status == "COMPLETED"
            assert [kept.content for kept in (await db.get_session("s")).runs] == ["North."]
        with closing(sqlite3.connect(file)) as fresh:
            assert fresh.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        await db.close()
