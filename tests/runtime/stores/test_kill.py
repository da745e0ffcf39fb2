"""kill -9 while runs are being saved: what was committed is there, what was not is not, and nothing is half there.

`WHERRY_KILLS=200` kills as often as the acceptance of the stores asks for; the suite does it a few times.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

KILLS = int(os.environ.get("WHERRY_KILLS", "8"))
WRITER = Path(__file__).with_name("killed_process.py")

pytestmark = pytest.mark.timeout(60 + 5 * KILLS)


def killed(kind, given, name, session_id, after):
    """Start a writer, kill it some time after its first commit; ids of the runs it had committed."""
    command = [sys.executable, str(WRITER), kind, json.dumps(given), name, session_id]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        told = [writer.stdout.readline()]
        time.sleep(after)
        writer.send_signal(signal.SIGKILL)
        told += writer.stdout.readlines()
        writer.wait(timeout=20)
    # The last line may be cut off; its run is committed or not, both are right.
    return [line.strip() for line in told if line.endswith("\n")]


def check(store, session_id, committed):
    row = store.get_session(session_id, deserialize=False)
    stored = [item["run_id"] for item in row["runs"]]
    assert set(committed) <= set(stored), "a committed run is lost"
    # State and run row are one transaction: a writer counts exactly the runs that are there.
    assert row["session_data"]["session_state"]["runs"] == len(stored)
    rows, total = store.get_runs(session_id=session_id, deserialize=False)
    assert sorted(item["run_index"] for item in rows) == list(range(total))
    for item in store.get_session(session_id).runs:
        assert [message.role for message in item.messages] == ["user", "assistant"]


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_no_committed_run_is_lost_and_no_row_is_half_written(kind, request, tmp_path, new_store):
    given = {
        "sqlite": lambda: {"db_file": str(tmp_path / "killed.db")},
        "postgres": lambda: {"db_url": request.getfixturevalue("postgres_url"), "db_schema": "s_killed"},
    }[kind]()
    chance = random.Random(20261122)
    store = new_store(kind, where="killed")
    committed = {}
    for number in range(KILLS):
        session_id = f"s{number // 4}"  # a session outlives several kills
        told = killed(kind, given, f"k{number}", session_id, chance.uniform(0.0, 0.25))
        committed.setdefault(session_id, []).extend(told)
        time.sleep(0.02)  # a server may still be finishing the statement of a client that is gone
        check(store, session_id, committed[session_id])
    assert len(store.get_sessions(include_runs=False)) == len(committed)
    if kind == "sqlite":
        with sqlite3.connect(given["db_file"]) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.close()
