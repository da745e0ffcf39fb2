import hashlib
from datetime import timedelta

import pytest
from evidence_kit import NOW, case, currency, write
from hypothesis import given
from hypothesis import strategies as st

from wherry_portal.evidence import SelectorError, load_results, resolve
from wherry_portal.evidence.resolve import case_fault

TESTS = {
    "tests/a.py::test_one": {"outcome": "passed", "seconds": 0.1},
    "tests/a.py::test_two": {"outcome": "passed", "seconds": 0.1},
    "tests/b.py::test_skips": {"outcome": "skipped", "seconds": 0, "reason": "no server"},
    "tests/b.py::test_runs": {"outcome": "passed", "seconds": 0.1},
    "tests/c.py::test_breaks": {"outcome": "failed", "seconds": 0.1},
    "tests/c.py::test_works": {"outcome": "passed", "seconds": 0.1},
}


def judge(folder, selector, **changed):
    return resolve(selector, load_results(folder), currency(**changed))


@pytest.mark.parametrize(
    ("selector", "status", "says"),
    [
        ("test:tests/a.py::*", "passed", "2 passed"),
        ("test:tests/a.py::test_one", "passed", "passed"),
        ("test:tests/b.py::*", "passed", "1 passed, 1 skipped"),
        ("test:tests/b.py::test_skips", "missing", "no server"),
        ("test:tests/c.py::*", "failed", "test_breaks"),
        ("test:tests/none.py::*", "missing", "nothing ran"),
        ("notebook:x", "missing", "there is no notebooks result"),
    ],
)
def test_tests_prove_what_they_show_and_a_skip_proves_nothing(tmp_path, selector, status, says):
    write(tmp_path, "tests", {"tests": TESTS})
    evidence = judge(tmp_path, selector)
    assert (evidence.status, says in evidence.detail) == (status, True), evidence.detail


@pytest.mark.parametrize(
    ("made", "asked", "says"),
    [
        ({"wherry": "0.0.9"}, {}, "wherry 0.0.9"),
        ({"agno": "3.0.0"}, {}, "agno 3.0.0"),
        ({"days": 15}, {"max_age": timedelta(days=14)}, "15 days old"),
        ({"days": -1}, {}, "future"),
    ],
)
def test_another_version_or_too_old_a_date_makes_evidence_stale(tmp_path, made, asked, says):
    write(tmp_path, "tests", {"tests": TESTS}, **made)
    evidence = judge(tmp_path, "test:tests/a.py::*", **asked)
    assert evidence.status == "stale"
    assert says in evidence.detail
    assert judge(tmp_path, "test:tests/c.py::*", **asked).status == "failed"


def test_old_evidence_is_good_until_somebody_sets_a_limit(tmp_path):
    write(tmp_path, "tests", {"tests": TESTS}, days=400)
    assert judge(tmp_path, "test:tests/a.py::*").status == "passed"


def test_an_entry_of_a_merged_file_speaks_with_its_own_stamp(tmp_path):
    old = {"outcome": "passed", "seconds": 1, "date": "2026-11-01T00:00:00Z", "commit": "b" * 40}
    write(tmp_path, "tests", {"tests": {**TESTS, "tests/a.py::test_old": old}})
    evidence = judge(tmp_path, "test:tests/a.py::*")
    assert (evidence.date.day, evidence.commit) == (1, "b" * 40)
    assert judge(tmp_path, "test:tests/a.py::test_one").date == NOW
    assert judge(tmp_path, "test:tests/a.py::*", max_age=timedelta(days=7)).status == "stale"


def test_a_fixture_and_its_cases(tmp_path):
    good = {"outcome": "passed", "cases": {"agent": case(), "team": case()}}
    bad = {"outcome": "failed", "cases": {"agent": case(), "team": case(outcome="failed", equal=7, different=1)}}
    write(tmp_path, "parity", {"fixtures": {"good": good, "bad": bad, "empty": {"outcome": "passed", "cases": {}}}})
    assert judge(tmp_path, "fixture:good").status == "passed"
    assert judge(tmp_path, "fixture:good/none").status == "missing"
    assert judge(tmp_path, "fixture:bad").status == "failed"
    assert judge(tmp_path, "fixture:bad/agent").status == "passed"
    assert judge(tmp_path, "fixture:empty").status == "failed"
    assert judge(tmp_path, "fixture:none").status == "missing"


def test_a_fixture_without_a_reference_version_is_stale(tmp_path):
    write(tmp_path, "parity", {"fixtures": {"good": {"outcome": "passed", "cases": {"agent": case()}}}}, agno=None)
    assert judge(tmp_path, "fixture:good").status == "stale"


@pytest.mark.parametrize(
    "changed",
    [
        {"outcome": "error", "error": "child died"},
        {"outcome": "failed"},
        {"different": 1, "equal": 7},
        {"different": 1},
        {"compared": 11},
        {"compared": 0, "equal": 0, "noise": 0, "intentional": 0},
        {"compared": 10, "equal": 0, "noise": 10, "intentional": 0},
    ],
)
def test_a_case_whose_counts_do_not_bear_it_out_has_not_passed(changed):
    assert case_fault(case()) == ""
    assert case_fault(case(**changed))


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 2))
def test_a_case_passes_only_with_no_difference_and_something_compared(equal, noise, intentional, different):
    counts = {"equal": equal, "noise": noise, "intentional": intentional, "different": different}
    fault = case_fault(case(**counts, compared=sum(counts.values())))
    assert (fault == "") == (different == 0 and equal + intentional > 0)


def test_a_notebook_that_changed_since_it_ran_is_stale(tmp_path):
    (tmp_path / "notebooks").mkdir()
    notebook = tmp_path / "notebooks" / "01.ipynb"
    notebook.write_text("{}", encoding="utf-8")
    sha = hashlib.sha256(b"{}").hexdigest()
    ran = {"outcome": "passed", "seconds": 2, "path": "notebooks/01.ipynb", "sha256": sha, "cells": 4}
    write(
        tmp_path / "results",
        "notebooks",
        {"notebooks": {"01": ran, "02": {**ran, "cells": 0}, "03": {**ran, "path": "no"}}},
    )
    results = tmp_path / "results"
    assert judge(results, "notebook:01", root=tmp_path).status == "passed"
    assert judge(results, "notebook:02", root=tmp_path).status == "failed"
    assert judge(results, "notebook:03", root=tmp_path).status == "stale"
    notebook.write_text("{ }", encoding="utf-8")
    assert judge(results, "notebook:01", root=tmp_path).status == "stale"


def test_a_scenario_passes_when_the_whole_interval_is_inside_each_budget(tmp_path):
    def ratio(low, high, **budget):
        return {"ratio": (low + high) / 2, "low": low, "high": high, "budget": budget}

    scenarios = {
        "fast": {"ratios": {"p95": ratio(0.1, 0.2, max=0.7), "tokens": ratio(0.95, 1.1, min=0.9)}},
        "unsure": {"ratios": {"p95": ratio(0.6, 0.75, max=0.7)}},
        "slow": {"ratios": {"p95": ratio(0.1, 0.2, max=0.7), "tokens": ratio(0.85, 1.1, min=0.9)}},
        "unmeasured": {"ratios": {"p95": {"ratio": 1, "low": 1, "high": 1}}},
        "broken": {"ratios": {}, "error": "server died"},
    }
    write(tmp_path, "bench", {"scenarios": scenarios})
    expected = {"fast": "passed", "unsure": "failed", "slow": "failed", "unmeasured": "missing", "broken": "failed"}
    assert {name: judge(tmp_path, f"bench:{name}").status for name in scenarios} == expected


def test_a_broken_results_file_counts_as_missing_and_says_where(tmp_path):
    path = write(tmp_path, "tests", {"tests": {"tests/a.py::test_one": {"outcome": "fine", "seconds": 1}}})
    evidence = judge(tmp_path, "test:tests/a.py::*")
    assert evidence.status == "missing"
    assert str(path) in evidence.detail
    assert "outcome" in evidence.detail
    path.write_text("{", encoding="utf-8")
    assert "cannot be read" in judge(tmp_path, "test:tests/a.py::*").detail


def test_a_selector_that_results_do_not_hold_is_refused(tmp_path):
    with pytest.raises(SelectorError):
        judge(tmp_path, "gate:coverage")
