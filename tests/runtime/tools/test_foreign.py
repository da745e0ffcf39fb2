"""Agno's own tools, toolkits, media, exceptions and guardrails on Wherry's agents (needs Agno installed)."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from tool_kit import context, result_of, tools_of

from wherry.core.errors_checks import CheckTrigger, OutputCheckError
from wherry.core.tools.calls import ToolScope
from wherry.core.tools.foreign import own_refusal


@pytest.mark.parity
@pytest.mark.slow
def test_agnos_leaf_objects_work_in_the_four_ways():
    child = Path(__file__).with_name("foreign_child.py")
    run = subprocess.run(
        [sys.executable, "-W", "ignore", child], capture_output=True, text=True, check=False, timeout=110
    )
    assert run.returncode == 0, run.stderr[-2000:]
    checked = json.loads(run.stdout)
    for toolkit in ("calculator", "files", "python", "shell", "sleep", "generation"):
        assert f"answers of {toolkit}, arun stream" in checked
    assert len(checked) > 80


def lookup(key: str, run_context) -> str:
    """Look up."""
    return f"{key} {run_context.user_id}"


def foreign(**fields):
    """A tool of another library, known by its shape alone."""
    plain = {"type": "object", "properties": {}, "required": []}
    return SimpleNamespace(**{"name": "lookup", "entrypoint": lookup, "parameters": plain, **fields})


def test_a_tool_of_another_library_is_known_by_its_shape():
    tool = foreign(description="Theirs.", requires_confirmation=False)
    (sent,) = tools_of(tool).wire()
    assert sent["function"]["description"] == "Theirs."
    assert sent["function"]["parameters"]["properties"] == {"key": {"type": "string"}}
    assert result_of("blocking", tool, {"key": "k"}, ToolScope(run_context=context())).text == "k ann"


def test_a_toolkit_of_another_library_is_known_by_its_shape():
    function = foreign()
    kit = SimpleNamespace(
        name="theirs",
        functions={"lookup": function},
        get_functions=lambda: {"lookup": function},
        get_async_functions=lambda: {"lookup": function},
        instructions="use theirs",
        add_instructions=True,
    )
    tools = tools_of(kit)
    assert list(tools.functions) == ["lookup"]
    assert tools.instructions == ["use theirs"]


def test_a_refusal_of_another_library_is_heard():
    named = type("OutputCheckError", (Exception,), {})
    error = named("not that")
    error.check_trigger = SimpleNamespace(value="validation_failed")
    error.additional_data = {"a": 1}
    refusal = own_refusal(error)
    assert isinstance(refusal, OutputCheckError)
    assert refusal.check_trigger is CheckTrigger.VALIDATION_FAILED
    assert refusal.additional_data == {"a": 1}
    assert own_refusal(ValueError("x")) is None
