"""What the installed Wherry is found to have: the names that its modules give, those given late included."""

import importlib

import pytest

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


@pytest.mark.parametrize("path", ["agno.agent.get_nothing", "agno.nowhere.Agent", "agno.agent.agent.unheard_of"])
def test_a_name_that_no_module_gives_is_not(path):
    assert default_judge().native.home(path) is None


def test_code_that_imports_a_late_name_is_available(tmp_path):
    from wherry_portal.assess.check import assess

    (tmp_path / "a.py").write_text("from agno.workflow.workflow import get_workflow_by_id\n", "utf-8")
    [finding] = assess(tmp_path).findings
    assert (finding.verdict, len(finding.edits)) == ("available", 1)
