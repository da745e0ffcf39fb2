"""The process that runs example scripts: forks, limits, guards. Started without a runtime, so that it is quick."""

import json
import os
import subprocess
import sys
from datetime import datetime

import pytest

from wherry_portal.cookbook.runner import _wait, without_clock


@pytest.fixture
def run(tmp_path):
    """Run a script in the runner of a package that is not there."""

    def go(code, seconds=20):
        script = tmp_path / "script.py"
        script.write_text(code, "utf-8")
        (tmp_path / "work").mkdir(exist_ok=True)
        job = {"id": "x", "script": str(script), "folder": str(tmp_path / "work"), "seconds": seconds}
        done = subprocess.run(
            [sys.executable, "-m", "wherry_portal.cookbook.runner", "json"],
            input=json.dumps(job) + "\n" + json.dumps(job) + "\n",
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        ready, first, second = map(json.loads, done.stdout.splitlines())
        assert ready == {"ready": "json"}
        assert (first["exit"], first["output"]) == (second["exit"], second["output"])
        return first

    return go


def test_output_and_status_come_back(run):
    result = run("import sys\nprint('hi', __name__, sys.argv[1:])\n")
    assert (result["exit"], result["output"]) == (0, "hi __main__ []\n")


def test_the_minute_of_a_run_is_masked(run):
    now = "from datetime import datetime\nnow = f'{datetime.now():%Y-%m-%d %H:%M}'\n"
    assert run(f"{now}print({{'at': now}}, '2026-01-02 03:04')\n")["output"] == "{'at': '<time>'} 2026-01-02 03:04\n"


def test_only_the_minutes_of_a_run_are_masked():
    began = datetime(2026, 11, 29, 12, 59, 50).timestamp()  # noqa: DTZ001 - a script asks for the time of the machine
    said = "2026-11-29 12:58, 2026-11-29 12:59. 2026-11-29 13:00 2026-11-29 13:01 2026-11-29 12:59:51"
    shown = "2026-11-29 12:58, <time>. <time> 2026-11-29 13:01 2026-11-29 12:59:51"
    assert without_clock(said, began, began + 15) == shown


def test_an_exception_leaves_its_last_words(run):
    result = run("raise ValueError('no')\n")
    assert result["exit"] == 1
    assert result["error"].endswith("ValueError: no\n")


@pytest.mark.parametrize(("code", "status"), [("raise SystemExit", 0), ("raise SystemExit(3)", 3), ("exit('bye')", 1)])
def test_exit_statuses(run, code, status):
    assert run(code + "\n")["exit"] == status


def test_a_script_that_does_not_end_is_killed_with_its_children(run):
    assert (
        run("import time, subprocess\nsubprocess.Popen(['sleep', '60'])\ntime.sleep(60)\n", seconds=0.5)["exit"] is None
    )


def test_only_loopback_is_reachable_and_the_rest_is_remembered(run):
    result = run(
        "import socket, urllib.request\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(server.getsockname()).close()\n"
        "try:\n    urllib.request.urlopen('http://example.org/')\n"
        "except OSError as error:\n    print('refused', error)\n"
        "try:\n    socket.create_connection(('192.0.2.1', 80))\nexcept OSError:\n    print('refused')\n"
    )
    assert result["exit"] == 0
    assert result["outside"] == ["example.org", "192.0.2.1"]


def test_a_server_of_this_machine_that_is_not_there_is_remembered(run):
    result = run(
        "import asyncio, socket\n"
        "with socket.socket() as free:\n    free.bind(('127.0.0.1', 0))\n    port = free.getsockname()[1]\n"
        "try:\n    asyncio.run(asyncio.open_connection('127.0.0.1', port))\n"
        "except OSError as error:\n    print('refused')\n"
    )
    assert (result["exit"], result["output"]) == (0, "refused\n")
    assert [name.partition(":")[0] for name in result["outside"]] == ["localhost"]


def test_a_database_of_this_machine_that_is_not_there_is_remembered(run):
    result = run(
        "import psycopg\n"
        "try:\n    psycopg.connect('host=127.0.0.1 port=1 dbname=x user=x', connect_timeout=2)\n"
        "except psycopg.OperationalError:\n    print('refused')\n"
    )
    assert (result["output"], result["outside"]) == ("refused\n", ["localhost:postgres"])


def test_questions_are_answered(run):
    assert run("print(input('sure? '))\n")["output"] == "sure? y\n"


def test_a_server_says_so_and_ends(run):
    assert run("import uvicorn\nuvicorn.run('x:app', port=1)\n")["output"] == "(serving)\n"


def test_chance_is_the_same_each_time(run):
    run("import random\nprint(random.random())\n")


def test_it_starts_in_its_own_folder_beside_its_neighbours(run, tmp_path):
    (tmp_path / "neighbour.py").write_text("NAME = 'n'\n", "utf-8")
    result = run("import os, neighbour\nprint(os.path.basename(os.getcwd()), neighbour.NAME)\n")
    assert result["output"] == "work n\n"


def test_errors_that_are_logged_are_kept_and_not_printed(run):
    result = run("import logging\nlogging.getLogger('x').error('no %s', 'tide')\nlogging.warning('low')\n")
    assert (result["output"], result["error"], result["logged"]) == ("", "", ["no tide"])


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs a system that pins processes")
def test_time_spent_waiting_for_a_processor_is_not_counted(run):
    busy = "import os, time\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    # Each in a session of its own, as the script is: Linux may share processors out by session.
    spin = [sys.executable, "-c", f"{busy}print(flush=True)\nwhile True: pass"]
    others = [subprocess.Popen(spin, stdout=subprocess.PIPE, start_new_session=True) for _ in range(6)]
    try:
        for other in others:
            other.stdout.readline()
        # Twice its limit by the clock whatever the load, and most of that in the queue: the more others, the surer.
        loop = "start = time.monotonic()\nwhile time.monotonic() - start < 1: pass\n"
        assert run(f"{busy}{loop}print('through')", 0.5)["output"] == "through\n"
    finally:
        for other in others:
            other.kill()
            other.communicate()


def test_a_script_is_ended_before_it_has_a_group_of_processes_of_its_own():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        try:
            assert _wait(child.pid, 0.05) is None
            with pytest.raises(ProcessLookupError):
                os.kill(child.pid, 0)
        finally:
            child.kill()
