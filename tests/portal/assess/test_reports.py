"""Suppressions, baselines, formats and exit statuses."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from sarif_rules import SARIF

from wherry_portal.assess.formats import FORMATS, render
from wherry_portal.assess.formats.text import headline_rows
from wherry_portal.assess.report import make_report, read_baseline, write_baseline
from wherry_portal.cli import main
from wherry_portal.rules import RULES, summary_of
from wherry_portal.sources import SourceError, packaged

BLOCKED = "from agno.agent import Agent\n\nagent = Agent(sandbox=True)\n"


def features(result):
    return [(f.rule, f.feature or f.symbol) for f in result.findings if f.level != "note"]


def test_a_suppression_with_a_reason_silences_its_line(assessed):
    code = BLOCKED.replace("True)", "True)  # wherry: ignore[agent.sandbox] gone next sprint")
    result = assessed({"a.py": code})
    assert features(result) == []
    assert make_report(result).headline.silenced == 1


def test_the_headline_says_how_much_of_what_is_there_has_limits(assessed):
    code = "from agno.agent import Agent\nfrom agno.vectordb.lancedb import LanceDb\n"
    code += "from agno.scheduler import ScheduleManager\n"
    report = make_report(assessed({"a.py": code}))
    assert ("names of Agno", "3 different, 2 available (67%), 1 of them within limits") in headline_rows(report)
    plain = make_report(assessed({"a.py": code.splitlines()[0]}))
    assert ("names of Agno", "1 different, 1 available (100%)") in headline_rows(plain)


def test_a_suppression_may_name_the_rule(assessed):
    code = BLOCKED.replace("True)", "True)  # wherry: ignore[keyword] gone next sprint")
    assert features(assessed({"a.py": code})) == []


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("# wherry: ignore[agent.sandbox]", "without a reason"),
        ("# wherry: ignore because", "without naming what"),
        ("# wherry: ignore[os.queue] because", "not found here"),
    ],
)
def test_a_suppression_that_does_nothing_is_reported(assessed, comment, told):
    result = assessed({"a.py": BLOCKED.replace("True)", f"True)  {comment}")})
    assert ("keyword", "agent.sandbox") in features(result)
    assert [told in f.what for f in result.findings if f.rule == "suppression"] == [True]


def test_a_baseline_hides_what_is_known_wherever_it_moved(assessed, tmp_path):
    path = tmp_path.parent / "baseline.json"
    before = assessed({"a.py": BLOCKED})
    assert write_baseline(path, before) == 2
    moved = assessed({"a.py": "\n\n# moved\n" + BLOCKED})
    report = make_report(moved, read_baseline(path))
    assert (report.findings, report.headline.known, report.stale) == ([], 2, [])


def test_a_baseline_does_not_hide_a_second_one_of_the_same_kind(assessed, tmp_path):
    path = tmp_path.parent / "baseline.json"
    write_baseline(path, assessed({"a.py": BLOCKED}))
    report = make_report(assessed({"a.py": BLOCKED + "agent = Agent(sandbox=True)\n"}), read_baseline(path))
    assert [finding.span.line for finding, _ in report.findings] == [4]


def test_entries_that_match_nothing_any_more_are_stale(assessed, tmp_path):
    path = tmp_path.parent / "baseline.json"
    write_baseline(path, assessed({"a.py": BLOCKED}))
    report = make_report(assessed({"a.py": "from agno.agent import Agent\n"}), read_baseline(path))
    assert len(report.stale) == 1


def test_something_else_is_no_baseline(tmp_path):
    path = tmp_path / "b.json"
    path.write_text('{"schema": 2}', "utf-8")
    with pytest.raises(SourceError, match="not a baseline"):
        read_baseline(path)


@pytest.fixture
def report(assessed):
    files = {
        "pkg/a.py": "from agno.agent import Agent\nAgent(sandbox=True, storage=1, bogus=2)\n",
        "b <x>.py": "from agno.tools.yfinance import YFinanceTools\n",
        "broken.py": "import agno.agent\ndef (\n",
        "n.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": ["import agno.team\n"]}]}),
        "requirements.txt": "agno==2.0\n",
    }
    return make_report(assessed(files))


def test_json_keeps_its_schema(report):
    data = json.loads(render(report, "json"))
    schema = json.loads(packaged("contracts/findings.schema.json").read_text("utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(data)) == []
    assert data["headline"]["unjudged_files"] == 1
    assert {one["file"] for one in data["findings"]} == {"pkg/a.py", "b <x>.py", "n.ipynb", "requirements.txt"}
    learning = next(one for one in data["findings"] if one["feature"] == "agent.sandbox")
    assert (learning["line"], learning["level"], learning["automatic"]) == (2, "error", False)


def test_sarif_has_what_code_hosts_need(report):
    run = json.loads(render(report, "sarif"))["runs"][0]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} <= rules
    assert run["columnKind"] == "unicodeCodePoints"
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        region = place["region"]
        assert re.fullmatch(r"[\w.%/-]+", place["artifactLocation"]["uri"])
        assert (region["startLine"], region["startColumn"]) < (region["endLine"], region["endColumn"])
        assert re.fullmatch(r"[0-9a-f]{16}", result["partialFingerprints"]["wherry/v1"])
    fixes = [result["fixes"] for result in run["results"] if "fixes" in result]
    assert any(
        change["replacements"][0]["insertedContent"]["text"] == "db"
        for fix in fixes
        for change in fix[0]["artifactChanges"]
    )
    invocation = run["invocations"][0]
    assert not invocation["executionSuccessful"]
    assert "syntax-error" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def faults_of_sarif(text):
    checker = Draft202012Validator(SARIF, format_checker=FormatChecker())
    return [f"{'/'.join(map(str, fault.path))}: {fault.message}" for fault in checker.iter_errors(json.loads(text))]


def test_sarif_keeps_the_rules_of_the_standard(report, assessed):
    text = render(report, "sarif")
    assert faults_of_sarif(text) == []
    for result in json.loads(text)["runs"][0]["results"]:
        notebook = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith(".ipynb")
        assert ("logicalLocations" in result["locations"][0]) == notebook
    assert faults_of_sarif(render(make_report(assessed({"a.py": ""})), "sarif")) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"startLine": 1', '"startLine": 0'),
        ('"level": "error"', '"level": "fatal"'),
        ('"ruleId"', '"ruleID"'),
        ('"version": "2.1.0"', '"version": "2.0.0"'),
        ('"executionSuccessful": false', '"executionSuccessful": "no"'),
    ],
)
def test_the_rules_of_sarif_can_be_broken(report, right, wrong):
    text = render(report, "sarif")
    assert right in text
    assert faults_of_sarif(text.replace(right, wrong)) != []


def test_html_stands_alone_and_escapes(report):
    page = render(report, "html")
    assert "b &lt;x&gt;.py" in page
    assert "<x>" not in page
    loads = re.findall(r"""(?:src|href)=["']?([^"' >]+)""", page)
    assert [one for one in loads if "/features/" not in one] == []
    body = page[page.index("<main>") : page.index("</main>") + 7]
    assert ET.fromstring(body.replace("<br>", "<br/>")).tag == "main"  # noqa: S314 - a page made a line above


def test_markdown_and_text_say_what_could_not_be_judged_first(report):
    for output_format in ("markdown", "text"):
        page = render(report, output_format)
        assert page.index("broken.py") < page.index("pkg/a.py")
        assert "syntax-error" in page


def test_a_pipe_in_a_text_does_not_break_the_table(assessed):
    page = render(make_report(assessed({"a.py": "from agno.agent import Agent\nAgent(instrutions=1)\n"})), "markdown")
    rows = [line for line in page.splitlines() if line.startswith("| 2:")]
    assert [len(re.split(r"(?<!\\)\|", row)) for row in rows] == [7]


def test_all_lists_what_migrate_does(report):
    assert "imports agno.agent.Agent" not in render(report, "text")
    assert "imports agno.agent.Agent" in render(report, "text", everything=True)


@pytest.mark.parametrize("output_format", FORMATS)
def test_every_format_draws_an_empty_report(assessed, output_format):
    assert render(make_report(assessed({})), output_format)


@pytest.mark.parametrize(
    ("code", "options", "status"),
    [
        ("import json\n", [], 0),
        ("from agno.agent import Agent\nAgent(sandbox=True)\n", [], 1),
        ("from agno.agent import Agent\nAgent(sandbox=True)\n", ["--fail-on", "never"], 0),
        ("from agno.tools.yfinance import YFinanceTools\n", [], 0),
        ("from agno.tools.yfinance import YFinanceTools\n", ["--fail-on", "warning"], 1),
        ("import os\nos.getenv('AGNO_DEBUG')\n", ["--fail-on", "note"], 1),
        ("import agno.agent\ndef (\n", [], 2),
    ],
)
def test_exit_statuses_and_the_last_line_says_them(tmp_path, capsys, code, options, status):
    (tmp_path / "a.py").write_text(code, "utf-8")
    assert main(["assess", str(tmp_path), *options]) == status
    last = capsys.readouterr().out.splitlines()[-1]
    assert f"xit status {status}" in last
    assert last.startswith("No finding of level error") == (status == 0 and not options)


def test_a_folder_without_code_is_no_code_without_findings(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("nothing to see", "utf-8")
    assert main(["assess", str(tmp_path)]) == 2
    assert "there is nothing to assess in" in capsys.readouterr().err
    (tmp_path / "a.py").write_text("import json\n", "utf-8")
    assert main(["assess", str(tmp_path), "--exclude", "*.py"]) == 2
    assert main(["assess", str(tmp_path)]) == 0


def test_a_path_that_is_not_there_is_one_readable_line(tmp_path, capsys):
    assert main(["assess", str(tmp_path / "nope")]) == 2
    assert "there is nothing at" in capsys.readouterr().err


def test_output_and_baseline_by_command(tmp_path, capsys):
    (tmp_path / "a.py").write_text(BLOCKED, "utf-8")
    baseline, page = tmp_path / "known.json", tmp_path / "out" / "report.html"
    assert main(["assess", str(tmp_path), "--write-baseline", str(baseline)]) == 0
    assert main(["assess", str(tmp_path), "--baseline", str(baseline), "--format", "html", "--output", str(page)]) == 0
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_every_rule_is_registered_and_documented():
    from wherry_portal import rules

    folder = packaged("contracts/findings.schema.json").parents[1] / "portal" / "wherry_portal" / "rules"
    with_check = {
        path.stem for path in folder.glob("*.py") if re.search(r"^def check\(", path.read_text("utf-8"), re.MULTILINE)
    }
    assert with_check == {function.__module__.rpartition(".")[2] for function in RULES.values()}
    for name, function in RULES.items():
        source = (folder / f"{function.__module__.rpartition('.')[2]}.py").read_text("utf-8")
        assert re.search(r"::\n\n    \S", source.partition('"""')[2].partition('"""')[0], re.MULTILINE), name
        assert summary_of(name).endswith((".", ":")), name
    assert rules.__doc__


def test_a_stale_suppression_is_no_place_that_could_not_be_judged(assessed):
    report = make_report(assessed({"a.py": "import agno.agent  # wherry: ignore[agent.sandbox] gone\n"}))
    assert [finding.rule for finding, _ in report.findings if finding.verdict == "unjudged"] == ["suppression"]
    assert report.headline.unjudged_places == 0
