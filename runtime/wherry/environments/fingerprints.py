"""Whether two results are of the same environment and the same model: hashes of what shapes a run.

The parts and their form are Agno's, so that a stored baseline of either runtime can be compared by the other.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wherry.core.tools.foreign import is_function_like, is_toolkit_like
from wherry.core.tools.function import Function
from wherry.scorer.base import FingerprintError
from wherry.scorer.identity import digest_of, model_identity, model_prompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.environments.environment import Environment

_VERSION = "envfp2"
_TEXTS = (
    "instructions",
    "description",
    "system_message",
    "additional_context",
    "expected_output",
    "role",
)
_FLAGS = (
    "markdown",
    "add_name_to_context",
    "add_location_to_context",
    "add_datetime_to_context",
    "add_session_state_to_context",
)


def fingerprint_of_environment(env: Environment, agent: Any, model: Any = None) -> str:
    """Hash of tasks, scorer, prompt, tools and limits.

    Args:
        env: The environment.
        agent: Its agent.
        model: The model that runs, when it is not the agent's own; what it adds to the prompt counts.

    Raises:
        FingerprintError: A part has no stable form.
    """
    return f"{_VERSION}:{_sealed(lambda: digest_of(_environment(env, agent, model)))}"


def fingerprint_of_policy(model: Any) -> str:
    """Hash of a model and its settings.

    Raises:
        FingerprintError: A part has no stable form.
    """
    return _sealed(lambda: digest_of(model_identity(model)))


def known_fingerprint(thing: Any) -> str | None:
    """The fingerprint of an environment, or of a result; None when there is none."""
    found = getattr(thing, "env_fingerprint", None)
    try:
        return found() if callable(found) else found
    except FingerprintError:
        return None


def match(first: str | None, second: str | None) -> bool:
    """Whether two fingerprints are there and equal."""
    return first is not None and first == second


def task_id(number: int, given: str | None) -> str:
    """A task's id, or its place, counted from 1."""
    return f"t{number + 1}" if given is None else given


def _sealed(made: Callable[[], str]) -> str:
    """Whatever a user's scorer or tool raises, a missing fingerprint must not break a run."""
    try:
        return made()
    except FingerprintError:
        raise
    except Exception as error:
        raise FingerprintError(f"A part of the fingerprint failed: {type(error).__name__}: {error}") from error


def _environment(env: Environment, agent: Any, model: Any) -> dict[str, Any]:
    digest = getattr(env.scorer, "digest", None)
    if not callable(digest):
        raise FingerprintError(f"{type(env.scorer).__name__} has no digest()")
    flags = {name: bool(getattr(agent, name, False)) for name in _FLAGS}
    return {
        "tasks": [[task_id(number, task.id), task.input, task.expected] for number, task in enumerate(env.tasks)],
        "scorer": digest(),
        "tools": _schemas(agent),
        "tool_choice": getattr(agent, "tool_choice", None),
        **{name: _text(getattr(agent, name, None), name) for name in _TEXTS},
        "additional_input": _inputs(getattr(agent, "additional_input", None)),
        "name": getattr(agent, "name", None) if flags["add_name_to_context"] else None,
        "prompt_flags": flags,
        "model_prompt": model_prompt(getattr(agent, "model", None) if model is None else model),
        "session_state": getattr(agent, "session_state", None),
        "termination": {
            "timeout_seconds": env.timeout_seconds,
            "tool_call_limit": getattr(agent, "tool_call_limit", None),
        },
    }


def _schemas(agent: Any) -> list[dict[str, Any]]:
    tools = getattr(agent, "tools", None)
    if tools is not None and not isinstance(tools, list | tuple):
        raise FingerprintError("agent.tools is a function; what tools it gives is known at a run only")
    found = [schema for tool in tools or () for schema in _declared(tool)]
    return sorted(found, key=lambda schema: (str(schema.get("name", "")), json.dumps(schema, sort_keys=True)))


def _declared(tool: Any) -> list[dict[str, Any]]:
    if isinstance(tool, dict):
        return [tool]
    if is_toolkit_like(tool):
        functions = {**tool.functions, **(getattr(tool, "async_functions", None) or {})}
        return [functions[name].to_dict() for name in sorted(functions)]
    if is_function_like(tool):
        return [tool.to_dict()]
    if callable(tool):
        return [Function.from_callable(tool).to_dict()]
    raise FingerprintError(f"A tool of type {type(tool).__name__} has no schema")


def _text(value: Any, name: str) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return list(value)
    if callable(getattr(value, "to_dict", None)):
        return value.to_dict()
    raise FingerprintError(f"agent.{name} is {type(value).__name__}: only text and lists of it have a fingerprint")


def _inputs(value: Any) -> Any:
    if value is not None and not isinstance(value, list | tuple):
        raise FingerprintError(f"agent.additional_input is {type(value).__name__}, not a list")
    return None if value is None else [_input(item) for item in value]


def _input(item: Any) -> Any:
    if item is None or isinstance(item, str | dict):
        return item
    if callable(getattr(item, "to_dict", None)):
        data = item.to_dict()
        if isinstance(data, dict):  # a message is new each time: its id and time say nothing
            return {key: value for key, value in data.items() if key not in {"id", "created_at"}}
        return data
    if callable(getattr(item, "model_dump", None)):
        return item.model_dump()
    raise FingerprintError(f"additional_input holds a {type(item).__name__}, which has no stable form")
