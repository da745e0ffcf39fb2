"""Recording processes and whole runs: a hang, a crash and a mutated reply are each told for what they are."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from wherry_portal.cli import main
from wherry_portal.evidence.results import load_file
from wherry_portal.parity import children
from wherry_portal.parity import environment as environments
from wherry_portal.parity.children import ChildError, Job, record_all
from wherry_portal.parity.command import FOLDERS
from wherry_portal.parity.compare import compare
from wherry_portal.parity.environment import environment
from wherry_portal.parity.fixture import read_fixture, read_fixtures
from wherry_portal.parity.intentional import Expectations, read_rules
from wherry_portal.parity.mutate import mutated
from wherry_portal.parity.normalise import normalise
from wherry_portal.parity.report import mutated_verdict, show
from wherry_portal.parity.run import Plan, run_parity, run_quick

ROOT = Path(__file__).parents[3]
CALLABLES = ROOT / "fixtures" / "callables"
US1 = ROOT / "fixtures" / "us1_basic_coordination.yaml"

SMALL = """\
fixture_id: small
description: One agent, one tool.
workflow_template:
  db: sqlite
  model: {id: gpt-5-mini}
  agents:
    ada: {name: Ada, tools: [tide]}
tool_responses: {tide: {description: Tide., returns: rising}}
user_inputs: [{content: Hello.}]
model_responses: [{tool_calls: [tide]}, Hi.]
ways: [run, aevents]
expected_assertions: [{kind: equality, path: "outputs[0].stored.content", value: Hi.}]
"""


def small(tmp_path, old="", new=""):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL.replace(old, new) if old else SMALL)
    return read_fixture(path)


@pytest.mark.usefixtures("loaded_once")
def test_a_recording_holds_every_channel(tmp_path):
    plan = Plan([small(tmp_path)], CALLABLES)
    sides = record_all([Job("wherry", "wherry", plan.entries())], CALLABLES)
    document = sides["wherry"]["small/main[aevents]"]["document"]
    assert [request["path"] for request in document["requests"]] == ["/v1/chat/completions"] * 2
    assert document["events"][0][0]["event"] == "RunStarted"
    assert document["outputs"][0]["stored"]["content"] == "Hi."
    assert document["sessions"]["agno_runs"][0]["run_data"]["tools"][0]["result"] == "rising"
    assert (document["errors"], document["refused"], document["unused"]) == ([None], [], [])


@pytest.mark.usefixtures("loaded_once")
def test_a_case_that_hangs_is_an_error_of_its_own_and_the_others_run(tmp_path, monkeypatch):
    monkeypatch.setattr(children, "CASE_SECONDS", 15.0)
    hanging = small(tmp_path, "returns: rising", "returns: rising, sleeps: 60")
    other = small(tmp_path)
    entries = [*Plan([hanging], CALLABLES).entries()[:1], *Plan([other], CALLABLES).entries()[1:]]
    found = record_all([Job("wherry", "wherry", entries)], CALLABLES)["wherry"]
    assert "no result within 15 s" in found["small/main[run]"]["error"]
    assert found["small/main[aevents]"]["document"]["outputs"][0]["stored"]["content"] == "Hi."


@pytest.mark.usefixtures("loaded_once")
def test_a_case_that_kills_its_process_is_an_error_of_its_own(tmp_path):
    callables = tmp_path / "callables"
    callables.mkdir()
    (callables / "bad.py").write_text("import os\n\n\ndef die():\n    os._exit(7)\n")
    deadly = small(tmp_path, "tools: [tide]", "tools: [{$call: bad.die}]")
    entries = [*Plan([deadly], callables).entries()[:1], *Plan([small(tmp_path)], callables).entries()[1:]]
    entries[0]["recipe"]["model_responses"][0]["tool_calls"] = ["die"]
    found = record_all([Job("wherry", "wherry", entries)], callables)["wherry"]
    assert "ended the process" in found["small/main[run]"]["error"]
    assert "document" in found["small/main[aevents]"]


@pytest.mark.usefixtures("loaded_once")
def test_a_recipe_that_cannot_be_built_says_why(tmp_path):
    plan = Plan([small(tmp_path, "[tide]", "[none_such]")], CALLABLES)
    found = record_all([Job("wherry", "wherry", plan.entries())], CALLABLES)["wherry"]["small/main[run]"]
    text = found.get("error") or found["document"]["errors"][0]["message"]
    assert "there is no tool 'none_such'" in text


def test_an_absent_runtime_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(
        environments, "_ENVIRONMENT", {**environments._ENVIRONMENT, "PYTHONPATH": "/nowhere", "PYTHONHOME": "/nowhere"}
    )
    with pytest.raises(ChildError, match="ended before its first case"):
        record_all([Job("wherry", "wherry", Plan([small(tmp_path)], CALLABLES).entries())], CALLABLES)


def test_children_get_no_credentials_and_no_proxy(monkeypatch):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "HTTPS_PROXY", "https_proxy", "GOOGLE_API_KEY"):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in environment().values()
    assert environment()["AGNO_TELEMETRY"] == "false"


@pytest.mark.usefixtures("loaded_once")
def test_the_quick_check_needs_no_reference():
    results = run_quick(Plan([read_fixture(US1)], CALLABLES))
    assert [way.broken for case in results[0].cases for way in case.ways] == [[]] * 12
    assert results[0].outcome == "passed"


@pytest.mark.usefixtures("loaded_once")
def test_the_quick_check_fails_on_a_broken_assertion(tmp_path):
    results = run_quick(Plan([small(tmp_path, "value: Hi.", "value: Ho.")], CALLABLES))
    assert results[0].outcome == "failed"
    assert "expected 'Ho.', got 'Hi.'" in results[0].cases[0].ways[0].broken[0]


@pytest.mark.usefixtures("loaded_once")
def test_a_reply_nobody_asks_for_and_a_request_nobody_expects_fail(tmp_path):
    spare = run_quick(Plan([small(tmp_path, "Hi.]", "Hi., Spare.]")], CALLABLES))
    assert "replies[2] used 0 of 1 times" in spare[0].cases[0].ways[0].broken[0]
    short = run_quick(Plan([small(tmp_path, ", Hi.]", "]")], CALLABLES))
    assert "no reply of the script fits request 1" in " ".join(short[0].cases[0].ways[0].broken)


DEAF = (
    SMALL.replace("fixture_id: small", "fixture_id: deaf")
    .replace("user_inputs: [{content: Hello.}]", "user_inputs: [{call: get_session, args: {session_id: x}}]")
    .replace("[run, aevents]", "[run]")
)


@pytest.fixture(scope="module")
def reference(tmp_path_factory, kept):
    """Two fixtures, the second of which never asks its model, recorded on the reference: (fixtures, cache, results)."""
    folder = tmp_path_factory.mktemp("reference")
    (folder / "deaf.yaml").write_text(DEAF)
    fixtures = [small(folder), read_fixture(folder / "deaf.yaml")]
    cache = folder / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(children, "kept", kept)
        results = run_parity(Plan(fixtures, CALLABLES, candidate="agno", cache=cache), Expectations([]))
    return fixtures, cache, results


# Cases that end before a scripted answer counts: refused when made, stopped by a check, paused or cancelled.
ANSWERS_DO_NOT_COUNT = {
    "agents-errors/unknown-argument[run]",
    "agents-guards/moderation-stops[run]",
    "workflows-control/agent-tool-needs-confirmation[run]",
    "workflows-control/cancelled[events]",
    "workflows-control/step-without-executor[run]",
    "workflows-elsewhere/parallel-asks[run]",
    "workflows-more/cancelled-in-a-loop[events]",
    "workflows-review/review-that-a-step-cannot-have[run]",
}


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("loaded_once")
def test_every_case_of_every_fixture_notices_a_changed_answer():
    fixtures = read_fixtures([US1, *(ROOT / "fixtures" / name for name in FOLDERS)])
    entries = Plan(fixtures, CALLABLES, mutate=True).entries()
    changed = [{**entry, "recipe": mutated(entry["recipe"])} for entry in entries]
    sides = record_all([Job("plain", "wherry", entries), Job("changed", "wherry", changed)], CALLABLES)
    unordered = {case.key: case.unordered for fixture in fixtures for case in fixture.cases}

    def notices(key):
        one, other = (
            normalise(sides[side][key]["document"], unordered[key.partition("[")[0]]) for side in ("plain", "changed")
        )
        # A reply that nobody asked for is named with its text: that is the change itself, not its effect.
        return any(found.path[0] != "unused" for found in compare(one, one, other).differences)

    assert len(entries) > 400
    assert {entry["key"] for entry in entries if not notices(entry["key"])} == ANSWERS_DO_NOT_COUNT


@pytest.mark.parity
class TestAgainstTheReference:
    def test_the_reference_agrees_with_itself(self, reference):
        case = reference[2][0].cases[0]
        assert case.outcome == "passed"
        assert case.count("compared") > 200
        assert case.count("compared") == case.count("equal") + case.count("noise")

    @pytest.mark.usefixtures("loaded_once")
    def test_a_changed_reply_has_to_be_noticed_or_the_fixture_cannot_fail(self, reference):
        fixtures, cache, _ = reference
        good, deaf = run_parity(Plan(fixtures, CALLABLES, cache=cache, mutate=True), Expectations([]))
        assert good.outcome == "passed"  # the change was noticed
        assert "cannot fail" in deaf.cases[0].ways[0].broken[0]
        assert mutated_verdict([good]) == (True, ["1 of 1 case noticed the changed reply; each has to."])
        told = ["1 of 2 cases noticed the changed reply; each has to.", "proves nothing until it does: deaf/main"]
        assert mutated_verdict([good, deaf]) == (False, told)
        page = io.StringIO()
        show([good, deaf], Console(file=page, width=120), findings=9, cases=False, mutated=True)
        assert page.getvalue().split()[:4] == ["fixture", "cases", "runs", "outcome"]

    def test_recordings_of_the_reference_are_used_again_only_while_nothing_changes(
        self, reference, tmp_path, monkeypatch
    ):
        fixtures, cache, _ = reference
        kept = {path.name: path.stat().st_mtime_ns for path in cache.iterdir()}
        assert len(kept) == 3
        pair = json.loads(next(cache.iterdir()).read_bytes())
        asked = []

        def recorded(jobs, *_, **__):
            """What any runtime says; the reference itself takes seconds, and says it in the tests beside this one."""
            asked.append({job.side: [entry["key"] for entry in job.entries] for job in jobs})
            return {job.side: {entry["key"]: pair[0] for entry in job.entries} for job in jobs}

        monkeypatch.setattr("wherry_portal.parity.run.record_all", recorded)
        changed = small(tmp_path, "ways: [run, aevents]", "ways: [run]")
        other = small(tmp_path, "Hello.", "Hullo.")
        run_parity(Plan([fixtures[0], changed], CALLABLES, cache=cache), Expectations([]))
        assert asked.pop() == {"wherry": ["small/main[run]", "small/main[aevents]", "small/main[run]"]}
        assert {path.name: path.stat().st_mtime_ns for path in cache.iterdir()} == kept
        run_parity(Plan([other], CALLABLES, only=("[run]",), cache=cache), Expectations([]))
        assert asked == [{side: ["small/main[run]"] for side in ("agno", "again", "wherry")}]
        assert len(list(cache.iterdir())) == 4

    def test_the_command_writes_results_that_fit_their_schema(self, tmp_path, capsys, monkeypatch):
        path = tmp_path / "small.yaml"
        path.write_text(SMALL)
        monkeypatch.setattr("wherry_portal.parity.children.environment", environment)
        target = tmp_path / "parity_results.json"
        status = main(["parity", "run", str(path), "--output", str(target)])
        found = load_file(target, "parity")
        case = found.entries["small"].data["cases"]["main"]
        assert case["compared"] == case["equal"] + case["noise"] + case["intentional"] + case["different"]
        assert status == (0 if found.entries["small"].outcome == "passed" else 1)
        assert found.stamp.versions["agno"] == "3.1.10"
        assert "parity" in capsys.readouterr().out

    def test_a_fixture_of_ones_own_runs_outside_of_a_project(self, tmp_path, capsys, monkeypatch):
        (tmp_path / "small.yaml").write_text(SMALL)
        monkeypatch.setattr("wherry_portal.parity.children.environment", environment)
        monkeypatch.setattr("wherry_portal.parity.command.find_root", lambda: tmp_path)
        monkeypatch.chdir(tmp_path)
        assert main(["parity", "run", "small.yaml", "--candidate", "agno"]) == 0, capsys.readouterr().err


def never(*_, **__):
    raise AssertionError("nothing is to be run")


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ('{"date": "2026-01-01T00:00:00Z", "fix', "is not JSON"),
        ("[]", "is no result of `wherry parity run`"),
        ('{"fixtures": {}, "versions": {}}', "is no result of `wherry parity run`"),
        (None, "Is a directory"),
    ],
)
def test_results_that_cannot_be_merged_into_are_refused_before_anything_is_run(
    tmp_path, capsys, monkeypatch, there, told
):
    target = tmp_path / "r.json"
    target.mkdir() if there is None else target.write_text(there)
    (tmp_path / "small.yaml").write_text(SMALL)
    monkeypatch.setattr("wherry_portal.parity.run.run_parity", never)
    assert main(["parity", "run", str(tmp_path / "small.yaml"), "--output", str(target)]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert repr(str(target)) in said
    assert there is None or target.read_text() == there


def test_results_where_no_file_can_be_made_are_refused_before_anything_is_run(tmp_path, capsys, monkeypatch):
    fixture = tmp_path / "small.yaml"
    fixture.write_text(SMALL)
    monkeypatch.setattr("wherry_portal.parity.run.run_parity", never)
    assert main(["parity", "run", str(fixture), "--output", str(fixture / "r.json")]) == 2
    assert f"{str(fixture / 'r.json')!r}: no file can be made in {str(fixture)!r}" in capsys.readouterr().err


def test_a_folder_without_fixtures_is_named(tmp_path, capsys):
    assert main(["parity", "quick", str(tmp_path)]) == 2
    assert f"there is no fixture below {str(tmp_path)!r}" in capsys.readouterr().err


def test_bad_words_on_the_command_line_are_one_line_and_status_2(tmp_path, capsys):
    assert main(["parity", "run", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml" in capsys.readouterr().err
    (tmp_path / "bad.yaml").write_text("fixture_id: X\n")
    assert main(["parity", "run", str(tmp_path / "bad.yaml")]) == 2
    assert "bad.yaml:1" in capsys.readouterr().err
    assert main(["parity", "run", str(US1), "--only", "no such case"]) == 2
    assert "no case contains" in capsys.readouterr().err


RESULTS = {
    "date": "2026-11-22T00:00:00Z",
    "versions": {"agno": "3.1.10"},
    "fixtures": {"f": {"cases": {}}},
}


def results_file(path, version="3.1.10", **outcomes):
    cases = {
        name: {"outcome": outcome, "compared": 4, "equal": 3, "noise": 0, "intentional": 0, "different": 1}
        for name, outcome in outcomes.items()
    }
    path.write_text(json.dumps({**RESULTS, "versions": {"agno": version}, "fixtures": {"f": {"cases": cases}}}))
    return str(path)


def test_stats_name_what_was_fixed_and_what_broke(tmp_path, capsys):
    old = results_file(tmp_path / "old.json", a="failed", b="passed", c="failed", d="passed")
    new = results_file(tmp_path / "new.json", a="passed", b="failed", c="error", e="passed")
    assert main(["parity", "stats", new, old]) == 1
    lines = {
        line.split()[0]: line.split()[1:]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("  ") and "%" not in line
    }
    assert lines == {
        "fixed": ["1", "f/a"],
        "broke": ["1", "f/b"],
        "added": ["1", "f/e"],
        "gone": ["1", "f/d"],
        "still": ["1", "f/c"],
    }


def test_stats_name_every_case_that_broke(tmp_path, capsys):
    names = [f"case{number}" for number in range(60)]
    old = results_file(tmp_path / "old.json", **dict.fromkeys(names, "passed"))
    new = results_file(tmp_path / "new.json", **dict.fromkeys(names, "failed"))
    assert main(["parity", "stats", new, old]) == 1
    said = capsys.readouterr().out
    assert [name for name in names if name not in said] == []


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[1]",
        '{"fixtures": 3, "date": "d", "versions": {}}',
        '{"fixtures": {}, "date": 3, "versions": {}}',
        '{"fixtures": {}, "date": "d", "versions": ["agno"]}',
        "nothing",
    ],
)
def test_stats_of_something_else_are_one_line(tmp_path, capsys, text):
    (tmp_path / "r.json").write_text(text)
    assert main(["parity", "stats", str(tmp_path / "r.json")]) == 2
    assert "parity_stats" in capsys.readouterr().err


def test_stats_show_how_results_went_over_time(tmp_path, capsys, monkeypatch):
    (tmp_path / "results").mkdir()
    path = tmp_path / "results" / "parity_results.json"

    def git(*words):
        options = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", "-C", str(tmp_path), *options, *words], check=True, capture_output=True)

    git("init", "-q")
    for outcomes in ({"a": "failed"}, {"a": "passed", "b": "failed"}, {"a": "passed", "b": "passed"}):
        results_file(path, **outcomes)
        git("add", ".")
        git("commit", "-qm", "x")
        path.write_bytes(b'{"date": "\xff')  # what was committed in between and cannot be read is passed by
        git("commit", "-qam", "x")
    results_file(path, a="passed", b="passed")
    monkeypatch.setattr("wherry_portal.parity.command.find_root", lambda: tmp_path)
    assert main(["parity", "stats"]) == 0
    said = capsys.readouterr().out
    assert [line.split()[2:] for line in said.splitlines() if line.endswith(("cases passed", "case passed"))] == [
        ["2", "of", "2", "cases", "passed"],
        ["1", "of", "2", "cases", "passed"],
        ["0", "of", "1", "case", "passed"],
    ]
    assert "fixed     1  f/b" in said


def test_stats_refuse_to_compare_across_versions_of_the_reference(tmp_path, capsys):
    old, new = (
        results_file(tmp_path / "old.json", a="passed"),
        results_file(tmp_path / "new.json", version="3.2.0", a="passed"),
    )
    assert main(["parity", "stats", new, old]) == 2
    assert "agno '3.1.10' and agno '3.2.0'" in capsys.readouterr().err


def test_every_listed_difference_is_a_rule_for_a_row_of_the_matrix():
    from wherry_portal.sources import load

    rows = {row["id"] for row in load(ROOT / "support_matrix.yaml").data["features"]}
    assert {rule.feature for rule in read_rules()} <= rows


def test_fixtures_are_evidence_for_rows_that_exist():
    from wherry_portal.sources import load

    rows = {row["id"] for row in load(ROOT / "support_matrix.yaml").data["features"]}
    paths = [
        US1,
        *(ROOT / "fixtures" / name for name in ("agents", "knowledge", "learning", "sessions", "teams", "workflows")),
    ]
    for fixture in read_fixtures(paths):
        assert set(fixture.features) <= rows, fixture.id
