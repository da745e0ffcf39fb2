"""The public modules of the data types hold what they promise and answer for what they do not have."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import pytest

from wherry.core.errors import NotMigratedError

MODULES = (
    "exceptions", "filters", "media", "metrics", "models.message", "models.response", "reasoning.step", "run",
    "run.agent", "run.base", "run.messages", "run.requirement", "run.team", "run.workflow", "utils.timer",
)  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_every_promised_name_is_there_and_documented(name: str) -> None:
    module = importlib.import_module(f"wherry.{name}")
    assert len(set(module.__all__)) == len(module.__all__)
    for promised in module.__all__:
        made = getattr(module, promised)
        if inspect.isclass(made) or inspect.isfunction(made):
            assert made.__doc__, promised


@pytest.mark.parametrize(
    "line",
    ["from wherry.run import agent, team, workflow", "from wherry.reasoning import step", "import wherry.run.base"],
)
def test_modules_are_imported_though_their_package_answers_for_missing_names(line: str) -> None:
    subprocess.run([sys.executable, "-c", line], timeout=60, check=True)


def test_a_name_that_only_agno_has_is_answered_and_any_other_is_an_attribute_error() -> None:
    module = importlib.import_module("wherry.exceptions")
    with pytest.raises(NotMigratedError, match="redact_secrets"):
        _ = module.redact_secrets
    with pytest.raises(AttributeError):
        _ = module.NoSuchError


@pytest.mark.parametrize(
    ("module", "name", "home"),
    [
        ("run.agent", "Message", "models.message"),
        ("db.base", "UserMemory", "db.schemas"),
        ("memory.manager", "UserMemory", "db.schemas"),
        ("knowledge.knowledge", "ContentStatus", "knowledge.content"),
        ("workflow.workflow", "WorkflowSession", "session"),
        ("workflow.workflow", "Step", "workflow"),
        ("workflow.condition", "Step", "workflow"),
        ("team.team", "TeamMode", "team.mode"),
    ],
)
def test_names_that_examples_import_from_a_second_place_are_there(module: str, name: str, home: str) -> None:
    found = getattr(importlib.import_module(f"wherry.{module}"), name)
    assert found is getattr(importlib.import_module(f"wherry.{home}"), name)


def test_the_answer_of_a_summary_can_be_told() -> None:
    response = importlib.import_module("wherry.session.summary").SessionSummaryResponse
    assert response(summary="s").to_dict() == {"summary": "s"}
    assert (
        response(summary="s", topics=["\u00e9"]).to_json()
        == '{\n  "summary": "s",\n  "topics": [\n    "\u00e9"\n  ]\n}'
    )
