"""What passes from process to process of a test: its outcome always, the rest where it is news or was asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
HEARS = """
import os
pytest_plugins = ["brief_plugin"]

def pytest_runtest_logreport(report):
    if "PYTEST_XDIST_WORKER" not in os.environ:
        with open("heard", "a") as heard:
            heard.write(f"{report.nodeid.partition('::')[2]} {report.when} {report.outcome} {bool(report.sections)}\\n")
"""
SUITE = """
import pytest

@pytest.fixture
def fails():
    assert 0, "cannot begin"

@pytest.fixture
def ends_badly():
    yield
    assert 0, "cannot end"

@pytest.fixture
def talks():
    print("told before")

@pytest.fixture
def skips():
    pytest.skip("not today")

def test_passes(): pass
def test_talks(talks): pass
def test_begins_badly(fails): pass
def test_ends_badly(ends_badly): pass
def test_skipped(skips): pass
def test_fails():
    assert 0, "is wrong"
"""
NEWS = {
    "test_passes call passed False",
    "test_talks setup passed True",
    "test_talks call passed True",
    "test_talks teardown passed True",
    "test_begins_badly setup failed False",
    "test_ends_badly call passed False",
    "test_ends_badly teardown failed False",
    "test_skipped setup skipped False",
    "test_fails call failed False",
}
REST = {"test_passes setup passed False", "test_passes teardown passed False", "test_fails setup passed False"}


@pytest.mark.parametrize("asked", [(), ("--durations=3",), ("--junitxml=out.xml",)], ids=["-", "durations", "xml"])
def test_news_is_told_in_full_and_the_rest_where_it_is_asked_for(asked, tmp_path):
    (tmp_path / "conftest.py").write_text(HEARS)
    (tmp_path / "test_suite.py").write_text(SUITE)
    env = {key: value for key, value in os.environ.items() if not key.startswith(("COV_", "COVERAGE_", "PYTEST_"))}
    env |= {"PYTHONPATH": str(TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "xdist", "-n", "1", *asked, "test_suite.py"]
    ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=100, check=False)
    assert "1 failed, 3 passed, 1 skipped, 2 errors" in ran.stdout
    heard = set((tmp_path / "heard").read_text().splitlines())
    assert heard >= NEWS
    assert bool(heard & REST) == bool(asked)
    assert heard >= REST or not asked
    for fault in ("cannot begin", "cannot end", "is wrong"):
        assert f"E       AssertionError: {fault}" in ran.stdout
