"""Parity evidence of a pilot: what the team's own scripts showed, never what Wherry's own fixtures did."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wherry_portal.cli import main
from wherry_portal.evidence import Currency
from wherry_portal.parity.script.moving import migrate
from wherry_portal.parity.script.subject import digest, subject
from wherry_portal.pilot.own_parity import own_parity

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CURRENCY = Currency("3.1.10", wherry="0.1.0", now=NOW, max_age=timedelta(days=30))


@pytest.fixture
def compared(tmp_path):
    """Write what `wherry parity script` writes."""

    def written(name, outcome="passed", **more):
        head = {"date": "2026-11-20T10:00:00Z", "commit": "a" * 40, "versions": {"wherry": "0.1.0", "agno": "3.1.10"}}
        counts = {"compared": 40, "difference": 0 if outcome == "passed" else 3}
        path = tmp_path / f"{name}.parity.json"
        path.parent.mkdir(exist_ok=True)
        script = path.with_name(f"{path.name.removesuffix('.parity.json')}.py")
        script.write_text("from agno.agent import Agent\n")
        helper = script.with_name("helper.py")
        helper.write_text("NAME = 'Ada'\n")
        moved = {script.name: digest(b"from wherry.agent import Agent\n")}
        about = subject(script, path, moved=moved)
        path.write_text(json.dumps({**head, **about, "outcome": outcome, "counts": counts, **more}))
        return script

    return written


def judged(tmp_path):
    return [(one.selector, one.status, one.detail) for one in own_parity(tmp_path, CURRENCY)]


def test_without_a_compared_script_it_says_how_to_compare_one(tmp_path):
    [(_, status, detail)] = judged(tmp_path)
    assert status == "missing"
    assert "wherry parity script" in detail


def test_each_compared_script_counts_and_the_worst_comes_first(tmp_path, compared):
    compared("ask")
    compared("jobs/nightly", "failed")
    compared("old", versions={"wherry": "0.1.0", "agno": "3.0.0"})
    compared(".venv/theirs", "failed")
    assert judged(tmp_path) == [
        ("script:jobs/nightly.py", "failed", "40 values compared, 3 different"),
        ("script:old.py", "stale", "made with agno 3.0.0, not 3.1.10"),
        ("script:ask.py", "passed", "40 values compared, 0 different"),
    ]


def test_a_result_that_cannot_be_read_is_no_result(tmp_path, compared):
    compared("ask", date="yesterday")
    [(selector, status, detail)] = judged(tmp_path)
    assert (selector, status) == ("script:ask.py", "failed")
    assert "cannot be read" in detail


def test_what_was_compared_counts_as_it_was_and_migrated_until_it_is_edited(tmp_path, compared):
    script = compared("ask")
    for kept in ("from agno.agent import Agent\n", "from wherry.agent import Agent\n"):
        script.write_text(kept)
        (tmp_path / "helper.py").write_text("NAME = 'Bea'  # uses nothing of Agno's\n")
        assert [status for _, status, _ in judged(tmp_path)] == ["passed"]
    script.write_text("from wherry.agent import Agent, Message\n")
    stale = ("script:ask.py", "stale", "compared before the last change of ask.py: compare it again")
    assert judged(tmp_path) == [stale]
    script.unlink()
    assert judged(tmp_path) == [stale]


def test_a_result_that_does_not_say_what_it_is_about_counts_for_nothing(tmp_path, compared):
    compared("ask", files="all of them")
    [(_, status, detail)] = judged(tmp_path)
    assert status == "failed"
    assert "cannot be read" in detail


def test_a_project_that_is_migrated_after_the_comparison_is_what_was_compared(tmp_path, compared):
    script = compared("ask")
    copied = shutil.copytree(tmp_path, tmp_path.with_name("copied"))
    compared("ask", **subject(script, tmp_path / "ask.parity.json", moved=migrate(copied, Path("ask.py"))))
    assert main(["migrate", str(tmp_path), "--write", "--allow-dirty"]) == 0
    assert "wherry" in script.read_text()
    assert [status for _, status, _ in judged(tmp_path)] == ["passed"]
