"""Acceptance without Agno: a real environment, real processes, and every way in which Agno might slip in."""

import os
import subprocess
from datetime import UTC, datetime

import pytest
from evidence_kit import AGNO, case, currency, write

from wherry_portal.cli import main
from wherry_portal.evidence.stamp import now_text
from wherry_portal.pilot import environment, load_log, perform, witness
from wherry_portal.pilot.errors import PilotError
from wherry_portal.pilot.verify import verify

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    environment.wherry_requirement("", folder)
    return next(folder.glob("wherry-*.whl"))


@pytest.fixture(scope="module")
def built(tmp_path_factory, wheel):
    folder = tmp_path_factory.mktemp("environment")
    return environment.create(folder / "venv", [str(wheel)], lock=environment.default_lock())


@pytest.fixture
def project(tmp_path):
    (tmp_path / "service").mkdir()
    write(
        tmp_path / "service" / "results", "parity", {"fixtures": {"own": {"outcome": "passed", "cases": {"a": case()}}}}
    )
    return tmp_path / "service"


def place(project):
    return perform.Place(project.parent, project, project.parent / "pilots", "core", timeout=60)


def accept(project, wheel, *acceptance):
    found = verify(place(project), list(acceptance), currency(now=datetime.now(UTC)), wheel=wheel)
    return found, {name: (passed, shown) for name, passed, shown in found.checks}


def seen(built, project, notes, script):
    (project / "main.py").write_text(script, encoding="utf-8")
    notes.mkdir()
    subprocess.run(
        [built.python, "main.py"], cwd=project, env=built.variables(notes), check=False, capture_output=True, timeout=60
    )
    return witness.read(notes)


def test_a_migrated_project_is_accepted(project, wheel):
    (project / "main.py").write_text("import wherry\nprint('hello from', wherry.__name__)\n")
    found, checks = accept(project, wheel, "python main.py")
    assert found.accepted, found.checks
    assert found.processes >= 1
    assert checks["runs: python main.py"][1].endswith("hello from wherry")
    assert checks["parity evidence"][0]
    assert checks["no failed run"] == (True, "the commands told of none")
    assert str(project.parent) not in str(found.checks)


def test_a_project_that_still_asks_for_agno_is_refused(project, wheel):
    package = project / "vendored"
    (package / "agno").mkdir(parents=True)
    (package / "agno" / "__init__.py").write_text("")
    (package / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        f'[project]\nname = "agno"\nversion = "{AGNO}"\n'
    )
    (project / "requirements.txt").write_text(f"agno @ {package.as_uri()}\n")
    (project / "main.py").write_text("import wherry, agno\n")
    found, checks = accept(project, wheel, "python main.py")
    assert not found.accepted
    assert checks["no Agno installed"] == (False, "installed: agno")
    assert not checks["no Agno importable"][0]
    assert not checks["no Agno module loaded"][0]
    assert checks["runs: python main.py"][0]


def test_a_project_without_parity_evidence_or_whose_command_fails_is_refused(project, wheel):
    (project / "results" / "parity_results.json").unlink()
    (project / "main.py").write_text("import wherry\nraise SystemExit('it broke')\n")
    found, checks = accept(project, wheel, "python main.py")
    assert not found.accepted
    assert checks["runs: python main.py"][1].startswith("exit 1")
    assert not checks["parity evidence"][0]


UNANSWERED = """
import logging
from wherry.agent import Agent
from wherry.models.openai import OpenAIChat
logging.disable()
print(Agent(model=OpenAIChat(id='gpt-5-mini')).run('Hello').content)
"""
LOGGED_ELSEWHERE = "import wherry\nprint(\"ERROR    Error in run 'r-1': OPENAI_API_KEY not set\")\n"


@pytest.mark.parametrize("script", [UNANSWERED, LOGGED_ELSEWHERE])
def test_a_command_whose_model_never_answered_is_refused_although_it_ends_with_0(project, wheel, monkeypatch, script):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (project / "main.py").write_text(script)
    found, checks = accept(project, wheel, "python main.py")
    assert checks["runs: python main.py"][0]
    passed, shown = checks["no failed run"]
    assert not passed
    assert shown.startswith("1 ended as an error: OPENAI_API_KEY not set")
    assert not found.accepted


def test_the_command_logs_what_it_found(project, wheel, monkeypatch, capsys):
    monkeypatch.chdir(project.parent)
    (project / "main.py").write_text("import wherry\nprint('hello')\n")
    main(["pilot", "start", "--team", "core", "--project", "service", "--acceptance", "python main.py"])
    results = project / "results" / "parity_results.json"
    results.write_text(results.read_text().replace("2026-11-22T15:00:00Z", now_text()))
    assert main(["pilot", "verify", "--wheel", str(wheel)]) == 0
    assert "Accepted after" in capsys.readouterr().out
    logged = load_log(project.parent / "pilots" / "core.yaml").verification
    assert logged.accepted
    results.unlink()
    assert main(["pilot", "verify", "--team", "core", "--wheel", str(wheel)]) == 1
    assert not load_log(project.parent / "pilots" / "core.yaml").verification.accepted
    assert main(["pilot", "report"]) == 0
    assert "## Without Agno: not accepted" in capsys.readouterr().out


def test_what_cannot_be_verified_is_refused_before_anything_is_built(project, wheel):
    with pytest.raises(PilotError, match="nothing was said to run"):
        accept(project, wheel)
    with pytest.raises(PilotError, match="there is no project"):
        accept(project / "nowhere", wheel, "python main.py")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "no such requirement !!\n"),
        ("pyproject.toml", '[dependency-groups]\ndev = ["no such requirement !!"]\n'),
    ],
)
def test_a_requirement_that_cannot_be_installed_is_one_readable_error(project, wheel, name, text):
    (project / name).write_text(text)
    with pytest.raises(PilotError, match="failed"):
        accept(project, wheel, "python main.py")


def test_the_environment_holds_wherry_and_no_agno(built):
    assert built.agno == ()
    assert not built.importable


def test_an_import_of_agno_that_fails_is_noted_and_nothing_was_loaded(built, project, tmp_path):
    found = seen(
        built,
        project,
        tmp_path / "notes",
        "import wherry\ntry:\n    import agno.agent\nexcept ImportError:\n    pass\n",
    )
    assert (found.loaded, found.asked, found.processes, found.with_wherry) == ({}, {"agno", "agno.agent"}, 1, 1)


def test_a_copy_of_agno_in_the_project_is_found_also_in_a_child_process(built, project, tmp_path):
    (project / "agno").mkdir()
    (project / "agno" / "__init__.py").write_text("")
    child = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import agno'])\n"
    found = seen(built, project, tmp_path / "notes", child)
    assert list(found.loaded) == ["agno"]
    assert (found.processes, found.silent) == (2, 0)


def test_a_process_that_leaves_without_a_word_has_still_named_what_it_asked_for(built, project, tmp_path):
    (project / "agno").mkdir()
    (project / "agno" / "__init__.py").write_text("")
    found = seen(built, project, tmp_path / "notes", "import os, agno\nos._exit(0)\n")
    assert (found.silent, found.asked) == (1, {"agno"})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_is_a_process_of_its_own(built, project, tmp_path):
    script = "import os, wherry\npid = os.fork()\nif pid == 0:\n    os._exit(0)\nos.waitpid(pid, 0)\n"
    found = seen(built, project, tmp_path / "notes", script)
    assert (found.processes, found.silent) == (2, 1)


def test_a_project_that_does_not_use_wherry_shows(built, project, tmp_path):
    assert seen(built, project, tmp_path / "notes", "print('nothing')\n").with_wherry == 0


WORKFLOW = """
from wherry.workflow import Workflow
def breaks(workflow, execution_input):
    raise ValueError("out of boats")
try:
    Workflow(name="Day", steps=breaks).run("x")
except Exception:
    pass
"""


def test_a_run_that_fails_is_noted_whatever_is_logged_unless_a_test_looks_at_it(built, project, tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    inside_a_test = "import os\nos.environ['PYTEST_CURRENT_TEST'] = 'test_x (call)'\n"
    [error] = seen(built, project, tmp_path / "agent", UNANSWERED).failed
    assert error.startswith("OPENAI_API_KEY not set")
    [error] = seen(built, project, tmp_path / "workflow", WORKFLOW).failed
    assert "out of boats" in error
    assert seen(built, project, tmp_path / "tested", inside_a_test + UNANSWERED).failed == []


def test_the_lock_becomes_constraints_without_agno():
    lock = (
        "agno==3.1.10 \\\n    --hash=sha256:aa\naiohttp==3.14.5 ; python_version >= '3.11' \\\n    --hash=sha256:bb\n"
    )
    assert environment.pins(lock) == "aiohttp==3.14.5 ; python_version >= '3.11'\n"
