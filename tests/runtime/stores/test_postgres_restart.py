"""A real server that is stopped and started: between runs, during one, and while nobody starts it again."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from pathlib import Path

import pytest
from agent_kit import agent, calls, model

from wherry.core.errors import StoreError
from wherry.db.postgres import AsyncPostgresDb, PostgresDb
from wherry.stores import postgres_pools
from wherry_portal.postgres import start_postgres

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server():
    folder = Path(tempfile.mkdtemp(prefix="wherry-pg-"))
    started = start_postgres(folder / "data")
    yield started
    started.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("way", ["run", "arun of the async class"])
def test_runs_go_on_after_a_restart_and_fail_clearly_without_a_server(way, server, monkeypatch, caplog):
    monkeypatch.setattr(postgres_pools, "WAIT_SECONDS", 5.0)
    cls = PostgresDb if "class" not in way else AsyncPostgresDb

    def restart() -> str:
        """Restart the database."""
        server.stop()
        server.start()
        return "Started."

    def stop() -> str:
        """Stop the database."""
        server.stop()
        return "Stopped."

    async def main():
        db = cls(db_url=server.get_uri(), db_schema=f"s_{way.replace(' ', '_')}")
        owner = agent(db=db, tools=[restart, stop])

        async def go(said):
            answered = owner.run(said, session_id="s") if way == "run" else owner.arun(said, session_id="s")
            output = await answered if asyncio.iscoroutine(answered) else answered
            assert output.status == "COMPLETED", output.content

        with model("One.", "Two.", calls("restart"), "Three.", calls("stop"), "Four.", "Five."):
            await go("Begin")
            restart()
            await go("After a restart")
            await go("Restart yourself")
            monkeypatch.setattr(postgres_pools, "WAIT_SECONDS", 0.3)
            await (db.aclose() if cls is PostgresDb else db.close())  # the next pool waits as long
            with caplog.at_level(logging.ERROR, logger="wherry"):
                await go("Stop yourself")
            with pytest.raises(StoreError, match=r"within 0\.3 seconds") as refused:
                await go("Nobody there")
            server.start()
            monkeypatch.setattr(postgres_pools, "WAIT_SECONDS", 5.0)
            await (db.aclose() if cls is PostgresDb else db.close())
            await go("There again")
        assert "is not stored" in caplog.text
        assert "Runs go on by themselves" in str(refused.value)
        found = db.get_session("s")
        session = await found if asyncio.iscoroutine(found) else found
        assert len(session.runs) == 4
        await (db.aclose() if cls is PostgresDb else db.close())

    asyncio.run(main())
