"""`wherry pilot` as a team uses it: through the command line, in a project of its own."""

import json
import signal
import subprocess
import sys

import pytest
from evidence_kit import case, write

from wherry import __version__
from wherry.core.matrix import reference
from wherry_portal.cli import main
from wherry_portal.parity.script.subject import subject
from wherry_portal.pilot import load_log
from wherry_portal.pilot.clock import now

CHECKLIST = """schema: 1
id: pilot
title: Pilot
purpose: To test.
budget_minutes: 60
items:
  - {id: runs, text: It runs., why: w, role: engineer, expected_minutes: 1, kind: automatic,
     command: "python3 {project}/run.py {team}"}
  - {id: parity, text: It is equal., why: w, role: engineer, expected_minutes: 1, kind: automatic,
     evidence: ["fixture:*"]}
  - {id: accepted, text: Somebody accepts., why: w, role: lead, expected_minutes: 2, kind: signed, proof: p}
  - {id: maybe, text: Perhaps., why: w, role: lead, expected_minutes: 2, kind: signed, proof: p, optional: true}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    for folder in ("checklists", "pilots", "service"):
        (tmp_path / folder).mkdir()
    (tmp_path / "checklists" / "pilot.yaml").write_text(CHECKLIST, encoding="utf-8")
    (tmp_path / "service" / "run.py").write_text("import sys; print('for', sys.argv[1])", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WHERRY_PILOT_TEAM", raising=False)
    return tmp_path


def pilot(*words):
    return main(["pilot", *words])


def log_of(project, team="core"):
    return load_log(project / "pilots" / f"{team}.yaml")


def test_a_second_signature_says_whose_it_replaces(project, capsys):
    pilot("start", "--team", "core", "--project", "service")
    pilot("sign", "accepted", "--name", "Ada", "--link", "https://example.org/1")
    assert "instead of" not in capsys.readouterr().out
    assert pilot("sign", "accepted", "--name", "Zoë", "--link", "https://example.org/2") == 0
    assert "instead of: Ada (lead)" in capsys.readouterr().out


def test_a_pilot_from_start_to_acceptance(project, capsys):
    from datetime import UTC, datetime

    write(
        project / "service" / "results", "parity", {"fixtures": {"own": {"outcome": "passed", "cases": {"a": case()}}}}
    )
    stale = json.loads((project / "service/results/parity_results.json").read_text())
    stale["date"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    (project / "service/results/parity_results.json").write_text(json.dumps(stale))
    assert (
        pilot("start", "--team", "core", "--project", "service", "--acceptance", "python run.py x", "--ci", "cron") == 0
    )
    assert "wherry pilot done runs" in capsys.readouterr().out
    assert pilot("done") == 0
    out = capsys.readouterr().out
    assert "for core" in out
    assert "sign accepted" in out
    assert pilot("sign", "accepted", "--name", "Ada", "--link", "https://example.org/1") == 0
    assert pilot("stop", "--note", "Ask about MCP") == 0
    assert pilot("start", "--team", "core") == 0
    assert "The clock runs again." in capsys.readouterr().out
    assert pilot("sign", "maybe", "--name", "Ada", "--not-applicable", "There is no database here.") == 0
    assert "All items are closed" in capsys.readouterr().out
    log = log_of(project)
    assert [entry.status for entry in log.items] == ["done", "done", "signed", "not_applicable"]
    assert (log.project, log.ci, log.acceptance) == ("service", "cron", ["python run.py x"])
    assert log.items[0].shown == ["for core"]
    assert log.items[0].command == "python3 {project}/run.py core"
    assert log.finished is not None
    assert log.open_points == ["Ask about MCP"]
    assert pilot("status", "--team", "core") == 0
    assert "finished, not accepted" in capsys.readouterr().out
    assert pilot("start", "--team", "core") == 2


def test_a_pilot_that_was_stopped_goes_on_without_its_name_being_said_again(project, capsys):
    assert pilot("start") == 2
    assert "begin one: `wherry pilot start --team agentos-core`" in capsys.readouterr().err
    pilot("start", "--team", "core", "--project", "service")
    pilot("stop")
    assert pilot("start") == 0
    assert "The clock runs again." in capsys.readouterr().out
    assert log_of(project).work[-1].to is None


def test_a_team_that_follows_the_checklist_inside_its_own_project_is_judged_by_its_own_scripts(project, capsys):
    assert pilot("start", "--team", "core", "--project", ".") == 0
    assert '--team core --acceptance "python -m pytest -q"' in capsys.readouterr().out
    assert pilot("done", "parity") == 1
    assert "wherry parity script SCRIPT.py" in log_of(project).entry("parity").shown[0]
    compared = {"date": f"{now():%Y-%m-%dT%H:%M:%SZ}", "commit": "a" * 40, "outcome": "passed"}
    compared |= {
        "versions": {"wherry": __version__, "agno": reference().rpartition(" ")[2]},
        "counts": {"compared": 9, "difference": 0},
    }
    result = project / "ask.parity.json"
    (project / "ask.py").write_text("from agno.agent import Agent\n")
    result.write_text(json.dumps(compared | subject(project / "ask.py", result)))
    assert pilot("done", "parity") == 0
    assert log_of(project).entry("parity").shown[0].startswith("passed: script:ask.py: 9 values compared")


def test_a_folder_without_a_pilot_is_told_from_one_with_several(project, capsys):
    assert pilot("status") == 2
    said = capsys.readouterr().err
    assert "no pilot has begun: there is no log in pilots/" in said
    pilot("start", "--team", "core")
    assert pilot("verify") == 2
    assert "`wherry pilot start --team core --acceptance" in capsys.readouterr().err


def test_what_is_corrected_after_the_end_costs_no_time_and_keeps_the_day_of_the_end(project, capsys):
    file = project / "checklists" / "pilot.yaml"
    without, _, rest = file.read_text().partition("  - {id: parity")
    file.write_text(f"{without}  - {{id: accepted{rest.partition('  - {id: accepted')[2]}")
    pilot("start", "--team", "core", "--project", "service")
    pilot("done", "runs")
    for item in ("accepted", "maybe"):
        assert pilot("sign", item, "--name", "Ada", "--link", "https://example.org/1") == 0
    assert "wherry pilot report --team core" in capsys.readouterr().out
    before = log_of(project)
    assert before.finished
    assert pilot("sign", "accepted", "--name", "Ada", "--not-applicable", "We thought about it.") == 2
    assert "The clock runs again." not in capsys.readouterr().out
    assert pilot("sign", "accepted", "--name", "Ada", "--link", "https://example.org/2") == 0
    after = log_of(project)
    assert after.finished == before.finished
    assert after.work == before.work
    assert after.entry("accepted").signature.link == "https://example.org/2"


def test_an_item_that_fails_is_logged_and_ends_the_walk_with_1(project, capsys):
    (project / "service" / "run.py").write_text("print('sk-abcdefgh12345678 is wrong'); raise SystemExit(3)")
    pilot("start", "--team", "core", "--project", "service")
    assert pilot("done") == 1
    entry = log_of(project).entry("runs")
    assert (entry.status, entry.exit_status, entry.shown) == ("failed", 3, ["*** is wrong"])
    assert pilot("done", "runs") == 1
    assert log_of(project).entry("runs").attempts == 2


def test_evidence_that_is_missing_fails_its_item(project, capsys):
    pilot("start", "--team", "core", "--project", "service")
    assert pilot("done", "parity") == 1
    assert "missing: script:*" in log_of(project).entry("parity").shown[0]


def test_a_command_that_hangs_is_ended(project):
    (project / "service" / "run.py").write_text("import time; print('waiting', flush=True); time.sleep(60)")
    pilot("start", "--team", "core", "--project", "service")
    assert pilot("done", "runs", "--timeout", "0.5") == 1
    entry = log_of(project).entry("runs")
    assert entry.exit_status == 124
    assert entry.shown[-1] == "ended after 0.5 s"


# A program started in the background may have been told to ignore Ctrl-C; one that a person started was not.
INTERRUPTIBLE = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from wherry_portal.cli import main; sys.exit(main())"
)


def test_ctrl_c_ends_the_command_and_leaves_the_item_open(project):
    (project / "service" / "run.py").write_text("import time; print('waiting', flush=True); time.sleep(60)")
    pilot("start", "--team", "core", "--project", "service")
    words = [
        sys.executable,
        "-c",
        INTERRUPTIBLE,
        "pilot",
        "done",
        "runs",
    ]
    with subprocess.Popen(words, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        line = ""
        while "waiting" not in line:
            line = child.stdout.readline()
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=60) == 130
        assert "interrupted" in child.stderr.read()
    assert log_of(project).items == []


def test_a_command_that_is_not_there_is_a_failed_item_and_no_traceback(project):
    path = project / "checklists" / "pilot.yaml"
    path.write_text(path.read_text().replace("python3 {project}", "no-such-program {project}"))
    pilot("start", "--team", "core", "--project", "service")
    assert pilot("done", "runs") == 1
    assert log_of(project).entry("runs").exit_status == 127


def test_the_log_holds_no_path_of_this_machine(project):
    (project / "service" / "run.py").write_text("import os, sys; print(os.path.abspath(sys.argv[0]), os.getcwd())")
    pilot("start", "--team", "core", "--project", "service")
    pilot("done", "runs")
    assert log_of(project).entry("runs").shown == ["{project}/run.py ."]
    assert str(project) not in (project / "pilots" / "core.yaml").read_text()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["sign", "accepted", "--name", "Ada"], "no credit without"),
        (["sign", "runs", "--name", "Ada", "--link", "https://example.org"], "decided by"),
        (["sign", "maybe", "--name", "Ada", "--not-applicable", "no"], "says too little"),
        (["done", "accepted"], "needs a signature"),
        (["done", "nothing"], "has no item 'nothing'"),
        (["status", "--team", "other"], "has no pilot log"),
        (["start", "--team", "../other"], "is no short name"),
    ],
)
def test_what_cannot_be_done_is_one_readable_error_and_changes_nothing(project, capsys, words, says):
    pilot("start", "--team", "core", "--project", "service")
    before = log_of(project).items
    assert pilot(*words) == 2
    assert says in capsys.readouterr().err
    assert log_of(project).items == before
    assert [path.name for path in (project / "pilots").iterdir()] == ["core.yaml"]


def test_two_pilots_at_once_have_to_be_named(project, capsys, monkeypatch):
    pilot("start", "--team", "core")
    pilot("start", "--team", "other")
    assert pilot("status") == 2
    assert "core, other" in capsys.readouterr().err
    monkeypatch.setenv("WHERRY_PILOT_TEAM", "other")
    assert pilot("status") == 0
    assert "Pilot of other" in capsys.readouterr().out


def test_reports(project, capsys):
    pilot("start", "--team", "core", "--project", "service", "--rehearsal")
    pilot("done", "runs")
    capsys.readouterr()
    assert pilot("report", "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["open"] == ["parity", "accepted", "maybe"]
    assert found["log"]["rehearsal"] is True
    assert pilot("report", "--output", "report.md") == 0
    text = (project / "report.md").read_text()
    assert "A rehearsal by the maintainers" in text
    assert "| ✓ | It runs. |" in text
    assert pilot("status", "--json") == 0


def test_a_broken_log_is_refused_by_line_and_kept(project, capsys):
    pilot("start", "--team", "core")
    path = project / "pilots" / "core.yaml"
    path.write_text(path.read_text().replace("project: .", "project: 3"))
    assert pilot("done") == 2
    assert "core.yaml:5: project: has to be text, is 3" in capsys.readouterr().err
    assert "project: 3" in path.read_text()


def test_a_folder_that_is_not_there_is_refused_and_a_second_start_takes_what_it_is_told(project, capsys):
    assert pilot("start", "--team", "core", "--project", "nosuch") == 2
    assert "there is no folder 'nosuch'" in capsys.readouterr().err
    assert not (project / "pilots" / "core.yaml").exists()
    assert pilot("start", "--team", "core") == 0
    assert pilot("start", "--team", "core", "--project", "service", "--ci", "cron", "--acceptance", "true") == 0
    assert pilot("start", "--team", "core") == 0
    log = log_of(project)
    assert (log.project, log.ci, log.acceptance) == ("service", "cron", ["true"])
