"""kill -9 while a workflow runs, in any way: another process goes on with it, and no step that was finished runs again.

`WHERRY_KILLS=100` kills as often as the acceptance of workflows asks for; the suite does it twenty times.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from interrupted_workflow import STEPS, twelve_steps
from processes import loopback
from workflow_ways import WAYS, continue_in

from wherry.run.base import RunStatus

KILLS = int(os.environ.get("WHERRY_KILLS", "20"))
PROCESS = Path(__file__).parents[2] / "interrupted_workflow.py"
PAUSE = 0.01
EXPECTED = "5>6>7>8>9>10>11>12"  # the step after the parallel one starts a new count

pytestmark = [pytest.mark.timeout(120 + 15 * KILLS), pytest.mark.slow]


def started(folder, action, way="run"):
    command = [sys.executable, str(PROCESS), str(folder), str(PAUSE), action, way]
    # What is killed writes down no coverage: measuring it would only slow its start.
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=loopback())


def killed(folder, action, after, way="run"):
    """Start a process and kill it some time after it is ready."""
    with started(folder, action, way) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)


def journal(folder):
    path = folder / "journal"
    return path.read_text().splitlines() if path.exists() else []


def stored(folder):
    """The run as the database has it, or None."""
    return twelve_steps(folder, PAUSE).get_run_output(run_id="r", session_id="s")


def finished_names(run):
    results = run.step_results if run else []
    return [inner.step_name for result in results for inner in (result.steps or [result])]


def check_end(folder, saved, before):
    run = stored(folder)
    assert run.status == RunStatus.completed
    assert run.content == EXPECTED
    assert [result.step_name for result in run.step_results] == [f"s{number}" for number in range(1, STEPS + 1)]
    again = journal(folder)[len(before) :]
    repeated = [name for name in saved if f"begin {name}" in again]
    assert repeated == [], "a finished step ran again"
    session = twelve_steps(folder, PAUSE).get_session(session_id="s")
    done = session.session_data["session_state"]["done"]
    assert sorted(done) == sorted(finished_names(run)), "a step's change of the state is lost or counted twice"


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_workflow_goes_on_after_its_last_finished_step(tmp_path, number):
    chance, way = random.Random(number), WAYS[number % 4]
    killed(tmp_path, "run", chance.uniform(0.01, 0.45), way)
    run, before = stored(tmp_path), journal(tmp_path)
    if run is None:
        # Nothing was finished: there is no run to go on with, and it starts anew under the same id.
        twelve_steps(tmp_path, PAUSE).run("0", run_id="r", session_id="s")
    elif run.status == RunStatus.running:
        _, output = continue_in(way, twelve_steps(tmp_path, PAUSE), run_id="r", session_id="s")
        assert output.status == RunStatus.completed
    check_end(tmp_path, finished_names(run), before)


def test_a_workflow_survives_several_kills(tmp_path):
    killed(tmp_path, "run", 0.12)
    for _ in range(6):
        run = stored(tmp_path)
        if run is None or run.status != RunStatus.running:
            break
        killed(tmp_path, "continue", 0.06)
    run, before = stored(tmp_path), journal(tmp_path)
    assert run is not None
    if run.status == RunStatus.running:
        with started(tmp_path, "continue") as process:
            told = process.stdout.read().splitlines()
        assert told[-1] == f"COMPLETED {EXPECTED}"
    check_end(tmp_path, finished_names(run), before)


def test_a_run_that_is_still_running_here_is_not_continued(tmp_path):
    def meddle(_given):
        with pytest.raises(ValueError, match="is running in this process"):
            made.continue_run(run_id="r", session_id="s")
        return "still mine"

    made = twelve_steps(tmp_path, 0)
    made.steps[5] = meddle
    assert made.run("0", run_id="r", session_id="s").step_results[5].content == "still mine"


def test_only_a_resumable_workflow_stores_its_steps(tmp_path):
    made = twelve_steps(tmp_path, 0)
    made.resumable = False

    def look(_given):
        return str(stored(tmp_path))

    made.steps[5] = look
    assert made.run("0", run_id="r", session_id="s").step_results[5].content == "None"
