"""Processes that share out the tests are forks of one that has collected them, and run them as any others do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
SUITE = """
import os, random, sys, time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
COLLECTED_BY = os.getpid()
with (HERE / "collected").open("a") as file:
    file.write(f"{COLLECTED_BY}\\n")
print("while it is imported")

@pytest.fixture(scope="session")
def drawn():
    return random.random()

def meets_the_other(drawn, tmp_path, capfd):
    own = os.environ["PYTEST_XDIST_WORKER"]
    assert f"popen-{own}" in str(tmp_path)
    assert os.getpid() != COLLECTED_BY
    assert sys.argv == ["-c"]
    os.system("echo from a child")
    print("from itself")
    assert sorted(capfd.readouterr().out.split("\\n")) == ["", "from a child", "from itself"]
    (HERE / f"process-{os.getpid()}-{own}-{drawn}").touch()
    until = time.monotonic() + 60
    while len(list(HERE.glob("process-*"))) < 2:
        assert time.monotonic() < until
        time.sleep(0.01)

def test_meets_from_one_process(drawn, tmp_path, capfd):
    meets_the_other(drawn, tmp_path, capfd)

def test_fails():
    print("words of", "the failed one")
    assert [1, 2] == [1, 3]

def test_meets_from_the_other_process(drawn, tmp_path, capfd):
    meets_the_other(drawn, tmp_path, capfd)

def test_ends_its_process():
    os._exit(3)

def test_last():
    pass
"""


def run(folder, suite, *options):
    (folder / "conftest.py").write_text('pytest_plugins = ["collected_plugin"]\n')
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\nfilterwarnings = error\n")
    (folder / "test_suite.py").write_text(suite)
    (folder / "left").mkdir()
    env = {key: value for key, value in os.environ.items() if not key.startswith(("COV_", "COVERAGE_", "PYTEST_"))}
    env |= {"PYTHONPATH": str(TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "TMPDIR": str(folder / "left")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "xdist", "-n", "2", "--collect-once", *options, "."]
    ran = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=100, check=False)
    assert not list((folder / "left").glob("wherry-*"))
    assert ran.stderr == ""
    return ran


def test_one_process_collects_and_its_forks_run_the_tests(tmp_path):
    ran = run(tmp_path, SUITE, "--dist", "worksteal")
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED, ran.stdout
    assert "2 failed, 3 passed" in ran.stdout
    assert "crashed while running 'test_suite.py::test_ends_its_process'" in ran.stdout
    assert "assert [1, 2] == [1, 3]" in ran.stdout
    assert "At index 1 diff: 2 != 3" in ran.stdout  # asserts are rewritten
    assert "words of the failed one" in ran.stdout
    assert "while it is imported" not in ran.stdout
    assert len((tmp_path / "collected").read_text().splitlines()) == 1
    processes = [path.name.split("-") for path in tmp_path.glob("process-*")]
    assert len(processes) == 2
    for one, other in list(zip(*processes, strict=True))[1:]:  # their ids, names and random numbers
        assert one != other


def test_what_fails_while_it_is_collected_is_told(tmp_path):
    ran = run(tmp_path, "import warnings\nassert 1 == 2\n")
    assert ran.returncode != 0
    assert "ERROR collecting test_suite.py" in ran.stdout
    assert "assert 1 == 2" in ran.stdout


def test_a_warning_while_it_is_collected_is_told(tmp_path):
    suite = "import pytest, warnings\nwarnings.warn('told early', stacklevel=1)\ndef test_one(): pass\n"
    ran = run(tmp_path, suite, "-W", "default")
    assert ran.returncode == 0, ran.stdout
    assert "UserWarning: told early" in ran.stdout
    assert "1 passed, 2 warnings" in ran.stdout, ran.stdout  # by each
