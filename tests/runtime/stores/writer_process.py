"""A process that runs on session `s1` over and over: loads it, changes the state, saves. Started by tests."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from kit_stores import agent_session, run

from wherry.db.base import SessionType

CLASSES = {
    "sqlite": ("wherry.db.sqlite", "SqliteDb"),
    "json": ("wherry.db.json", "JsonDb"),
    "postgres": ("wherry.db.postgres", "PostgresDb"),
    "redis": ("wherry.db.redis", "RedisDb"),
}


def main(kind: str, given: str, name: str, rounds: str) -> None:
    module, cls = CLASSES[kind]
    store = getattr(__import__(module, fromlist=[cls]), cls)(**json.loads(given))
    for number in range(int(rounds)):
        session = store.load_run_context("s1", SessionType.AGENT, "u1", 3)
        session = session or agent_session(session_data={"session_state": {"seen": {}}})
        state = session.session_data["session_state"]
        state[name] = state.get(name, 0) + 1
        state.setdefault("seen", {})[f"{name}-{number}"] = True
        metrics = session.session_data.setdefault("session_metrics", {"total_tokens": 0})
        metrics["total_tokens"] += 15
        store.save_run(session, run(number, run_id=f"{name}-{number}"))
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
