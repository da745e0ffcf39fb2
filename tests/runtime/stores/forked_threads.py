"""A process that forks while another thread saves a run; the child saves a run, too. Started by a test."""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from kit_stores import agent_session, held_commit, run

from wherry.db.sqlite import SqliteDb


def save(db: SqliteDb, name: str) -> None:
    db.save_run(agent_session(name), run(0, session_id=name, run_id=name))


def main(path: str) -> int:
    db = SqliteDb(db_file=path)
    save(db, "first")
    writing, go_on = held_commit(db)
    parent = threading.Thread(target=save, args=(db, "parent"))
    parent.start()
    writing.wait(60)
    threading.Timer(0.2, go_on.set).start()
    child = os.fork()  # in the middle of the commit
    if not child:
        signal.alarm(60)
        try:
            save(db, "child")
        except BaseException:  # noqa: BLE001 - the child must not go on as the parent
            os._exit(1)
        os._exit(0)
    parent.join()
    save(db, "after")
    return child


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # threads and fork
    sys.exit(os.waitpid(main(sys.argv[1]), 0)[1] != 0)
