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
import pathlib, time, pytest

@pytest.fixture
def server():
    yield
    pathlib.Path("stopped").touch()

def test_it(server):
    pathlib.Path("started").touch()
    time.sleep(600)
"""


@pytest.mark.parametrize("shared_out", [[], ["-p", "xdist", "-n", "1"]], ids=["alone", "shared out"])
def test_fixtures_stop_what_they_have_started(tmp_path, shared_out):
    (tmp_path / "test_waits.py").write_text(WAITS)
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["ended_plugin"]\n')
    env = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE_", "PYTEST_"))}
    env |= {"PYTHONPATH": str(TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(tmp_path), *shared_out, "."]
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL) as child:
        end = time.monotonic() + 60
        while not (tmp_path / "started").exists():
            assert child.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) == pytest.ExitCode.INTERRUPTED
    assert (tmp_path / "stopped").exists()
