"""Streams of real Agno runs, for the tests that read them with Wherry; a child process.

Usage: `python agno_streams.py` with a `ReplayServer` in the environment that follows all of `SCRIPTS` in order. Prints
JSON by name: the events as dictionaries, and the output as a dictionary.
"""

from __future__ import annotations

import json
import sys
from typing import Any

CALL = {"tool_calls": [{"name": "add", "arguments": {"a": 1, "b": 2}}]}
ASK = {"tool_calls": [{"name": "delete", "arguments": {"path": "x"}}]}
BREAK = {"tool_calls": [{"name": "fail", "arguments": {}}]}
DELEGATE = {
    "tool_calls": [{"name": "delegate_task_to_member", "arguments": {"member_id": "adder", "task": "Add 1 and 2"}}]
}

SCRIPTS: dict[str, list[Any]] = {
    "plain": ["Hello there, friend."],
    "content only": ["Hello there, friend."],
    "tool": [CALL, "The sum is 3."],
    "failing tool": [BREAK, "It failed."],
    "pause": [ASK],
    "error": [{"status": 400, "error": "broken"}],
    "hooks": ["Hello."],
    "schema": [{"content": {"city": "Rome"}}],
    "team": [DELEGATE, CALL, "3", "The adder says 3."],
    "team content only": [DELEGATE, "3", "The adder says 3."],
    "workflow": ["one", "two"],
    "failing step": [],
}


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def fail() -> str:
    """Fail."""
    raise RuntimeError("no luck")


def _agent(**options: Any) -> Any:
    from agno.agent import Agent
    from agno.models.openai import OpenAIChat

    return Agent(model=OpenAIChat(id="gpt-5-mini", retries=0), id="a", name="A", telemetry=False, **options)


def _workflow(name: str) -> Any:
    from agno.workflow import Condition, Loop, Parallel, Router, Step, StepOutput, Workflow

    if name == "failing step":
        return Workflow(
            name="w", id="w", telemetry=False, steps=[Step(name="bad", executor=lambda _: fail(), max_retries=1)]
        )

    def say(step_input: Any) -> Any:
        return StepOutput(content="said")

    return Workflow(
        name="w",
        id="w",
        telemetry=False,
        steps=[
            Step(name="first", agent=_agent()),
            Parallel(Step(name="left", executor=say), Step(name="right", executor=say), name="both"),
            Condition(name="maybe", evaluator=lambda _: True, steps=[Step(name="then", executor=say)]),
            Loop(name="twice", steps=[Step(name="again", executor=say)], max_iterations=2),
            Router(
                name="way",
                selector=lambda _: [Step(name="there", executor=say)],
                choices=[Step(name="there", executor=say)],
            ),
            Step(name="last", agent=_agent()),
        ],
    )


def _owner(name: str) -> Any:
    if name in {"workflow", "failing step"}:
        return _workflow(name)
    if name.startswith("team"):
        from agno.models.openai import OpenAIChat
        from agno.team import Team

        member = _agent(tools=[add])
        member.id, member.name = "adder", "Adder"
        return Team(members=[member], model=OpenAIChat(id="gpt-5-mini"), id="t", name="T", telemetry=False)
    if name == "hooks":
        return _agent(pre_hooks=[lambda run_input: None], post_hooks=[lambda run_output: None])
    if name == "schema":
        from pydantic import create_model

        return _agent(output_schema=create_model("City", city=(str, ...)))
    if name == "pause":
        from agno.tools import tool

        def delete(path: str) -> str:
            """Delete."""
            return path

        return _agent(tools=[tool(requires_confirmation=True)(delete)])
    return _agent(tools=[add, fail] if "tool" in name else [])


def _options(name: str) -> dict[str, Any]:
    options = {"stream": True, "stream_events": "content only" not in name}
    return options if name in {"workflow", "failing step"} else {**options, "yield_run_output": True}


def main(name: str) -> dict[str, Any]:
    events: list[Any] = []
    output = None
    for item in _owner(name).run("Go", **_options(name)):
        if hasattr(item, "event"):
            events.append(json.loads(item.to_json()))
        else:
            output = item.to_dict()
    return {"events": events, "output": output}


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps({name: main(name) for name in SCRIPTS}, default=str))
