"""What the installed Wherry is found to have: the names that its modules give, those given late included."""

import importlib

import pytest

from wherry.core.errors import WherryError
from wherry_portal.assess.judge import default_judge

LATE = [
    "agno.agent.get_agent_by_id",
    "agno.agent.agent.get_agents",
    "agno.team.team.get_team_by_id",
    "agno.workflow.workflow.get_workflow_by_id",
    "agno.workflow.get_workflows",
    "agno.agent.Followups",
]


@pytest.mark.parametrize("path", LATE)
def test_a_name_that_a_module_gives_late_is_there(path):
    native = default_judge().native
    home = native.home(path)
    assert home is not None
    module, _, name = home.rpartition(".")
    assert getattr(importlib.import_module(f"wherry{module[4:]}"), name) is not None


def test_what_is_found_to_be_there_is_there_and_nothing_else():
    judge = default_judge()
    wrong = []
    for module, names in judge.surface.modules.items():
        try:
            made = importlib.import_module(f"wherry{module[4:]}")
        except ImportError:
            made = None
        for name in names:
            path = f"{module}.{name}"
            if judge.native.has(path) != (given(made, name) or importable(path)):
                wrong.append(path)
    assert wrong == []


def given(module, name):
    try:
        return getattr(module, name, None) is not None
    except WherryError:  # what is not migrated says so when it is asked for
        return False


def importable(path):
    try:
        return importlib.import_module(f"wherry{path[4:]}") is not None
    except ImportError:
        return False


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("agno.run.cancel", "cancel_run"),
        ("agno.models.openai.chat", "Message"),
        ("agno.utils.functions", "FunctionCall"),
    ],
)
def test_a_name_is_imported_from_where_it_is(tmp_path, module, name):
    from wherry_portal.assess.check import assess

    (tmp_path / "a.py").write_text(f"from {module} import {name}\n", "utf-8")
    (file,) = assess(tmp_path).files
    assert [finding.verdict for finding in file.findings] == ["available"]
    after = file.text.apply([edit for finding in file.findings for edit in finding.edits]).text
    found: dict[str, object] = {}
    exec(after, found)  # noqa: S102 - what migrate wrote has to run
    assert found[name].__module__.startswith("wherry.")


def test_a_name_by_its_dots_that_wherry_does_not_have_is_not_called_available(tmp_path):
    from wherry_portal.assess.check import assess

    text = "import agno.workflow.types\nimport agno.workflow.types as t\nfrom agno.workflow import types\n"
    uses = ["agno.workflow.types", "t", "types"]
    for name in ("validate_human_review_for_step", "HumanReview"):
        (tmp_path / "a.py").write_text(text + "".join(f"{use}.{name}\n" for use in uses), "utf-8")
        (file,) = assess(tmp_path).files
        found = [(finding.span.line, finding.verdict) for finding in file.findings if finding.rule == "dotted-name"]
        missing = [(line, "not_migrated") for line in (4, 5, 6)]
        assert found == (missing if name.startswith("validate") else [(4, "available")])


@pytest.mark.parametrize(
    ("package", "told"),
    [
        ("agno", [("wait_for_inner", "An option of Wherry's own: Agno does not take it."), ("wait_for_innards", "")]),
        ("wherry", [("wait_for_innards", "")]),
    ],
)
def test_an_option_of_wherrys_own_is_no_mistake(tmp_path, package, told):
    from wherry_portal.assess.check import assess

    call = "Workflow(name='a', wait_for_inner=True)\nWorkflow(name='b', wait_for_innards=True)\n"
    (tmp_path / "a.py").write_text(f"from {package}.workflow import Workflow\n{call}", "utf-8")
    (file,) = assess(tmp_path).files
    found = [finding for finding in file.findings if finding.rule == "keyword"]
    why = "Neither Agno nor Wherry takes it: the call raises TypeError."
    assert [(f.symbol.split("(")[1][:-1], f.why, f.level) for f in found] == [
        (name, own or why, "warning" if own else "error") for name, own in told
    ]


@pytest.mark.parametrize("path", ["agno.agent.get_nothing", "agno.nowhere.Agent", "agno.agent.agent.unheard_of"])
def test_a_name_that_no_module_gives_is_not(path):
    assert default_judge().native.home(path) is None


def test_code_that_imports_a_late_name_is_available(tmp_path):
    from wherry_portal.assess.check import assess

    (tmp_path / "a.py").write_text("from agno.workflow.workflow import get_workflow_by_id\n", "utf-8")
    [finding] = assess(tmp_path).findings
    assert (finding.verdict, len(finding.edits)) == ("available", 1)
