"""What the environment without Agno is filled with: what the project itself lists."""

import pytest

from wherry_portal.pilot.errors import PilotError
from wherry_portal.pilot.requirements import requirements_of

LISTED = """
[project]
name = "service"
dependencies = ["wherry>=0.1,<0.2", "httpx"]
[project.optional-dependencies]
test = ["pytest>=8"]
docs = ["mkdocs"]
[dependency-groups]
dev = ["httpx", { include-group = "types" }]
types = ["mypy", { include-group = "dev" }]
"""


def test_a_project_without_a_list_needs_nothing(tmp_path):
    assert requirements_of(tmp_path) == []


def test_pyproject_gives_the_dependencies_and_what_tests_need_each_once(tmp_path):
    (tmp_path / "pyproject.toml").write_text(LISTED)
    assert requirements_of(tmp_path) == ["wherry>=0.1,<0.2", "httpx", "mypy", "pytest>=8"]


def test_requirements_come_first(tmp_path):
    (tmp_path / "pyproject.toml").write_text(LISTED)
    (tmp_path / "requirements.txt").write_text("wherry\n")
    assert requirements_of(tmp_path) == ["-r", str(tmp_path / "requirements.txt")]


def test_a_pyproject_that_is_none_is_named(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project\n")
    with pytest.raises(PilotError, match="cannot be read: "):
        requirements_of(tmp_path)
