"""The Makefile's targets: progress, one clear line when something is in the way, and nothing done twice."""

from __future__ import annotations

import ensurepip
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import venv
import zipfile
from dataclasses import replace
from pathlib import Path

import bootstrap
import environment
import pytest
import stages
from progress import ROOT, Progress, Stopped, explain

PYTHON = sys.executable


def target(name: str, *, root: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith(("COV_", "COVERAGE_"))} | variables
    return subprocess.run(
        [PYTHON, "tools/bootstrap.py", name],
        cwd=root, env=env, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


def test_a_taken_port_stops_the_portal_before_anything_is_installed():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        stopped = target("portal", PORT=str(port))
    assert stopped.returncode == 1
    assert stopped.stdout == ""
    assert stopped.stderr.startswith(f"make portal stopped. Port {port} of 127.0.0.1 cannot be used")
    assert "make portal PORT=" in stopped.stderr
    assert stopped.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["0", "70000", "http", "-1", ""])
def test_what_is_no_port_is_refused(port):
    stopped = target("portal", PORT=port)
    assert stopped.returncode == 1
    assert f"PORT={port!r} is no port" in stopped.stderr


def test_an_unknown_target_lists_the_known_ones():
    refused = target("prtal")
    assert refused.returncode == 2
    assert "portal" in refused.stderr
    assert set(stages.TARGETS) == {"docs", "evidence", "format", "lint", "lock", "portal", "test"}


def test_an_old_python_is_one_clear_line(monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "MINIMUM", (99, 0))
    monkeypatch.setattr(bootstrap, "CANDIDATES", ("no-such-python", "false"))
    monkeypatch.setattr(sys, "argv", ["bootstrap.py", "portal"])
    assert bootstrap.main() == 1
    said = capsys.readouterr().err
    assert said.startswith("Wherry needs Python 99.0 or newer; this one is ")
    assert "make portal PYTHON=" in said
    assert said.count("\n") == 1


def test_a_newer_python_on_the_path_is_found(monkeypatch):
    monkeypatch.setattr(bootstrap, "CANDIDATES", ("no-such-python", PYTHON))
    assert bootstrap.newer_python() == PYTHON


def test_pip_comes_from_the_wheels_of_this_python_where_it_has_them(tmp_path, monkeypatch):
    folder = Path(ensurepip.__file__).parent / "_bundled"
    assert environment.bundled() == sorted(folder.glob("*.whl"))  # none on some distributions
    wheel = tmp_path / "pip-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("pip/__main__.py", "print('the pip of the wheel')")
    monkeypatch.setattr(environment, "UNPACKED", tmp_path / "unpacked")
    command = [PYTHON, str(environment.unpacked([tmp_path / "other.whl", wheel]) / "pip")]
    assert subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.startswith("the pip")


def test_a_python_without_ensurepip_has_no_wheels(monkeypatch):
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    assert environment.bundled() == []


def test_without_any_python_make_says_so():
    make = subprocess.run(
        ["make", "portal", "PYTHON=no-such-python"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert make.returncode != 0
    assert "make portal stopped. No no-such-python on PATH: install Python 3.11 or newer" in make.stderr


def test_a_folder_that_cannot_be_written_to_is_refused(monkeypatch):
    monkeypatch.setattr(environment, "ROOT", Path("/proc"))
    with pytest.raises(Stopped, match="/proc cannot be written to"):
        environment.check_writable()


@pytest.mark.slow
def test_without_a_network_there_is_one_clear_line(tmp_path):
    for name in ("pyproject.toml", *(lock.name for lock in ROOT.glob("requirements*.lock"))):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    nowhere = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_FIND_LINKS": ""}
    stopped = target("lint", root=tmp_path, PIP_NO_CACHE_DIR="1", **nowhere)
    assert stopped.returncode == 1
    assert "No package registry could be reached" in stopped.stderr
    assert "Traceback" not in stopped.stderr


@pytest.mark.parametrize(
    ("output", "cause"),
    [
        ("error: Request failed\n  Caused by: dns error: failed to lookup address information", "No package registry"),
        ("OSError: [Errno 30] Read-only file system: '.venv'", "cannot be written to"),
        ("error: No space left on device (os error 28)", "The disk is full."),
        ("E501 Line too long", ""),
    ],
)
def test_a_failed_step_names_its_cause(output, cause):
    assert cause in explain(output)
    assert bool(explain(output)) == bool(cause)


def test_a_step_is_numbered_and_timed_and_keeps_its_output_in_a_log(capsys):
    progress = Progress(2)
    output = progress.quiet("Say hello", [[PYTHON, "-c", "print('hello')"]])
    assert output == "hello\n"
    said = capsys.readouterr().out
    assert said.startswith("[1/2] Say hello ...\n      done in ")
    assert "hello\n" not in said


def test_a_failed_step_shows_its_last_lines_and_the_command(capsys):
    fails = [PYTHON, "-c", "print('the fault'); raise SystemExit(3)"]
    never = [PYTHON, "-c", "print('never')"]
    with pytest.raises(Stopped, match="ended with status 3"):
        Progress(1).quiet("Break", [fails, never])
    said = capsys.readouterr().out
    assert "the fault" in said
    assert "never" not in said


def test_a_shown_step_passes_its_lines_on_and_fails_with_its_status(capsys):
    assert Progress(1).shown("Show", [PYTHON, "-c", "print('one'); print('two')"]) == "one\ntwo\n"
    assert "one\ntwo\n" in capsys.readouterr().out
    with pytest.raises(Stopped, match="Show failed"):
        Progress(1).shown("Show", [PYTHON, "-c", "raise SystemExit(1)"])


def test_stages_stop_at_the_first_that_fails(monkeypatch):
    monkeypatch.setattr(environment, "BIN", Path(PYTHON).parent)
    monkeypatch.setattr(stages, "BIN", Path(PYTHON).parent)
    fails = stages.Stage("Break", ("python", "-c", "raise SystemExit(1)"))
    trap = stages.Stage("Never", ("python", "-c", "open('never', 'w')"))
    with pytest.raises(Stopped, match="Break failed"):
        stages.run_stages(Progress(2), [fails, trap])
    assert not (ROOT / "never").exists()


FAULT = "print('the fault', flush=True)\n"


def meeting(mine, other, after="", code=0):
    """A command that goes on only when another, which makes the other file, runs at the same time."""
    script = (
        f"import pathlib, time; pathlib.Path({str(mine)!r}).touch(); end = time.monotonic() + 60\n"
        f"while not pathlib.Path({str(other)!r}).exists(): assert time.monotonic() < end; time.sleep(0.01)\n"
        f"{after}\nraise SystemExit({code})"
    )
    return ("python", "-c", script)


def test_a_fault_beside_others_stops_the_step_that_runs_meanwhile(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(stages, "BIN", Path(PYTHON).parent)
    here, there, ended = tmp_path / "here", tmp_path / "there", tmp_path / "ended"
    goes_on = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "try:\n    while True: print('goes on', flush=True); time.sleep(0.01)\n"
        f"finally: pathlib.Path({str(ended)!r}).touch()"
    )
    slow = stages.Stage("Slow", meeting(here, there, FAULT, code=3), beside=True)
    tests = stages.Stage("Tests", meeting(there, here, goes_on), pytest=True)
    trap = stages.Stage("Never", ("python", "-c", "open('never', 'w')"))
    with pytest.raises(Stopped, match="Slow failed"):
        stages.run_stages(Progress(3), [slow, tests, trap])
    assert ended.exists()  # as by Ctrl-C: what it has started is ended, too
    assert not (ROOT / "never").exists()
    said = capsys.readouterr().out
    assert said.index("[1/3] Slow ... beside the next steps") < said.index("[2/3] Tests") < said.index("goes on")
    assert said.rindex("goes on") < said.rindex("the fault")


def test_a_fault_beside_a_step_that_ends_first_is_told_at_the_end(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(stages, "BIN", Path(PYTHON).parent)
    here, there = tmp_path / "here", tmp_path / "there"
    slow = stages.Stage("Slow", meeting(here, there, f"{FAULT}time.sleep(0.2)", code=3), beside=True)
    quiet = stages.Stage("Quiet", meeting(there, here))
    with pytest.raises(Stopped, match="Slow failed"):
        stages.run_stages(Progress(2), [slow, quiet])
    assert "the fault" in capsys.readouterr().out


def test_what_runs_beside_is_ended_when_a_step_fails(monkeypatch):
    monkeypatch.setattr(stages, "BIN", Path(PYTHON).parent)
    started = []
    begin = Progress.begin
    monkeypatch.setattr(Progress, "begin", lambda *given, **more: started.append(begin(*given, **more)) or started[-1])
    slow = stages.Stage("Slow", ("python", "-c", "import time; time.sleep(600)"), beside=True)
    fails = stages.Stage("Break", ("python", "-c", "raise SystemExit(1)"))
    with pytest.raises(Stopped, match="Break failed"):
        stages.run_stages(Progress(2), [slow, fails])
    assert started[0].child.returncode == -signal.SIGTERM


def test_what_runs_beside_is_told_with_the_time_at_which_it_was_seen_to_have_ended(monkeypatch, capsys):
    beside = Progress(1).begin("Quick", [PYTHON, "-c", ""])
    beside.child.wait()
    beside.check()
    monkeypatch.setattr("progress.time.monotonic", lambda: beside.started + 1000)  # the steps after it took so long
    beside.check()
    beside.wait()
    told = re.search(r"Quick: done, ([0-9.]+) s after its start", capsys.readouterr().out)
    assert float(told[1]) < 1000


def test_the_last_step_waits_for_what_runs_beside(monkeypatch, tmp_path):
    monkeypatch.setattr(stages, "BIN", Path(PYTHON).parent)
    here, there, ended = tmp_path / "here", tmp_path / "there", tmp_path / "ended"
    slow = stages.Stage("Slow", meeting(here, there, f"time.sleep(0.3); open({str(ended)!r}, 'w')"), beside=True)
    quiet = stages.Stage("Quiet", meeting(there, here))
    last = stages.Stage("Last", ("python", "-c", f"open({str(ended)!r})"), last=True)
    stages.run_stages(Progress(3), [slow, quiet, last])


def test_coverage_is_reported_beside_and_goes_into_the_results_when_that_is_done():
    evident = stages.check_stages(evidence=True)
    labels = [stage.label for stage in evident]
    report, into = evident[labels.index("Coverage")], evident[-1]
    assert labels.index("Tests") < labels.index("Coverage") < labels.index("Browser")
    assert "--coverage-later" in evident[labels.index("Tests")].command
    assert report.beside
    assert report.command == (*into.command, "--report")
    assert into.last


def test_no_other_make_builds_the_site_while_its_pages_are_looked_at(monkeypatch, tmp_path):
    monkeypatch.setattr(stages, "BIN", Path(PYTHON).parent)
    monkeypatch.setattr(environment, "TURNS", tmp_path)
    look = (
        "import fcntl, pathlib\n"
        f"lock = pathlib.Path({str(tmp_path)!r}, 'the-site')\n"
        "try: fcntl.flock(lock.open('a'), fcntl.LOCK_EX | fcntl.LOCK_NB); print('1 passed')\n"
        "except (BlockingIOError, FileNotFoundError): print('1 failed')"
    )
    plain = [replace(one, command=("python", "-c", look), pytest=True) for one in stages.check_stages(evidence=False)]
    alone = ["Pages", "Site", "Site", "Browser"]
    assert [one.label.partition(":")[0] for one in plain if one.turn == stages.BUILDING] == alone
    mine = [one for one in plain if one.turn]
    assert stages.run_stages(Progress(9), mine) == "total: 0 passed, 4 failed, 0 skipped"
    free = [replace(one, turn="") for one in mine]
    assert stages.run_stages(Progress(9), free) == "total: 4 passed, 0 failed, 0 skipped"


def test_the_closing_line_adds_up_all_pytest_stages(monkeypatch):
    monkeypatch.setattr(stages, "BIN", Path(PYTHON).parent)
    lines = ["812 passed, 2 skipped in 3.21s", "==== 7 passed, 1 xfailed, 1 warning in 4s ===="]
    shown = [stages.Stage("Say", ("python", "-c", f"print({line!r})"), pytest=True) for line in lines]
    assert stages.run_stages(Progress(2), shown) == "total: 819 passed, 0 failed, 2 skipped"


def test_with_evidence_the_same_tests_run_and_write_it():
    plain, evident = stages.check_stages(evidence=False), stages.check_stages(evidence=True)
    assert not any("--evidence" in stage.command for stage in plain)
    assert [(*stage.command, "--evidence") if stage.pytest else stage.command for stage in plain] == [
        stage.command for stage in evident[: len(plain)]
    ]


def test_tests_run_after_each_other_and_have_all_processors():
    tests = [stage for stage in stages.check_stages(evidence=True) if stage.pytest]
    assert [stage.label for stage in tests] == ["Tests", "Notebooks", "Browser"]
    assert not any(stage.beside for stage in tests)  # and they write to the same files
    assert all("-n" in stage.command for stage in tests)


def test_the_browser_stage_looks_where_all_of_its_tests_lie():
    (stage,) = stages.BROWSER
    collected = ROOT / stage.command[stage.command.index("pytest") + 1]
    driving = [
        path for path in (ROOT / "tests").rglob("*.py") if re.search(r"mark\.browser\b", path.read_text("utf-8"))
    ]
    assert driving
    assert [path for path in driving if collected not in path.parents and path != Path(__file__)] == []


class TestScratch:
    @pytest.fixture(autouse=True)
    def memory(self, monkeypatch, tmp_path):
        monkeypatch.setattr(stages, "MEMORY", tmp_path)
        monkeypatch.setattr(stages, "ROOM", 1)
        monkeypatch.delenv("TMPDIR", raising=False)

    def test_tests_write_to_memory_and_leave_nothing_there(self, tmp_path):
        with stages.scratch() as variables:
            folder = Path(variables["TMPDIR"])
            assert folder.parent == tmp_path
            (folder / "a.db").touch()
        assert not folder.exists()

    def test_without_memory_or_room_they_write_where_they_always_did(self, monkeypatch, tmp_path):
        monkeypatch.setattr(stages, "ROOM", 2**62)
        with stages.scratch() as variables:
            assert variables == {}
        monkeypatch.setattr(stages, "MEMORY", tmp_path / "none")
        with stages.scratch() as variables:
            assert variables == {}

    def test_a_folder_that_a_person_has_named_is_kept(self, monkeypatch):
        monkeypatch.setenv("TMPDIR", "/a/place/of/mine")
        with stages.scratch() as variables:
            assert variables == {}


def test_the_site_is_built_again_only_when_a_source_has_changed(monkeypatch, tmp_path):
    monkeypatch.setattr(stages, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "index.md"
    page.write_text("one")
    before = stages._fingerprint()
    assert stages._fingerprint() == before
    page.write_text("another")
    assert stages._fingerprint() != before


def test_a_child_sees_the_environment_and_no_foreign_python(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    env = environment.child_environment(EXTRA="1")
    assert not {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"} & env.keys()
    assert Path(env["PYTHONPYCACHEPREFIX"]).is_relative_to(ROOT / ".cache")
    assert env["EXTRA"] == "1"
    assert env["PATH"].startswith(str(environment.BIN))


def test_under_the_locale_c_the_environment_starts_in_a_folder_with_an_umlaut(tmp_path):
    root = tmp_path / "Übung 1"
    venv.create(root / ".venv", with_pip=False, symlinks=True)
    (root / "runtime").mkdir()
    (root / "runtime/boat_of_the_test.py").write_text("name = 'Otter'\n")
    (packages,) = root.glob(".venv/lib/python*/site-packages")
    places = packages / "_wherry.pth"
    places.write_text(f"{root / 'runtime'}\n", encoding="utf-8")
    environment.point_relatively(places)
    environment.point_relatively(places)  # a second time changes nothing
    child = subprocess.run(
        [root / ".venv/bin/python", "-c", "import boat_of_the_test as boat; print(boat.name)"],
        env={"LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (child.stdout, child.stderr) == ("Otter\n", "")


def test_a_full_environment_is_never_cut_down_for_the_portal(monkeypatch, tmp_path, capsys):
    made = environment._stamp(environment.FULL_LOCK)
    (tmp_path / "stamp").write_text(json.dumps(made))
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(environment, "BIN", Path(PYTHON).parent)
    environment.prepare(Progress(4), environment.PORTAL_LOCK)
    assert capsys.readouterr().out.count(": up to date") == 4


def test_packages_that_were_never_finished_are_not_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "BIN", Path(PYTHON).parent)
    monkeypatch.setattr(environment, "UNFINISHED", tmp_path / "unfinished")
    (tmp_path / "unfinished").touch()
    assert not environment._usable()


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ("error: it broke", False),
        ("  cause: dns error", True),  # nothing was fetched, so nothing was changed
        ("Prepared 3 packages in 2ms\n  cause: dns error", False),
    ],
)
def test_a_stopped_installation_leaves_its_mark_and_no_stamp(monkeypatch, tmp_path, said, whole):
    (tmp_path / "bin").mkdir()
    for name, text in (("uv", f"echo '{said}'; exit 1"), ("python", "exit 0")):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    for name, path in (("VENV", ""), ("BIN", "bin"), ("UNPACKED", "pip"), ("STAMP", "s"), ("UNFINISHED", "u")):
        monkeypatch.setattr(environment, name, tmp_path / path)
    monkeypatch.setattr(environment, "TURNS", tmp_path / "turns")
    (tmp_path / "s").write_text("{}")
    with pytest.raises(Stopped, match="Packages"):
        environment.prepare(Progress(4), environment.PORTAL_LOCK)
    assert (tmp_path / "u").exists() is not whole
    assert (tmp_path / "s").exists() is whole


@pytest.mark.parametrize("make", [lambda path: path.write_text("mine"), lambda path: path.symlink_to("/no/such/place")])
def test_what_lies_where_the_environment_goes_is_left_alone(monkeypatch, tmp_path, make):
    place = tmp_path / ".venv"
    make(place)
    monkeypatch.setattr(environment, "VENV", place)
    with pytest.raises(Stopped, match=r"\.venv' is a .*move it away"):
        environment._clear()
    assert os.path.lexists(place)


def test_a_second_make_waits_for_the_first(monkeypatch, tmp_path):
    tools = str(ROOT / "tools")
    script = (
        f"import sys; sys.path.insert(0, {tools!r}); import environment, pathlib\n"
        f"environment.TURNS = pathlib.Path({str(tmp_path)!r})\n"
        "with environment.turn('the site'): print('mine', flush=True)"
    )
    monkeypatch.setattr(environment, "TURNS", tmp_path)
    with environment.turn("the site"):
        second = subprocess.Popen([PYTHON, "-c", script], stdout=subprocess.PIPE, text=True)
        assert second.stdout is not None
        assert second.stdout.readline().strip() == "another make is at the site here: waiting for it"
        assert second.poll() is None
    assert second.communicate(timeout=60)[0] == "mine\n"


def test_what_the_system_refuses_is_one_line(monkeypatch, capsys, tmp_path):
    def refused():
        (tmp_path / "file" / "logs").mkdir(parents=True)

    (tmp_path / "file").touch()
    monkeypatch.setattr(stages.signal, "signal", lambda *_: None)
    monkeypatch.setitem(stages.TARGETS, "docs", refused)
    assert stages.run_target(["docs"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("make docs stopped. ")
    assert f"{str(tmp_path / 'file' / 'logs')!r}: Not a directory" in said
    assert said.count("\n") == 1
