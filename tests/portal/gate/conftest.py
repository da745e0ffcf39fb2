"""A small project in which everything that a release needs is there; each test then takes one thing away."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from evidence_kit import AGNO, case, head

from wherry import __version__
from wherry_portal.checklists import Automatic, load_checklist
from wherry_portal.evidence.results import FILES
from wherry_portal.evidence.stamp import now_text
from wherry_portal.gate.signoffs import SignedItem, add_signature
from wherry_portal.pilot.log import Entry, PilotLog, Signature, Span, Verification, save_log
from wherry_portal.sources import packaged

NOW = datetime.now(UTC).replace(microsecond=0)
MATRIX = f"""schema: 1
reference: {{package: agno, version: {AGNO}}}
features:
  - {{id: all.claimed, title: All, area: other, status: available, since: "0.1",
     symbols: [agno, "agno.*", "table:*", "env:AGNO_*", "endpoint:* /*"],
     evidence: ["test:tests/a.py::*", "fixture:us1"]}}
  - {{id: all.missing, title: Gone, area: other, status: not_migrated, reason: r, fallback: Use another.,
     symbols: [agno.tools.yfinance]}}
"""
DOCS = """schema: 1
id: docs
title: Docs
purpose: To test.
items:
  - {id: read, text: Somebody read it., why: w, role: editor, expected_minutes: 1, kind: signed, proof: p}
  - {id: maybe, text: Perhaps., why: w, role: editor, expected_minutes: 1, kind: signed, proof: p, optional: true}
"""
PILOT = load_checklist(packaged("checklists/pilot.yaml"))
CELL = {"cell_type": "code", "source": "1", "execution_count": 1, "metadata": {}, "outputs": []}
NOTEBOOK = json.dumps({"nbformat": 4, "cells": [CELL]})


def closed(item, moment):
    """What a log holds of an item that was carried out or signed."""
    if isinstance(item, Automatic):
        return Entry(id=item.id, status="done", closed=moment, seconds=60, shown=["ok"])
    signature = Signature(item.role, "Ada", f"{moment:%Y-%m-%d}", "https://example.org/1")
    return Entry(id=item.id, status="signed", closed=moment, seconds=60, signature=signature)


class Project:
    """The folder, with the few changes that tests make to it."""

    def __init__(self, root):
        self.root = root
        self.bodies = {}

    def git(self, *words):
        done = subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@t", *words],
            cwd=self.root, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.strip()

    def results(self, name, body=None, *, days=0.0, **changed):
        """Write a results file made `days` ago at this commit, or change one that is there."""
        if body is not None:
            self.bodies[name] = body
        made = head(commit=changed.pop("commit", self.git("rev-parse", "HEAD")), **changed)
        made["date"] = now_text(NOW - timedelta(days=days))
        path = self.root / "results" / FILES[name]
        path.write_text(json.dumps(made | self.bodies[name]), encoding="utf-8")

    def edit(self, file, old, new):
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def pilot(self, team, *, minutes=40, **changed):
        begun, ended = NOW - timedelta(minutes=minutes), NOW
        verification = Verification(ended, True, __version__, "3.11.7", 5.0, 1, (("no Agno", True, "none"),))
        log = PilotLog(
            team=team, checklist="pilot", project="service", started=begun, seen=ended, finished=ended,
            environment={"wherry": __version__, "python": "3.11.7", "system": "Linux"},
            work=[Span(begun, ended, "finish")],
            items=[closed(item, ended) for item in PILOT.items],
            verification=verification,
        )  # fmt: skip
        for name, value in changed.items():
            setattr(log, name, value)
        save_log(self.root / "pilots" / f"{team}.yaml", log)


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """The project once, to be copied for each test."""
    root = tmp_path_factory.mktemp("project")
    for folder in ("checklists", "pilots", "results", "notebooks", "runtime", "portal", "fixtures"):
        (root / folder).mkdir()
    (root / "support_matrix.yaml").write_text(MATRIX)
    (root / "checklists" / "docs.yaml").write_text(DOCS)
    for name in ("release", "performance"):
        # What the newest benchmarks call for is no part of the list; a test adds its own.
        text = packaged(f"checklists/{name}.yaml").read_text(encoding="utf-8").partition("\nguidance:")[0].rstrip("\n")
        (root / "checklists" / f"{name}.yaml").write_text(f"{text}\n", encoding="utf-8")
    (root / "notebooks" / "01.ipynb").write_text(NOTEBOOK)
    (root / "fixtures" / "us1.yaml").write_text("fixture_id: us1\n")
    for file in ("runtime/code.py", "portal/code.py", "pyproject.toml"):
        (root / file).write_text("# one\n")
    project = Project(root)
    project.git("init", "-q")
    project.git("add", ".")
    project.git("commit", "-qm", "first")
    _fill(project)
    return project


def ratio(low, high, **more):
    return {"ratio": (low + high) / 2, "low": low, "high": high, **more}


NOISE = {"one-tool p95": ratio(0.97, 1.03), "one-tool tokens_per_s": ratio(0.98, 1.01)}


def _fill(project):

    project.results("tests", {"tests": {"tests/a.py::one": {"outcome": "passed", "seconds": 0.1}}})
    project.results(
        "parity", {"fixtures": {"us1": {"outcome": "passed", "cases": {"a": case(compared=200, equal=198)}}}}
    )
    project.results("coverage", {"percent": 91.0, "statements": 100, "covered": 91, "packages": {"wherry": 91.0}})
    budgeted = {"p95": ratio(0.1, 0.2, budget={"max": 0.7}), "tokens_per_s": ratio(0.95, 1.05, budget={"min": 0.9})}
    project.results("bench", {"scenarios": {"one-tool": {"ratios": budgeted}}, "noise": NOISE})
    entry = {"outcome": "passed", "seconds": 1, "path": "notebooks/01.ipynb", "cells": 1}
    sha = hashlib.sha256(NOTEBOOK.encode()).hexdigest()
    project.results("notebooks", {"notebooks": {"01": entry | {"sha256": sha}}})
    weeks = {"2026-W46": {"core": 1}, "2026-W47": {"core": 2}}
    source = {"file": "tickets.csv", "sha256": "0" * 64, "tickets": 3}
    counted = {"since": "2026-11-09", "until": "2026-11-22", "limit": 2, "sources": [source], "weeks": weeks}
    project.results("support", counted)
    for team in ("core", "other"):
        project.pilot(team)
    signed = [("docs", "read"), ("docs", "maybe"), ("performance", "second-machine")]
    signed += [
        ("release", item) for item in ("telemetry-sign-off", "parity-review", "not-migrated-review", "changelog")
    ]
    for checklist, item in signed:
        sign(project, checklist, item)


def sign(project, checklist, item, **changed):
    fields = {"role": "lead", "name": "Ada", "date": str(NOW.date()), "link": "https://example.org/1"} | changed
    add_signature(project.root, __version__, SignedItem(checklist, item, **fields), NOW.date())


@pytest.fixture
def project(template, tmp_path):
    shutil.copytree(template.root, tmp_path, dirs_exist_ok=True)
    copied = Project(tmp_path)
    copied.bodies = json.loads(json.dumps(template.bodies))
    return copied
