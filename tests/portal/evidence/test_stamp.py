import json
import re
import subprocess

import pytest

from wherry_portal.evidence import header, load_results, write_results
from wherry_portal.evidence.stamp import commit_of, parse_time


def git(folder, *words):
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@t", *words], cwd=folder, check=True, capture_output=True
    )


def test_a_written_file_is_read_back_with_its_head(tmp_path):
    head = header("make test", root=tmp_path, reference="3.1.10")
    write_results(
        tmp_path / "tests.json",
        head,
        {
            "tests": {
                "tests/b.py::t": {"outcome": "passed", "seconds": 0},
                "a.py::t": {"outcome": "failed", "seconds": 0},
            }
        },
    )
    results = load_results(tmp_path)
    assert not results.problems
    assert results.files["tests"].stamp.versions["agno"] == "3.1.10"
    assert list(json.loads((tmp_path / "tests.json").read_text())["tests"]) == ["a.py::t", "tests/b.py::t"]


def test_the_head_names_the_commit_and_results_do_not_make_a_tree_dirty(tmp_path):
    assert commit_of(tmp_path) == ("unknown", False)
    git(tmp_path, "init", "-q")
    (tmp_path / "results").mkdir()
    for name in ("code.py", "results/tests.json"):
        (tmp_path / name).write_text("1", encoding="utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    commit, dirty = commit_of(tmp_path)
    assert re.fullmatch("[0-9a-f]{40}", commit)
    assert not dirty
    (tmp_path / "results/tests.json").write_text("2", encoding="utf-8")
    assert commit_of(tmp_path) == (commit, False)
    (tmp_path / "code.py").write_text("2", encoding="utf-8")
    assert commit_of(tmp_path) == (commit, True)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="Z is missing"):
        parse_time("2026-11-22T14:00:00")
