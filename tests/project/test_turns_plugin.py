"""Processes that share out the tests load each module one behind the other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ARRIVALS = """
import os
from pathlib import Path
pytest_plugins = ["turns_plugin"]

def pytest_collectstart(collector):
    if collector.name == "test_suite.py":
        Path(f"arrived-{os.environ['PYTEST_XDIST_WORKER']}").touch()
"""
# Whoever loads it waits until the other wants to, too, and lets it come in if nothing holds it up.
SUITE = """
import os, time
from pathlib import Path

INSIDE = Path("inside")
until = time.monotonic() + 60
INSIDE.mkdir()
while len(list(Path().glob("arrived-*"))) < 2:
    assert time.monotonic() < until
    time.sleep(0.01)
time.sleep(0.2)
INSIDE.rmdir()

def test_one():
    pass
"""


def test_a_module_is_loaded_by_one_process_at_a_time(tmp_path):
    (tmp_path / "conftest.py").write_text(ARRIVALS)
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "left").mkdir()
    env = {key: value for key, value in os.environ.items() if not key.startswith(("COV_", "COVERAGE_", "PYTEST_"))}
    env |= {"PYTHONPATH": str(TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "TMPDIR": str(tmp_path / "left")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "xdist", "-n", "2", "test_suite.py"]
    ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=100, check=False)
    assert ran.returncode == 0, ran.stdout
    assert "1 passed" in ran.stdout
    assert not list((tmp_path / "left").glob("wherry-turns-*"))
