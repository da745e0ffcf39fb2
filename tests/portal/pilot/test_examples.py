"""The example projects do the same before and after they are migrated, with their own tests as the judge."""

import os
import shutil
import subprocess
import sys

import pytest
from forks import forks

from wherry_portal.cli import main
from wherry_portal.sources import find_root

EXAMPLES = ("agent-service", "workflow-service")


def own_environment():
    """What a project's own tests find: nothing of this project's settings."""
    hidden = ("COV", "PYTEST_", "DATABASE_URL", "OPENAI_", "DESK_DB")
    env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # their requirements name no plugin; this environment's take a second
    return env


def own_tests(project, python):
    """Run a project's own tests as its team does."""
    options = ["-q", "-p", "no:cacheprovider", "-W", "ignore"]
    words = [*python, "-m", "pytest", *options, "tests"]
    done = subprocess.run(
        words, cwd=project, env=own_environment(), capture_output=True, text=True, timeout=110, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def on_agno(tmp_path_factory):
    """Commands of Python that has imported what both projects import of Agno."""
    loaded = ("agent", "db.postgres", "db.sqlite", "guardrails", "models.openai", "team", "tools", "workflow")
    asked = ("openai.resources.chat.completions", "httpcore2", "anyio._backends._asyncio")
    modules = [*(f"agno.{name}" for name in loaded), *asked, "wherry.testing", "starlette.testclient", "pytest"]
    with forks(tmp_path_factory.mktemp("f"), *modules, env=own_environment()) as served:
        yield served.command()
        assert not served.refused


@pytest.fixture
def project(request, tmp_path):
    ignore = shutil.ignore_patterns("__pycache__", "*.db", ".pytest_cache")
    return shutil.copytree(find_root() / "examples" / request.param, tmp_path / request.param, ignore=ignore)


@pytest.mark.slow
@pytest.mark.parity
@pytest.mark.parametrize("project", EXAMPLES, indirect=True)
def test_an_example_passes_its_own_tests_on_agno(project, on_agno):
    status, output = own_tests(project, on_agno)
    assert status == 0, output


@pytest.mark.slow
@pytest.mark.parametrize("project", EXAMPLES, indirect=True)
def test_an_example_passes_its_own_tests_after_the_migration(project, capsys):
    assert main(["migrate", str(project), "--check"]) == 1
    assert main(["migrate", str(project), "--write", "--allow-dirty"]) == 0
    assert main(["migrate", str(project), "--check"]) == 0
    code = "\n".join(path.read_text(encoding="utf-8") for path in project.rglob("*.py"))
    assert "agno" not in code
    assert "agno" not in (project / "requirements.txt").read_text(encoding="utf-8")
    status, output = own_tests(project, [sys.executable])
    assert status == 0, output
