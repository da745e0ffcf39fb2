"""A process that saves runs of many sessions at once in one event loop until it is killed. Started by tests.

It prints a session and a run once the run is committed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from kit_stores import agent_session, run

from wherry.db.base import SessionType
from wherry.db.sqlite import SqliteDb

LANES = 10


async def lane(store: SqliteDb, session_id: str, name: str) -> None:
    number = 0
    while True:
        session = await store.aload_run_context(session_id, SessionType.AGENT, "u1", 3)
        session = session or agent_session(session_id, session_data={"session_state": {"runs": 0}})
        session.session_data["session_state"]["runs"] += 1
        made = run(number, session_id=session_id, run_id=f"{name}-{session_id}-{number}")
        await store.asave_run(session, made)
        sys.stdout.write(f"{session_id} {made.run_id}\n")
        sys.stdout.flush()
        number += 1


async def main(given: str, name: str) -> None:
    store = SqliteDb(**json.loads(given))
    await asyncio.gather(*(lane(store, f"s{number}", name) for number in range(LANES)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
