"""Objects described as JSON, so that the same ones can be built on both sides.

`build(spec, root)` makes `{"$": "run.agent.RunOutput", "run_id": "r"}` into `<root>.run.agent.RunOutput(run_id="r")`.
Bytes are `{"$bytes": "..."}`, paths `{"$path": "..."}`, tuples `{"$tuple": [...]}`, enum members
`{"$enum": [class, name]}`, moments `{"$time": "..."}`, models `{"$model": {...}}`, sums `{"$sum": [...]}`;
`{"$from": [class, data]}` goes through `from_dict`, `{"$after": [object, method, arguments]}` calls a method and gives
the object; "*" holds positional arguments.
Run as a script it builds for the reference and prints, one JSON line each, what came of it.
"""

from __future__ import annotations

import importlib
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def _class(root: str, path: str) -> Any:
    module, name = path.rsplit(".", 1)
    if root == "wherry" and module == "workflow.types":
        module = "core.events.step_io"
    return getattr(importlib.import_module(f"{root}.{module}"), name)


def _model(fields: dict[str, Any]) -> Any:
    from pydantic import create_model

    return create_model("Answer", **dict.fromkeys(fields, (Any, None)))(**fields)


def _after(value: list[Any], root: str) -> Any:
    made = build(value[0], root)
    getattr(made, value[1])(*build(value[2], root))
    return made


SPECIAL: dict[str, Callable[[Any, str], Any]] = {
    "$bytes": lambda value, _: value.encode("latin-1"),
    "$path": lambda value, _: Path(value),
    "$tuple": lambda value, root: tuple(build(item, root) for item in value),
    "$enum": lambda value, root: getattr(_class(root, value[0]), value[1]),
    "$time": lambda value, _: datetime.fromisoformat(value),
    "$model": lambda value, root: _model(build(value, root)),
    "$type": lambda value, _: {"int": int, "str": str, "float": float}[value],
    "$sum": lambda value, root: sum(build(value, root)),
    "$from": lambda value, root: _class(root, value[0]).from_dict(json.loads(json.dumps(value[1]))),
    "$after": _after,
}


def _special(spec: dict[str, Any], root: str) -> Any:
    tag = next(iter(spec))
    if tag in SPECIAL:
        return SPECIAL[tag](spec[tag], root)
    positional = build(spec.get("*", []), root)
    named = {name: build(item, root) for name, item in spec.items() if name not in {"$", "*"}}
    return _class(root, spec["$"])(*positional, **named)


def build(spec: Any, root: str) -> Any:
    """The object a description stands for."""
    if isinstance(spec, list):
        return [build(item, root) for item in spec]
    if isinstance(spec, dict):
        if spec and next(iter(spec)).startswith("$"):
            return _special(spec, root)
        return {name: build(item, root) for name, item in spec.items()}
    return spec


def outcome(spec: Any, root: str, what: str) -> Any:
    """What an object says of itself: `to_dict`, `model_dump`, `again` (to_dict of a copy made from it), or a method."""
    try:
        made = build(spec, root)
        if what == "again":
            data = made.to_dict()
            return json.dumps(type(made).from_dict(json.loads(json.dumps(data, default=str))).to_dict(), default=str)
        if what == "positions":
            return json.dumps(_positions(type(made)))
        method, _, options = what.partition(":")
        said = getattr(made, method)
        said = said(**(json.loads(options) if options else {})) if callable(said) else said
        return said if isinstance(said, str) else json.dumps(said, default=str)
    except ValueError:
        return "ValueError"
    except (AttributeError, KeyError, TypeError) as error:
        return f"{type(error).__name__} on {root}: {error}"


def _positions(kind: Any) -> list[str]:
    from inspect import signature

    return [name for name in signature(kind).parameters if name != "data"]


if __name__ == "__main__":
    for line in sys.stdin:
        job = json.loads(line)
        sys.stdout.write(json.dumps(outcome(job[0], "agno", job[1])) + "\n")
