"""`wherry gate` as a release manager uses it."""

import json
from datetime import timedelta

import pytest

from wherry_portal.cli import main

from .conftest import NOW


@pytest.fixture(autouse=True)
def inside(project, monkeypatch):
    monkeypatch.chdir(project.root)


def gate(*words):
    return main(["gate", *words])


def test_yes_is_0_and_no_is_1(project, capsys):
    assert gate("release") == 0
    assert "may go ahead" in capsys.readouterr().out
    (project.root / "pilots" / "other.yaml").unlink()
    assert gate("release", "--details") == 1
    out = capsys.readouterr().out
    assert "1 of 2 pilots accepted" in out
    assert "core: accepted, 40 min 00 s" in out
    assert "Open: pilots." in out


def test_the_answer_is_written_as_json_and_markdown(project, capsys):
    assert gate("release", "--format", "json", "--output", "gate.json") == 0
    found = json.loads((project.root / "gate.json").read_text())
    assert found["passed"] is True
    assert {line["status"] for line in found["lines"]} == {"passed"}
    assert gate("release", "--format", "markdown") == 0
    out = capsys.readouterr().out
    assert "| ✓ | Every test passes" in out
    assert "- `all.missing` (not migrated): Use another." in out


def test_signing_and_waiving_open_the_gate(project, capsys):
    (project.root / "checklists" / "signed" / "0.1.0.yaml").unlink()
    (project.root / "pilots" / "other.yaml").unlink()
    assert gate("release") == 1
    link = ["--name", "Ada", "--link", "https://example.org/1"]
    for item in ("telemetry-sign-off", "parity-review", "not-migrated-review", "changelog"):
        assert gate("sign", "release", item, *link) == 0
    assert gate("sign", "docs", "read", *link) == 0
    assert gate("sign", "docs", "maybe", "--name", "Ada", "--not-applicable", "There is no such page.") == 0
    assert gate("sign", "performance", "second-machine", *link) == 0
    assert gate("release") == 1
    until = str(NOW.date() + timedelta(days=30))
    assert gate("waive", "pilots", "--reason", "The teams start next week.", "--owner", "Ada", "--expires", until) == 0
    assert gate("release") == 0
    assert "1 waived" in capsys.readouterr().out


LATER, FAR, PAST = (str(NOW.date() + timedelta(days=days)) for days in (30, 91, -1))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["sign", "docs", "read", "--name", "Ada"], "no credit without"),
        (["sign", "docs", "read", "--name", "Ada", "--link", "https://x.org", "--date", LATER], "lies ahead"),
        (["sign", "docs", "read", "--name", "Ada", "--not-applicable", "We did not want to."], "always applies"),
        (["sign", "docs", "maybe", "--name", "Ada", "--not-applicable", "no"], "says too little"),
        (["sign", "docs", "nothing", "--name", "Ada", "--link", "https://x.org"], "has no item 'nothing'"),
        (["sign", "pilot", "scope", "--name", "Ada", "--link", "https://x.org"], "is not signed for a release"),
        (["sign", "release", "coverage", "--name", "Ada", "--link", "https://x.org"], "decided by evidence"),
        (["waive", "pilots", "--reason", "no", "--owner", "Ada", "--expires", LATER], "says too little"),
        (
            ["waive", "pilots", "--reason", "The teams start later.", "--owner", " ", "--expires", LATER],
            "somebody has to",
        ),
        (
            ["waive", "pilots", "--reason", "The teams start later.", "--owner", "Ada", "--expires", FAR],
            "is not possible",
        ),
        (
            ["waive", "pilots", "--reason", "The teams start later.", "--owner", "Ada", "--expires", PAST],
            "is not possible",
        ),
        (
            ["waive", "pilots", "--reason", "The teams start later.", "--owner", "Ada", "--expires", "soon"],
            "is no date",
        ),
        (["waive", "pilot", "--reason", "The teams start later.", "--owner", "Ada", "--expires", LATER], "has no item"),
    ],
)
def test_half_a_signature_or_waiver_is_refused_and_nothing_is_written(project, capsys, words, says):
    before = (project.root / "checklists" / "signed" / "0.1.0.yaml").read_text()
    assert gate(*words) == 2
    assert says in capsys.readouterr().err
    assert (project.root / "checklists" / "signed" / "0.1.0.yaml").read_text() == before


def test_sign_offs_that_were_edited_into_nonsense_are_no_yes(project, capsys):
    project.edit("checklists/signed/0.1.0.yaml", "  link: https://example.org/1\n", "")
    assert gate("release") == 2
    assert "either a link or" in capsys.readouterr().err


def test_guidance_is_written_when_a_ratio_is_off_and_taken_away_when_it_is_back(project, capsys):
    path = project.root / "checklists" / "performance.yaml"
    before = path.read_text()
    ratios = project.bodies["bench"]["scenarios"]["one-tool"]["ratios"]
    ratios["p95"] |= {"ratio": 0.84, "low": 0.8, "high": 0.9}
    project.results("bench")
    assert gate("release", "--write-guidance") == 1
    assert "1 ratios are more than 10 % off" in capsys.readouterr().out
    written = path.read_text()
    assert written.startswith(before.rstrip()[:200])
    assert "off_percent: 20.0" in written
    assert "# What a release needs in performance" in written
    gate("release", "--write-guidance")
    assert path.read_text() == written
    ratios["p95"] |= {"ratio": 0.1, "low": 0.1, "high": 0.2}
    project.results("bench")
    assert gate("release", "--write-guidance") == 0
    assert "guidance:" not in path.read_text()
