"""`pytest --evidence` writes what the run has shown to `results/tests.json` and `results/notebooks.json`.

The shapes are those of `contracts/results-*.schema.json`; the support matrix and the release gate read the files. A run
of a part is merged into the file: what it did not run keeps the commit, versions and date that it was run with.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
FAULT_LENGTH = 500
STAMP = ("date", "commit", "versions")


def pytest_addoption(parser):
    parser.getgroup("wherry").addoption(
        "--evidence",
        action="store_true",
        help="write the outcome of every test to results/tests.json and of every notebook to results/notebooks.json",
    )


def pytest_configure(config):
    wanted = config.getoption("--evidence") and not config.getoption("--collect-only")
    if wanted and not hasattr(config, "workerinput"):  # with xdist, the controller hears every report
        config.pluginmanager.register(Evidence(config.rootpath), "wherry-evidence")


class Evidence:
    """Listens to a run and writes its results when it ends.

    Args:
        root: The project's folder; node ids are relative to it.
    """

    def __init__(self, root: Path) -> None:
        from wherry_portal.evidence.stamp import header, installed_reference

        self.root = root
        self.folder = root / "results"
        command = shlex.join(["pytest", *sys.argv[1:]])
        self.head = header(command, root=root, reference=installed_reference() or False)
        self.tests: dict[str, dict[str, Any]] = {}
        self.failures: dict[str, list[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        entry = self.tests.setdefault(report.nodeid, {"outcome": "passed", "seconds": 0.0})
        entry["seconds"] = round(entry["seconds"] + report.duration, 3)
        outcome = outcome_of(report)
        if outcome == "passed":
            return
        entry["outcome"] = outcome
        if outcome in {"skipped", "xfailed", "xpassed"}:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else getattr(report, "wasxfail", "")
            entry["reason"] = str(reason).removeprefix("Skipped: ")
        elif ".ipynb" in report.nodeid:
            fault = " ".join(COLOURS.sub("", str(report.longrepr)).split())[:FAULT_LENGTH]
            self.failures.setdefault(report.nodeid.partition("::")[0], []).append(f"{report.nodeid}: {fault}")

    def pytest_sessionfinish(self) -> None:
        from wherry_portal.evidence.stamp import write_results

        for name, entries in (("tests", self.tests), ("notebooks", self.notebooks())):
            if entries:
                target = self.folder / f"{name}.json"
                target.parent.mkdir(parents=True, exist_ok=True)
                write_results(target, self.head, {name: self.merged(target, name, entries)})

    def notebooks(self) -> dict[str, dict[str, Any]]:
        """The run's notebooks, each a summary of its cells."""
        found: dict[str, dict[str, Any]] = {}
        for nodeid, test in self.tests.items():
            path = nodeid.partition("::")[0]
            if not path.endswith(".ipynb"):
                continue
            entry = found.setdefault(
                Path(path).stem,
                {
                    "outcome": "passed",
                    "seconds": 0.0,
                    "path": path,
                    "sha256": hashlib.sha256((self.root / path).read_bytes()).hexdigest(),
                    "cells": 0,
                    "failures": self.failures.get(path, []),
                },
            )
            entry["cells"] += "::Cell " in nodeid
            entry["seconds"] = round(entry["seconds"] + test["seconds"], 3)
            if test["outcome"] != "passed" and entry["outcome"] != "error":
                entry["outcome"] = "error" if test["outcome"] == "error" else "failed"
        return found

    def merged(self, target: Path, name: str, entries: dict[str, Any]) -> dict[str, Any]:
        """This run's entries, and those of earlier runs whose file is still there, under their own stamp."""
        try:
            before = json.loads(target.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return entries
        kept = {}
        for key, entry in before.get(name, {}).items():
            path = entry.get("path") or key.partition("::")[0]
            if key not in entries and (self.root / path).exists():
                stamp = {field: entry.get(field, before[field]) for field in STAMP}
                same = stamp["commit"] == self.head["commit"] and stamp["versions"] == self.head["versions"]
                plain = {field: value for field, value in entry.items() if field not in STAMP}
                kept[key] = plain | ({"date": stamp["date"]} if same else stamp)
        return kept | entries


def outcome_of(report: pytest.TestReport) -> str:
    """What one phase (setup, call, teardown) of a test adds to its outcome, in the words of the results schema."""
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.skipped:
        return "skipped"
    if report.failed:
        return "failed" if report.when == "call" else "error"
    return "passed"
