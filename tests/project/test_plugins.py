"""The project's own pytest plugins: evidence files that say what ran, and no skips where nothing may be left out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITE = """
import pytest

def test_good(): assert True
def test_bad(): assert False
@pytest.fixture
def broken(): raise OSError("no")
def test_broken(broken): pass
@pytest.mark.skip(reason="not here")
def test_left_out(): pass
@pytest.mark.xfail(reason="known", strict=True)
def test_known(): assert False
"""
NOTEBOOK = {
    "nbformat": 4, "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}},
    "cells": [{"cell_type": "code", "id": "a", "execution_count": 1, "metadata": {}, "source": "print(1)",
               "outputs": [{"output_type": "stream", "name": "stdout", "text": "1\n"}]}],
}  # fmt: skip


@pytest.fixture
def suite(tmp_path):
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["evidence_plugin", "no_skips_plugin"]\n')
    return tmp_path


def run(folder: Path, *words: str, ci: str = "") -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith(("COV_", "COVERAGE_", "PYTEST_"))}
    env |= {"CI": ci, "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("tests", "runtime", "portal"))}
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # what other packages plug in takes seconds to import
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=100, check=False)


def results(folder: Path, name: str) -> dict:
    data = json.loads((folder / "results" / f"{name}.json").read_text())
    jsonschema.validate(data, json.loads((ROOT / "contracts" / f"results-{name}.schema.json").read_text()))
    return data


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")], ids=["one process", "xdist"])
def test_every_outcome_is_written_with_its_versions(suite, workers):
    run(suite, "--evidence", *workers)
    data = results(suite, "tests")
    assert {key.partition("::")[2]: entry["outcome"] for key, entry in data["tests"].items()} == {
        "test_good": "passed",
        "test_bad": "failed",
        "test_broken": "error",
        "test_left_out": "skipped",
        "test_known": "xfailed",
    }
    assert data["tests"]["test_suite.py::test_left_out"]["reason"] == "not here"
    assert data["commit"] == "unknown"
    assert data["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert data["versions"]["agno"] == "3.1.10"


def test_a_part_is_merged_and_what_is_gone_is_dropped(suite):
    (suite / "test_other.py").write_text("def test_other(): pass\n")
    (suite / "test_gone.py").write_text("def test_gone(): pass\n")
    run(suite, "--evidence")
    (suite / "test_gone.py").unlink()
    kept = results(suite, "tests")
    kept["versions"]["wherry"] = "0.0.1"
    (suite / "results" / "tests.json").write_text(json.dumps(kept))
    run(suite, "--evidence", "test_other.py")
    tests = results(suite, "tests")["tests"]
    assert tests["test_suite.py::test_good"]["versions"]["wherry"] == "0.0.1"
    assert "versions" not in tests["test_other.py::test_other"]
    assert "test_gone.py::test_gone" not in tests


def test_notebooks_have_a_result_of_their_own(suite):
    good = json.dumps(NOTEBOOK)
    (suite / "good.ipynb").write_text(good)
    (suite / "bad.ipynb").write_text(good.replace("print(1)", "print(2)"))
    run(suite, "-p", "nbval.plugin", "--nbval", "--evidence", "good.ipynb", "bad.ipynb")
    notebooks = results(suite, "notebooks")["notebooks"]
    assert (notebooks["good"]["outcome"], notebooks["good"]["cells"]) == ("passed", 1)
    assert notebooks["bad"]["outcome"] == "failed"
    assert notebooks["bad"]["failures"][0].startswith("bad.ipynb::Cell 0: ")
    assert "- 2 + 1" in notebooks["bad"]["failures"][0]


def test_a_skip_is_a_failure_in_ci_and_only_there_and_no_evidence_is_written_unasked(suite):
    chosen = ("test_suite.py::test_left_out", "test_suite.py::test_known")
    assert "1 skipped, 1 xfailed" in run(suite, *chosen).stdout
    refused = run(suite, *chosen, ci="true")
    assert "1 xfailed, 1 error" in refused.stdout
    assert "CI=true allows no skip: test_suite.py::test_left_out: Skipped: not here" in refused.stdout
    assert not (suite / "results").exists()  # nobody asked for evidence


def test_a_module_that_skips_itself_is_a_failure_in_ci(suite):
    (suite / "test_whole.py").write_text("import pytest\npytest.importorskip('no_such_module')\n")
    assert run(suite, "test_whole.py").returncode == 5
    assert run(suite, "test_whole.py", ci="true").returncode not in {0, 5}
