"""A run in a copy finds the project's modules in the copy, however they are installed."""

import os
import sys
import types

import pytest

from wherry.testing import ReplayServer
from wherry.testing.deterministic import deterministic_reply
from wherry_portal.parity.script import running
from wherry_portal.parity.script.places import python_path
from wherry_portal.parity.script.running import Script


@pytest.fixture
def project(tmp_path):
    for name in ("project", "copy"):
        (tmp_path / name / "src" / "quay").mkdir(parents=True)
        (tmp_path / name / "src" / "quay" / "__init__.py").write_text("")
        (tmp_path / name / "go.py").write_text("import quay\nprint(quay.__file__)\n")
    return tmp_path / "project"


def entries(project):
    return python_path(project, project.parent / "copy").split(os.pathsep)


def test_places_of_the_project_become_those_of_the_copy(project, monkeypatch):
    copy = project.parent / "copy"
    given = [str(project / "src"), "lib", str(project.parent), str(project / "gone")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(given))
    assert entries(project) == [str(copy), str(copy / "src"), "lib", str(project.parent), str(project / "gone")]


def test_what_is_installed_from_the_project_is_found_in_the_copy(project, monkeypatch):
    copy = project.parent / "copy"
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert entries(project) == [str(copy)]
    monkeypatch.setattr(sys, "path", [*sys.path, str(project / "src")])  # as a .pth file has it
    assert entries(project) == [str(copy), str(copy / "src")]
    monkeypatch.undo()
    monkeypatch.delenv("PYTHONPATH", raising=False)
    finder = types.ModuleType("__editable___quay_1_finder")
    finder.MAPPING = {"quay": str(project / "src" / "quay"), "other": "/elsewhere/other"}
    monkeypatch.setitem(sys.modules, finder.__name__, finder)
    assert entries(project) == [str(copy), str(copy / "src")]


def test_a_run_takes_the_files_of_the_copy(project, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(project / "src"))
    monkeypatch.chdir(project)
    copy = project.parent / "copy"
    with ReplayServer(fallback=deterministic_reply) as server:
        _, said = running.run(copy, Script(project / "go.py"), "wherry", server.env())
    assert said.strip() == str(copy / "src" / "quay" / "__init__.py")
