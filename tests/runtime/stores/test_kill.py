"""kill -9 while runs are being saved: what was committed is there, what was not is not, and nothing is half there.

The first tests kill writers that do nothing but save, the last one kills agents at work: models, tools, history, the
four ways. `WHERRY_KILLS=200` kills as often as the acceptance of the stores asks for; the suite does it a few times.
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
from killed_agent import WAYS
from processes import loopback

from wherry.db.sqlite import SqliteDb
from wherry.testing import ReplayServer

KILLS = int(os.environ.get("WHERRY_KILLS", "8"))
AGENT_KILLS = int(os.environ.get("WHERRY_KILLS", "4"))  # one in each way
WRITER = Path(__file__).with_name("killed_process.py")
LANES = Path(__file__).with_name("killed_lanes.py")
AGENT = Path(__file__).parents[2] / "killed_agent.py"

pytestmark = pytest.mark.timeout(60 + 15 * KILLS)


def killed(after, program, *arguments, lines=1):
    """Start a program that writes, kill it some time after its first `lines` lines; the lines that it wrote."""
    command = [sys.executable, str(program), *arguments]
    # What is killed writes down no coverage: measuring it would only slow its start.
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=loopback()) as writer:
        told = [writer.stdout.readline() for _ in range(lines)]
        time.sleep(after)
        writer.send_signal(signal.SIGKILL)
        told += writer.stdout.readlines()
        writer.wait(timeout=60)
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


def address(kind, request, tmp_path, where):
    """Where the store is that `new_store(kind, where=where)` opens."""
    if kind == "sqlite":
        return {"db_file": str(tmp_path / f"{where}.db")}
    return {"db_url": request.getfixturevalue("postgres_url"), "db_schema": f"s_{where}"}


def check_file(path):
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_no_committed_run_is_lost_and_no_row_is_half_written(kind, request, tmp_path, new_store):
    given = address(kind, request, tmp_path, "killed")
    chance = random.Random(20261122)
    store = new_store(kind, where="killed")
    committed = {}
    for number in range(KILLS):
        session_id = f"s{number // 4}"  # a session outlives several kills
        told = killed(chance.uniform(0.0, 0.25), WRITER, kind, json.dumps(given), f"k{number}", session_id)
        committed.setdefault(session_id, []).extend(told)
        time.sleep(0.02)  # a server may still be finishing the statement of a client that is gone
        check(store, session_id, committed[session_id])
    assert len(store.get_sessions(include_runs=False)) == len(committed)
    if kind == "sqlite":
        check_file(given["db_file"])


def test_runs_that_share_a_transaction_are_all_there_once_they_are_acknowledged(tmp_path):
    path = tmp_path / "lanes.db"
    chance = random.Random(20261129)
    committed = {}
    for number in range(KILLS):
        # However slow the machine, it is killed after all sessions have had their turn.
        told = killed(chance.uniform(0.05, 0.3), LANES, json.dumps({"db_file": str(path)}), f"k{number}", lines=10)
        for line in told:
            session_id, run_id = line.split()
            committed.setdefault(session_id, []).append(run_id)
        assert len(committed) > 1, "no two sessions were saved at once"
        store = SqliteDb(db_file=str(path))
        for session_id, runs in committed.items():
            check(store, session_id, runs)
        store.close()
    check_file(path)


def answer(request):
    """A tool call, then a word about its result; a request with a call or a result that stands alone is refused."""
    roles = [role for role, _ in request.turns if role != "system"]
    whole = ["user", "assistant", "tool", "assistant"]
    past = len(roles) // 4 * 4
    if roles[:past] != whole * (past // 4) or roles[past:] not in (["user"], whole[:3]):
        return {"status": 400, "error": f"a history that is not well-formed: {roles}"}
    if roles[-1] == "user":
        return {"tool_calls": [{"name": "count", "arguments": {}}]}
    return f"It is {request.turns[-1][1]}."


def check_runs(store, session_id, committed):
    session = store.get_session(session_id)
    if session is None:
        assert committed == [], "the session of a committed run is lost"
        return
    assert set(committed) <= {run.run_id for run in session.runs}, "a committed run is lost"
    # What a run changed in the state and the run itself are one transaction.
    assert session.session_data["session_state"]["runs"] == len(session.runs)
    for number, run in enumerate(session.runs, 1):
        assert run.status == "COMPLETED", f"{run.run_id} is {run.status}: {run.content}"
        assert run.content == f"It is {number} so far."
        own = [message.role for message in run.messages if not message.from_history]
        assert own == ["user", "assistant", "tool", "assistant"]
        assert run.messages[-2].tool_call_id == run.messages[-3].tool_calls[0]["id"]


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_agents_killed_at_work_leave_whole_runs_and_others_go_on(kind, request, tmp_path, new_store):
    given = address(kind, request, tmp_path, "agents")
    chance = random.Random(345)
    store = new_store(kind, where="agents")
    committed = {}
    with ReplayServer([answer]) as server:
        for number in range(AGENT_KILLS):
            session_id = f"s{number // 4}"
            arguments = (kind, json.dumps(given), server.base_url, f"k{number}", session_id, WAYS[number % 4])
            # The first line says that the process is ready. However slow the machine, half are killed after a run.
            told = killed(chance.uniform(0.0, 0.25), AGENT, *arguments, lines=1 + number // 2 % 2)
            committed.setdefault(session_id, []).extend(told[1:])
            time.sleep(0.02)  # a server may still be finishing the statement of a client that is gone
            check_runs(store, session_id, committed[session_id])
    assert sum(map(len, committed.values())) >= AGENT_KILLS // 4, "nothing was committed that could be lost"
    if kind == "sqlite":
        check_file(given["db_file"])
