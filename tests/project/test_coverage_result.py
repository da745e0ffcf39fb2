"""The coverage of a run as a results file."""

from __future__ import annotations

import json
from pathlib import Path

import coverage_result
import jsonschema

from wherry_portal.evidence.stamp import header, write_results

ROOT = Path(__file__).resolve().parents[2]


def summary(covered, statements, branches=0, of=0):
    return {
        "summary": {
            "covered_lines": covered,
            "num_statements": statements,
            "covered_branches": branches,
            "num_branches": of,
        }
    }


def test_lines_and_branches_count_in_total_and_by_package(tmp_path):
    body = coverage_result.body(
        {
            "files": {
                "runtime/wherry/core/waits.py": summary(80, 90, 10, 10),
                "portal/wherry_portal/doctor.py": summary(40, 80, 10, 20),
            }
        }
    )
    assert body == {
        "percent": 70.0,
        "statements": 170,
        "covered": 120,
        "packages": {"wherry": 90.0, "wherry_portal": 50.0},
    }
    write_results(tmp_path / "coverage.json", header("make evidence", root=ROOT), body)
    schema = json.loads((ROOT / "contracts/results-coverage.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads((tmp_path / "coverage.json").read_text(encoding="utf-8")), schema)


def test_nothing_to_cover_is_covered():
    assert coverage_result.share([]) == 100.0


def test_what_is_too_little_fails(capsys):
    assert coverage_result.shown({"text": "TOTAL 90%\n", "failure": None, "files": {}}) == 0
    assert coverage_result.shown({"text": "TOTAL 80%\n", "failure": "Coverage failure: 80", "files": {}}) == 2
    assert capsys.readouterr().out == "TOTAL 90%\nTOTAL 80%\nCoverage failure: 80\n"
