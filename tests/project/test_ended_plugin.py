"""Whoever ends a run of tests by SIGTERM leaves nothing running that a fixture has started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
WAITS = """
import os, pathlib, time, pytest

@pytest.fixture
def server():
    yield
    time.sleep(float(os.environ["STOPS_AFTER"]))
    pathlib.Path("stopped").touch()

def test_before():
    if "PYTEST_XDIST_WORKER" in os.environ:
        os._exit(1)  # another process takes its place, and nobody waits for this one

def test_it(server):
    pathlib.Path("started").touch()
    time.sleep(600)
"""


# `timeout` tells twice. Six seconds are what a database may take on a busy machine: `xdist` alone kills it earlier.
@pytest.mark.parametrize(
    ("shared_out", "seconds"), [([], 0), (["-p", "xdist", "-n", "1"], 6)], ids=["alone", "shared out"]
)
@pytest.mark.parametrize("signals", [[signal.SIGTERM] * 2, [signal.SIGINT]], ids=["timeout", "Ctrl-C"])
def test_fixtures_stop_what_they_have_started(tmp_path, shared_out, seconds, signals):
    (tmp_path / "test_waits.py").write_text(WAITS)
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["ended_plugin"]\n')
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\n"
    )  # beside the tests: with one elsewhere, pytest looks into all folders between
    env = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE_", "PYTEST_"))}
    env |= {"PYTHONPATH": str(TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "STOPS_AFTER": str(seconds)}
    command = [sys.executable, "-m", "pytest", "-q", *shared_out, "."]
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL) as child:
        end = time.monotonic() + 60
        while not (tmp_path / "started").exists():
            assert child.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
        for number in signals:
            child.send_signal(number)
        assert child.wait(100) == pytest.ExitCode.INTERRUPTED
    assert (tmp_path / "stopped").exists()
