"""A process that saves runs until it is killed; it prints the id of each run once it is committed. Started by tests."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from kit_stores import agent_session, run
from writer_process import CLASSES

from wherry.db.base import SessionType


def main(kind: str, given: str, name: str, session_id: str) -> None:
    module, cls = CLASSES[kind]
    store = getattr(__import__(module, fromlist=[cls]), cls)(**json.loads(given))
    number = 0
    while True:
        session = store.load_run_context(session_id, SessionType.AGENT, "u1", 3)
        session = session or agent_session(session_id, session_data={"session_state": {"runs": 0}})
        session.session_data["session_state"]["runs"] += 1
        made = run(number, session_id=session_id, run_id=f"{name}-{number}", content_type="x" * 2000)
        store.save_run(session, made)
        sys.stdout.write(f"{made.run_id}\n")
        sys.stdout.flush()
        number += 1


if __name__ == "__main__":
    main(*sys.argv[1:])
