"""Objects built with Agno and with Wherry say the same of themselves: dictionaries, key order and JSON text."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import type_cases as cases
import type_specs as specs
from processes import loopback

from wherry.core.events.storing import field_names

if TYPE_CHECKING:
    from forks import Forks

pytestmark = pytest.mark.parity


def _event_classes() -> list[str]:
    from wherry.run import agent, team, workflow

    tables = (
        ("run.agent", agent.RUN_EVENT_TYPE_REGISTRY),
        ("run.team", team.TEAM_RUN_EVENT_TYPE_REGISTRY),
        ("run.workflow", workflow.WORKFLOW_RUN_EVENT_TYPE_REGISTRY),
    )
    return [f"{module}.{kind.__name__}" for module, table in tables for kind in table.values()]


OUTPUTS = ["run.agent.RunOutput", "run.team.TeamRunOutput", "run.workflow.WorkflowRunOutput"]
POSITIONAL = [
    *(path for path in _event_classes() if not path.endswith("CustomEvent")),
    *OUTPUTS,
    "run.agent.RunInput",
    "run.team.TeamRunInput",
    "run.team.TaskData",
    "run.base.RunContext",
    "run.messages.RunMessages",
    "run.requirement.RunRequirement",
    "models.response.ModelResponse",
    "models.response.ToolExecution",
    "tools.function.UserInputField",
    "tools.function.UserFeedbackQuestion",
    "tools.function.UserFeedbackOption",
    "metrics.RunMetrics",
    "metrics.MessageMetrics",
    "metrics.ModelMetrics",
    "metrics.SessionMetrics",
    "metrics.ToolCallMetrics",
    "workflow.types.StepOutput",
    "workflow.types.StepInput",
    "workflow.types.WorkflowMetrics",
    "workflow.types.StepMetrics",
]

# Answers to requirements that do not wait for them.
NOT_NOW = {"confirmed twice", "nothing to give"}

# Agno leaves media objects in the dictionary of this event; `test_events.py` says what Wherry does.
MEDIA = ("images", "videos", "audio", "response_audio")


def _full(path: str) -> dict[str, Any]:
    without = MEDIA if path.endswith("StepCompletedEvent") else ()
    return cases.full(path, field_names(specs._class("wherry", path)), *without)


def _jobs() -> dict[str, tuple[Any, str]]:
    jobs: dict[str, tuple[Any, str]] = {}
    for name, spec in cases.TO_DICT:
        jobs[f"{name}: to_dict"] = spec, "to_dict"
    for name, spec, what in cases.DUMPS:
        jobs[f"{name}: {what}"] = spec, what
    for name, spec, what in cases.DONE:
        jobs[f"{name}: {what}{' (refused)' if name in NOT_NOW else ''}"] = spec, what
    for name, spec in cases.REFUSED:
        jobs[f"{name}: refused"] = spec, "to_dict"
    for path in [*_event_classes(), *OUTPUTS]:
        if path.endswith("CustomEvent"):
            continue
        jobs[f"bare {path}: to_dict"] = {"$": path, "created_at": cases.AT}, "to_dict"
        jobs[f"full {path}: to_dict"] = _full(path), "to_dict"
        if path.endswith("WorkflowRunOutput"):
            continue  # Agno's has no to_json
        jobs[f"full {path}: to_json"] = _full(path), "to_json"
        jobs[f"full {path}: to_json in a line"] = _full(path), 'to_json:{"indent": null, "separators": [",", ":"]}'
    for path in OUTPUTS:
        jobs[f"{path}: again"] = _full(path), "again"
    for path in POSITIONAL:
        jobs[f"{path}: parameters"] = {"$": path, **_required(path)}, "positions"
    return jobs


def _required(path: str) -> dict[str, Any]:
    return {
        "RunInput": {"input_content": "x"},
        "TeamRunInput": {"input_content": "x"},
        "RunContext": {"run_id": "r", "session_id": "s"},
        "RunRequirement": {"tool_execution": cases.TOOL},
        "UserInputField": {"name": "n", "field_type": "str"},
        "UserFeedbackQuestion": {"question": "q"},
        "UserFeedbackOption": {"label": "l"},
        "WorkflowMetrics": {"steps": {}},
        "StepMetrics": {"step_name": "s", "executor_type": "agent", "executor_name": "a"},
    }.get(path.rsplit(".", 1)[-1], {})


JOBS = _jobs()


@pytest.fixture(scope="module")
def agno(reference: Forks) -> dict[str, Any]:
    """What Agno says, by the name of the job; one child process for all of them."""
    lines = "".join(json.dumps(job) + "\n" for job in JOBS.values())
    script = str(Path(specs.__file__))
    done = subprocess.run(
        reference.command(script), input=lines, capture_output=True, text=True, timeout=110, check=False, env=loopback()
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(zip(JOBS, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("name", JOBS)
def test_says_the_same(name: str, agno: dict[str, Any]) -> None:
    assert specs.outcome(JOBS[name][0], "wherry", JOBS[name][1]) == agno[name]


def test_agno_refuses_what_the_catalogue_says_it_refuses_and_nothing_else(agno: dict[str, Any]) -> None:
    refused = {name for name, said in agno.items() if said == "ValueError" or " on agno: " in said}
    assert refused == {name for name in JOBS if "refused" in name}


def test_the_comparison_would_notice(agno: dict[str, Any]) -> None:
    spec = {**cases.PLAIN_MESSAGE, "content": "something else"}
    assert specs.outcome(spec, "wherry", "to_dict") != agno["plain message: to_dict"]
