"""A process that forks while a run's commit goes on in a thread; the child saves a run, too. Started by a test."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from kit_stores import agent_session, held_commit, run

from wherry.db.sqlite import SqliteDb


async def save(db: SqliteDb, name: str) -> None:
    await db.asave_run(agent_session(name), run(0, session_id=name, run_id=name))


def in_child(db: SqliteDb) -> None:
    """Save a run on a loop of the child's own."""
    signal.alarm(60)
    status = 1
    try:
        asyncio.events._set_running_loop(None)
        asyncio.run(save(db, "child"))
        status = 0
    finally:
        os._exit(status)


async def main(path: str) -> int:
    db = SqliteDb(db_file=path)
    await save(db, "first")
    writing, go_on = held_commit(db)
    parent = asyncio.create_task(save(db, "parent"))
    await asyncio.to_thread(writing.wait, 60)
    threading.Timer(0.5, go_on.set).start()
    child = os.fork()  # on the loop's own thread, in the middle of the commit
    if not child:
        in_child(db)
    await parent
    await save(db, "after")
    return child


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # threads and fork
    sys.exit(os.waitpid(asyncio.run(main(sys.argv[1])), 0)[1] != 0)
