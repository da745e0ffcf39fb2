"""The gate says yes to a project in which everything is there, and no as soon as any one thing is missing."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from evidence_kit import case

from wherry_portal.bench.statistics import by_chance
from wherry_portal.checklists import load_checklist
from wherry_portal.cli import build_app
from wherry_portal.gate import judge, load_context, report, run_checks
from wherry_portal.gate.items import CHECKS
from wherry_portal.gate.signoffs import Waiver, add_waiver, signoffs_path
from wherry_portal.gate.todo import TODO
from wherry_portal.pilot.log import load_log, save_log
from wherry_portal.sources import find_root
from wherry_portal.support.alerts import answer_alert, raise_alerts
from wherry_portal.support.weeks import Counts

from .conftest import NOISE, NOW, ratio, sign


def verdict(project):
    return judge(load_context(project.root))


def open_lines(project):
    return {line.id: line.status for line in verdict(project).lines if line.open}


def test_a_release_with_everything_may_go_ahead(project):
    found = verdict(project)
    assert found.passed, [(line.id, line.shown, line.details) for line in found.lines if line.open]
    assert found.not_migrated == (("all.missing", "not_migrated", "Use another."),)


def bench(project, **ratio):
    project.bodies["bench"]["scenarios"]["one-tool"]["ratios"]["p95"] |= ratio
    project.results("bench")


def noise(project, **changed):
    """The comparisons of Wherry with itself, some of them changed; None takes one away."""
    told = project.bodies["bench"]["noise"] | changed
    project.results("bench", project.bodies["bench"] | {"noise": {name: one for name, one in told.items() if one}})


def parity(project, **changed):
    project.bodies["parity"]["fixtures"]["us1"]["cases"]["a"] |= changed
    project.results("parity")


def ran(project, name, **entry):
    project.bodies["tests"]["tests"][f"tests/b.py::{name}"] = {"seconds": 0} | entry
    project.results("tests")


def week(project, **teams):
    project.bodies["support"]["weeks"]["2026-W47"] = teams
    project.results("support")


def signed_file(project):
    return signoffs_path(project.root, "0.1.0")


def add_guidance(project):
    path = project.root / "checklists/performance.yaml"
    entry = (
        'scenario: s, metric: p95, ratio: 0.8, budget: 0.7, off_percent: 14.3, date: "2026-11-22T00:00:00Z", commit: x'
    )
    path.write_text(f"{path.read_text()}guidance:\n  - {{{entry}, suggestions: [Look.]}}\n")


def lose_proof(project):
    proof = project.root / "proof.txt"
    proof.touch()
    sign(project, "docs", "read", link="proof.txt")
    assert open_lines(project) == {}
    proof.unlink()


def budget(project, metric, **bound):
    (project.root / "benchmarks").mkdir()
    ratios = {"one-tool": {metric: {"budget": bound}}}
    (project.root / "benchmarks" / "budgets.yaml").write_text(json.dumps({"ratios": ratios}))


EVIDENCE = ',\n     evidence: ["test:tests/a.py::*", "fixture:us1"]'
SIGNED = [
    "telemetry-sign-off",
    "parity-review",
    "not-migrated-review",
    "changelog",
    "docs-checklist",
    "performance-checklist",
]


OTHER, NO_PILOT = "pilots/other.yaml", {"pilots": "missing"}


def drop(project, item):
    """Say nothing about an item in a log that says it is finished."""
    path = project.root / OTHER
    log = load_log(path)
    log.items = [one for one in log.items if one.id != item]
    save_log(path, log)


def unsign(project, item):
    """Say that a signed item is done, as somebody could who edits the log."""
    path = project.root / OTHER
    log = load_log(path)
    log.items = [replace(one, status="done", signature=None) if one.id == item else one for one in log.items]
    save_log(path, log)


PLANTED = {
    "no tests": (lambda p: (p.root / "results/tests.json").unlink(), {"tests": "missing", "matrix": "missing"}),
    "broken tests": (
        lambda p: (p.root / "results/tests.json").write_text("{"), {"tests": "missing", "matrix": "missing"},
    ),
    "failed test": (lambda p: ran(p, "x", outcome="failed"), {"tests": "failed"}),
    "error in test": (lambda p: ran(p, "x", outcome="error"), {"tests": "failed"}),
    "unexpected pass": (lambda p: ran(p, "x", outcome="xpassed"), {"tests": "failed"}),
    "silent skip": (lambda p: ran(p, "x", outcome="skipped"), {"tests": "failed"}),
    "old tests": (lambda p: p.results("tests", days=15), {"tests": "stale", "matrix": "stale"}),
    "tests of another version": (
        lambda p: p.results("tests", wherry="0.0.9"), {"tests": "stale", "matrix": "stale"},
    ),
    "dirty tests": (lambda p: p.results("tests", p.bodies["tests"] | {"dirty": True}), {"same-code": "stale"}),
    "tests of an unknown commit": (lambda p: p.results("tests", commit="b" * 40), {"same-code": "stale"}),
    "tests outside a checkout": (lambda p: p.results("tests", commit="unknown"), {"same-code": "stale"}),
    "changed code": (lambda p: p.edit("runtime/code.py", "one", "two"), {"same-code": "stale"}),
    "low coverage": (lambda p: p.results("coverage", p.bodies["coverage"] | {"percent": 84.9}), {"coverage": "failed"}),
    "no coverage": (lambda p: (p.root / "results/coverage.json").unlink(), {"coverage": "missing"}),
    "old coverage": (lambda p: p.results("coverage", days=20), {"coverage": "stale"}),
    "unexplained difference": (
        lambda p: parity(p, outcome="failed", equal=197, different=1), {"parity": "failed", "matrix": "failed"},
    ),
    "hidden difference": (lambda p: parity(p, equal=197, different=1), {"parity": "failed", "matrix": "failed"}),
    "parity of another agno": (lambda p: p.results("parity", agno="3.1.9"), {"parity": "stale", "matrix": "stale"}),
    "fixture left out": (lambda p: (p.root / "fixtures/b.yaml").write_text("fixture_id: us2\n"), {"parity": "missing"}),
    "unreadable fixture": (lambda p: (p.root / "fixtures/b.yaml").write_text("a: [\n"), {"parity": "missing"}),
    "ratio off": (lambda p: bench(p, ratio=0.8, low=0.75, high=0.9), {"benchmarks": "failed"}),
    "budget that was not measured": (lambda p: budget(p, "rss_mb", max=0.75), {"benchmarks": "missing"}),
    "budget that is not the one judged by": (lambda p: budget(p, "p95", max=0.5), {"benchmarks": "missing"}),
    "interval too wide": (lambda p: bench(p, high=0.71), {"benchmarks": "failed"}),
    "old benchmarks": (
        lambda p: p.results("bench", days=20), {"benchmarks": "stale", "performance-checklist": "stale"},
    ),
    "a difference from itself": (
        lambda p: noise(p, **{"one-tool p95": ratio(1.11, 1.3)}), {"performance-checklist": "failed"},
    ),
    "more small differences from itself than chance makes": (
        lambda p: noise(p, **{f"one-tool m{number}": ratio(1.01, 1.05) for number in range(4)}),
        {"performance-checklist": "failed"},
    ),
    "a ratio that was not compared with itself": (
        lambda p: noise(p, **{"one-tool p95": None}), {"performance-checklist": "missing"},
    ),
    "no comparison with itself": (
        lambda p: noise(p, **dict.fromkeys(NOISE)), {"performance-checklist": "missing"},
    ),
    "changed notebook": (lambda p: p.edit("notebooks/01.ipynb", '"1"', '"2"'), {"notebooks": "stale"}),
    "new notebook": (
        lambda p: (p.root / "notebooks/02.ipynb").write_text((p.root / "notebooks/01.ipynb").read_text()),
        {"notebooks": "missing"},
    ),
    "notebook that hides": (
        lambda p: p.edit("notebooks/01.ipynb", '"metadata": {}', '"metadata": {"tags": ["raises-exception"]}'),
        {"notebooks": "failed"},
    ),
    "claim without evidence": (lambda p: p.edit("support_matrix.yaml", EVIDENCE, ""), {"matrix": "missing"}),
    "claim with evidence of nothing": (
        lambda p: p.edit("support_matrix.yaml", "tests/a.py::*", "tests/none.py::*"), {"matrix": "missing"},
    ),
    "forgotten symbols": (
        lambda p: p.edit("support_matrix.yaml", '"agno.*", ', '"agno.agent.*", '), {"not-migrated": "failed"},
    ),
    "one pilot": (lambda p: (p.root / "pilots/other.yaml").unlink(), {"pilots": "missing"}),
    "rehearsal": (lambda p: p.pilot("other", rehearsal=True), {"pilots": "missing"}),
    "slow pilot": (lambda p: p.pilot("other", minutes=61), {"pilots": "missing"}),
    "unfinished pilot": (lambda p: p.pilot("other", finished=None), {"pilots": "missing"}),
    "pilot not accepted": (lambda p: p.pilot("other", verification=None), {"pilots": "missing"}),
    "pilot with an open item": (lambda p: drop(p, "ci"), NO_PILOT),
    "pilot whose item is misspelled": (lambda p: p.edit(OTHER, "- id: scope", "- id: scoop"), NO_PILOT),
    "pilot that is done without a signature": (lambda p: unsign(p, "acceptance"), NO_PILOT),
    "pilot whose proof is gone": (lambda p: p.edit(OTHER, "https://example.org/1", "pilots/gone.md"), NO_PILOT),
    "broken pilot log": (lambda p: p.edit("pilots/other.yaml", "team: other", "team: 3"), {"pilots": "failed"}),
    "no ticket counts": (lambda p: (p.root / "results/support.json").unlink(), {"tickets": "missing"}),
    "old ticket counts": (lambda p: p.results("support", days=8), {"tickets": "stale"}),
    "ticket counts of a day to come": (lambda p: p.results("support", days=-1), {"tickets": "stale"}),
    "one week of tickets": (
        lambda p: p.results("support", p.bodies["support"] | {"weeks": {"2026-W47": {}}}), {"tickets": "missing"},
    ),
    "tickets without alert": (lambda p: week(p, core=3), {"tickets": "failed"}),
    "guidance": (add_guidance, {"performance-checklist": "failed"}),
    "no sign-offs": (lambda p: signed_file(p).unlink(), dict.fromkeys(SIGNED, "missing")),
    "item that always applies": (
        lambda p: sign(p, "docs", "read", link="", not_applicable="We did not want to."), {"docs-checklist": "failed"},
    ),
    "signature whose proof is gone": (lose_proof, {"docs-checklist": "failed"}),
    "checklist that asks for itself": (
        lambda p: p.edit("checklists/docs.yaml", "signed, proof: p}", 'automatic, evidence: ["gate:docs"]}'),
        {"docs-checklist": "failed"},
    ),
    "check that does not exist": (
        lambda p: p.edit("checklists/release.yaml", "gate:coverage", "gate:covrage"), {"coverage": "failed"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", PLANTED)
def test_any_one_fault_closes_the_gate(project, fault):
    plant, expected = PLANTED[fault]
    plant(project)
    assert open_lines(project) == expected


def test_a_budget_that_was_measured_and_judged_by_is_held(project):
    budget(project, "p95", max=0.7)
    assert open_lines(project) == {}


def test_a_row_that_fails_names_what_failed(project):
    ran(project, "x", outcome="failed")
    line = next(line for line in verdict(project).lines if line.id == "tests")
    assert line.details == ("failed: tests/b.py::x",)


def test_a_rate_below_the_bar_closes_the_gate_even_when_everything_is_explained(project):
    project.results(
        "parity",
        {"fixtures": {"us1": {"outcome": "passed", "cases": {"a": case(), "b": case(outcome="error", error="died")}}}},
    )
    assert open_lines(project)["parity"] == "failed"


def test_new_commits_that_leave_the_code_alone_keep_results_current(project):
    (project.root / "docs.md").write_text("words")
    project.git("add", "docs.md")
    project.git("commit", "-qm", "docs")
    assert open_lines(project) == {}


def test_an_answered_alert_opens_the_gate_again(project):
    week(project, core=3)
    pilots = project.root / "pilots"
    counts = Counts(NOW.date() - timedelta(days=7), NOW.date(), {"2026-W47": {"core": ("1", "2", "3")}})
    raise_alerts(pilots, counts, 2, NOW)
    assert open_lines(project) == {"tickets": "failed"}
    answer = {"name": "Ada", "link": "https://example.org", "text": "It was fixed in 0.1.1."}
    answer_alert(pilots, "core/2026-W47", day=NOW.date(), **answer)
    assert open_lines(project) == {}


def waiver(days, granted=0):
    day = NOW.date()
    return Waiver(
        "pilots",
        "The teams start next week.",
        "Ada",
        str(day + timedelta(days=days)),
        str(day + timedelta(days=granted)),
    )


def test_a_waiver_opens_the_gate_and_stays_visible(project):
    (project.root / "pilots/other.yaml").unlink()
    add_waiver(project.root, "0.1.0", waiver(10))
    found = verdict(project)
    assert found.passed
    line = next(line for line in found.lines if line.id == "pilots")
    assert line.status == "waived"
    assert "missing: 1 of 2 pilots accepted; waived until" in line.shown


def test_a_broken_pilot_log_is_named_as_everybody_has_it_and_no_waiver_covers_it(project):
    add_waiver(project.root, "0.1.0", waiver(10))
    project.pilot("other", verification=None)
    assert open_lines(project) == {}
    PLANTED["broken pilot log"][0](project)
    [line] = [line for line in verdict(project).lines if line.id == "pilots"]
    assert line.status == "failed"
    assert line.shown.startswith("pilots/other.yaml:")
    assert str(project.root) not in str(line)


@pytest.mark.parametrize(
    ("days", "granted", "told"), [(-1, -10, "ended on"), (5, 1, "begins on"), (81, -10, "is longer than 90 days")]
)
def test_a_waiver_that_is_not_in_force_opens_nothing_and_says_why(project, days, granted, told):
    (project.root / "pilots/other.yaml").unlink()
    sound = waiver(80, granted=-10)
    add_waiver(project.root, "0.1.0", sound)
    assert open_lines(project) == {}
    wanted = waiver(days, granted=granted)  # by hand: the command refuses some of these
    project.edit(signed_file(project), f"granted: '{sound.granted}'", f"granted: '{wanted.granted}'")
    project.edit(signed_file(project), f"expires: '{sound.expires}'", f"expires: '{wanted.expires}'")
    line = next(line for line in verdict(project).lines if line.id == "pilots")
    assert line.status == "missing"
    assert line.details[0].startswith("a waiver of Ada ")
    assert told in line.details[0]


def test_a_waiver_of_something_that_passes_changes_nothing(project):
    add_waiver(project.root, "0.1.0", waiver(10))
    assert next(line for line in verdict(project).lines if line.id == "pilots").status == "passed"


def test_sign_offs_of_another_release_do_not_count(project):
    assert not judge(load_context(project.root, release="0.2.0")).passed


def test_an_empty_checklist_is_no_yes(project):
    context = load_context(project.root)
    found = judge(context)
    assert type(found)(found.release, found.date, found.reference, (), ()).passed is False


def test_every_gate_check_that_our_checklists_name_exists_and_each_is_used():
    named = set()
    for path in sorted((find_root() / "checklists").glob("*.yaml")):
        for item in load_checklist(path).items:
            named |= {text.removeprefix("gate:") for text in getattr(item, "evidence", ()) if text.startswith("gate:")}
    assert named == set(CHECKS)


def test_the_coverage_bar_is_the_one_of_the_test_run():
    import tomllib

    root = find_root()
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    bar = load_checklist(root / "checklists" / "release.yaml").thresholds.coverage_percent
    assert settings["tool"]["coverage"]["report"]["fail_under"] == bar


def test_the_verdict_is_the_same_in_every_view(project):
    found = verdict(project)
    data = report.data(found)
    assert data["passed"] is True
    assert json.loads(json.dumps(data)) == data
    for view in (report.text(found, details=True), report.markdown(found)):
        assert "may go ahead" in view
        assert "Use another." in report.markdown(found)
        assert all(line.shown[:40].replace("|", "\\|") in view.replace("|", "\\|") for line in found.lines)


def test_a_small_difference_from_itself_that_chance_explains_closes_nothing_and_is_named(project):
    noise(project, **{"one-tool p95": ratio(1.0002, 1.002)})
    assert open_lines(project) == {}
    found = run_checks.noise_floor(load_context(project.root))
    assert "1 leave out 1" in found.shown
    assert found.details == ("one-tool p95: [1, 1]",)


@pytest.mark.parametrize(
    ("off", "others", "status"),
    [
        ([ratio(1.01, 1.05)] * 2, 4, "passed"),  # of six, chance explains two
        ([ratio(1.01, 1.05)] * 3, 3, "failed"),
        ([ratio(1.1, 1.3)], 5, "passed"),  # a tenth, and not more
        ([ratio(1.1001, 1.3)], 5, "failed"),
        ([ratio(0.8, 0.9)], 5, "passed"),
        ([ratio(0.8, 0.8999)], 5, "failed"),
        ([ratio(1.0, 1.3)] * 6, 0, "passed"),  # an end at 1 holds it
    ],
)
def test_the_edges_of_what_chance_explains(project, off, others, status):
    told = {f"m{number}": one for number, one in enumerate([*off, *[ratio(0.97, 1.03)] * others])}
    project.results("bench", project.bodies["bench"] | {"scenarios": {}, "noise": told})
    assert run_checks.noise_floor(load_context(project.root)).status == status


@pytest.mark.parametrize(
    ("ratio_of", "status"),
    [
        ({"budget": {"max": 2}}, "missing"),
        ({"budget": {"max": 2}, "against": "absolute"}, "passed"),  # there is no other side
        ({"budget": {"max": 2}, "against": "wherry"}, "passed"),
        ({}, "passed"),
    ],
)
def test_what_has_to_be_compared_with_itself_are_the_ratios_with_a_budget(project, ratio_of, status):
    ratios = project.bodies["bench"]["scenarios"]["one-tool"]["ratios"] | {"new": ratio(0.9, 1.1, **ratio_of)}
    project.results("bench", project.bodies["bench"] | {"scenarios": {"one-tool": {"ratios": ratios}}})
    assert run_checks.noise_floor(load_context(project.root)).status == status


def test_each_open_line_says_what_to_do_and_who_does_it(project):
    signed_file(project).unlink()
    for name in ("tests", "coverage", "bench", "support", "notebooks"):
        (project.root / "results" / f"{name}.json").unlink()
    for log in (project.root / "pilots").glob("*.yaml"):
        log.unlink()
    found = verdict(project)
    assert len([line for line in found.lines if line.open]) > 8
    for line in found.lines:
        assert bool(line.todo) == line.open, line.id
    said = report.text(found).partition("What to do:\n")[2]
    assert "pilots (release manager)\n    Another team follows the checklist" in said
    assert "`wherry gate sign docs read --name NAME --link LINK`" in said
    assert "`wherry gate sign performance second-machine --name NAME --link LINK`" in said
    assert "Run `wherry bench`" in said
    assert "- To do (release manager): Another team" in report.markdown(found)
    assert [line["todo"] for line in report.data(found)["lines"]] == [list(line.todo) for line in found.lines]


def test_what_to_do_about_each_check_is_known():
    nested = {"performance", "docs"}  # their own items say it
    assert set(TODO) == set(CHECKS) - nested


def test_every_command_in_what_to_do_can_be_typed(project):
    signed_file(project).unlink()
    counts = Counts(NOW.date() - timedelta(days=7), NOW.date(), {"2026-W47": {"core": ("1", "2", "3")}})
    raise_alerts(project.root / "pilots", counts, 2, NOW)
    week(project, core=3)
    told = [*TODO.values(), *(step for line in verdict(project).lines for step in line.todo)]
    commands = {typed for step in told for typed in re.findall(r"`((?:wherry|make|coverage) [^`]+)`", step)}
    assert {"wherry bench", "make evidence"} < commands
    assert any(typed.startswith("wherry gate sign ") for typed in commands)
    assert any(typed.startswith("wherry support answer ") for typed in commands)
    for typed in commands:
        program, *words = typed.split()
        if program == "wherry":
            build_app().parse_args(words, exit_on_error=False, print_error=False)
        elif program == "make":
            assert f'\t@echo "make {words[0]}' in (find_root() / "Makefile").read_text()


def test_what_to_do_about_an_alert_names_it(project):
    week(project, core=3)
    counts = Counts(NOW.date() - timedelta(days=7), NOW.date(), {"2026-W47": {"core": ("1", "2", "3")}})
    raise_alerts(project.root / "pilots", counts, 2, NOW)
    (line,) = (line for line in verdict(project).lines if line.open)
    assert line.todo == ("Answer it: `wherry support answer core/2026-W47 --name NAME --link LINK --text WHAT`.",)


@pytest.mark.parametrize(("comparisons", "most"), [(1, 1), (2, 1), (20, 4), (44, 6), (200, 18)])
def test_chance_explains_few_intervals_that_leave_out_the_truth(comparisons, most):
    assert by_chance(comparisons) == most
