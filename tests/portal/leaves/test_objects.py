"""Other leaves that stay Agno's: models, evals, plain functions."""

import subprocess
import sys
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import pytest
from processes import Worker

import wherry
from wherry_portal.cli import main

pytestmark = [pytest.mark.parity, pytest.mark.timeout(200)]


@pytest.fixture(scope="module")
def child():
    """What a process that imports both runtimes says of a kind of leaf."""
    with Worker(Path(__file__).with_name("objects_child.py")) as worker:
        yield lru_cache(worker.ask)


@pytest.mark.parametrize("model", ["own", "openai-chat", "openai-responses", "anthropic"])
def test_a_model_of_agnos_works_in_all_four_ways(child, model):
    found = child("models")[model]
    assert found["wherry"] == found["agno"]
    assert found["wherry"][-1] == [["add", {"a": 2, "b": 3}, "5"]]


@pytest.mark.parametrize("name", ["accuracy", "judge", "reliability", "performance"])
def test_an_eval_of_agnos_judges_an_agent_of_wherrys(child, name):
    found = child("evals")
    assert found["wherry"][name] == found["agno"][name]
    assert found["wherry"][name]


def test_the_results_of_agnos_evals_are_kept_in_a_database_of_wherrys(child):
    found = child("evals")
    assert found["wherry"]["rows"] == found["agno"]["rows"]
    assert {row[0] for row in found["wherry"]["rows"]} == {"accuracy", "agent_as_judge", "performance", "reliability"}


def test_an_eval_of_agnos_judges_the_runs_whose_post_hook_it_is(child):
    found = child("hooked")
    assert found["wherry"] == found["agno"]
    owners = [row[:2] for row in found["wherry"]["rows"]]
    assert owners.count(["a", "None"]) == owners.count(["None", "t"]) == 4
    assert all("eval_model" in details for details, _ in found["wherry"]["metrics"])


@pytest.mark.parametrize("row", ["other.utils", "other.media-download", "other.unlisted"])
def test_plain_functions_of_agnos_work_beside_wherry(child, row):
    assert child("functions")[row]


def test_an_agent_of_another_framework_runs_as_before_beside_wherry_and_inside_of_a_tool_or_a_step(child):
    found = child("external")
    assert found["beside"] == found["alone"] == ["loop: hi", "loop: hi", "loop: hi", "loop: hi"]
    assert found["tool"] == [["ask_loop", "loop: ask the loop"]]
    assert found["step"] == "loop: from a step"
    (member, told), (step, _), (own, own_told) = found["refused"]  # the limit that the row states
    assert member == step == "NotMigratedError"
    assert "as a member of a team is not migrated (feature 'agent.external')" in told
    assert own == "ConfigurationError"
    assert "was made by agno.agent.agent.Agent; a member of a team has to be Wherry's own" in own_told


def test_the_package_alone_gives_its_version_and_migrates(child, tmp_path):
    found = child("package")
    assert found["agno"] == ["__version__"]
    assert found["versions"] == {"agno": version("agno"), "wherry": wherry.__version__}
    (tmp_path / "job.py").write_text("import agno\nimport agno.agent\n\nprint(agno.__version__, agno.agent.__name__)\n")
    assert main(["migrate", str(tmp_path), "--write"]) == 0
    done = subprocess.run(
        [sys.executable, "job.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == [wherry.__version__, "wherry.agent"]


def test_rollouts_are_the_same_and_either_runtime_reads_the_others_results(child):
    found = child("rollouts")
    assert found["wherry"] == found["agno"]
    assert found["wherry"]["attempts"] == [[True, True], [False, False]]
    assert "policy identical" in found["wherry"]["diff"]
