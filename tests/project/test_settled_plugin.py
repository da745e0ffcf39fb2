"""What is left untraced costs no coverage but that of tests marked so, and garbage is looked for, though seldom."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
OURS = """
import queue, threading
from csv import reader  # a library within ours
CALLED = queue.Queue()

def while_collected():
    return "collected"

def in_a_test():
    from xml.dom import minidom
    return minidom

def untraced():
    return "untraced"

def in_a_thread():
    return "thread"

def drawn(number):
    if number == 1:
        return "first"
    if number == 99:
        return "last"

def drawn_in_a_thread():
    return "thread of an example"

def serve():
    while CALLED.get():
        in_a_thread()
        CALLED.task_done()
"""
SUITE = """
import gc, sys, threading
import pytest
import wherry
from hypothesis import example, given, settings, strategies

wherry.while_collected()

@pytest.fixture(scope="module")
def server():
    thread = threading.Thread(target=wherry.serve)
    thread.start()
    yield
    wherry.CALLED.put(False)
    thread.join()

@pytest.mark.untraced
def test_first(server):
    wherry.untraced()
    thread = threading.Thread(target=wherry.untraced)
    thread.start()
    thread.join()

def test_second(server):
    assert gc.isenabled()
    assert gc.get_freeze_count() > 1000
    assert gc.get_threshold()[0] > 5000
    wherry.CALLED.put(True)
    wherry.CALLED.join()
    assert wherry.in_a_test()

EXAMPLES = []

def every_example(test):
    for number in reversed(range(100)):
        test = example(number)(test)
    return test

@every_example
@settings(max_examples=100, database=None)
@given(strategies.integers())
def test_third(number):
    EXAMPLES.append(number)
    wherry.drawn(number)
    if number == 1:
        thread = threading.Thread(target=wherry.drawn_in_a_thread)
        thread.start()
        thread.join()

def test_fourth():
    assert len(EXAMPLES) >= 200
"""


def test_only_tests_marked_so_are_not_traced_and_threads_go_on_being_traced(tmp_path):
    (tmp_path / "wherry.py").write_text(OURS)
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = untraced\n")
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["settled_plugin"]\n')
    env = {key: value for key, value in os.environ.items() if not key.startswith(("COV_", "COVERAGE_", "PYTEST_"))}
    env |= {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(TESTS))), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "pytest_cov", "--cov=wherry", "--cov-report=json:cov.json"]
    ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=100, check=False)
    assert ran.returncode == 0, ran.stdout
    covered = json.loads((tmp_path / "cov.json").read_text())["files"]["wherry.py"]["missing_lines"]
    missing = [OURS.splitlines()[number - 1].strip() for number in covered]
    assert missing == ['return "untraced"', 'return "last"']
