"""Objects described as JSON, so that the same ones can be built on both sides.

`build(spec, root)` makes `{"$": "run.agent.RunOutput", "run_id": "r"}` into `<root>.run.agent.RunOutput(run_id="r")`.
Bytes are `{"$bytes": "..."}`, paths `{"$path": "..."}`, tuples `{"$tuple": [...]}`, enum members `{"$enum": [class, name]}`,
moments `{"$time": "..."}`, models `{"$model": {...}}`, sums `{"$sum": [...]}`; `{"$from": [class, data]}` goes through
`from_dict`, `{"$after": [object, method, arguments]}` calls a method and gives the object; "*" holds positional arguments.
Run as a script it builds for the reference and prints, one JSON line each, what came of it.
"""

from __future__ import annotations

import importlib
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any


def _class(root: str, path: str) -> Any:
    module, name = path.rsplit(".", 1)
    if root == "wherry" and module == "workflow.types":
        module = "core.step_io"
    return getattr(importlib.import_module(f"{root}.{module}"), name)


def _model(fields: dict[str, Any]) -> Any:
    from pydantic import create_model

    return create_model("Answer", **{name: (Any, None) for name in fields})(**fields)


def _special(spec: dict[str, Any], root: str) -> Any:
    tag = next(iter(spec))
    value = spec[tag]
    match tag:
        case "$bytes":
            return value.encode("latin-1")
        case "$path":
            return Path(value)
        case "$tuple":
            return tuple(build(item, root) for item in value)
        case "$enum":
            return getattr(_class(root, value[0]), value[1])
        case "$time":
            return datetime.fromisoformat(value)
        case "$model":
            return _model(build(value, root))
        case "$type":
            return {"int": int, "str": str, "float": float}[value]
        case "$sum":
            return sum(build(value, root))
        case "$from":
            return _class(root, value[0]).from_dict(json.loads(json.dumps(value[1])))
        case "$after":
            made = build(value[0], root)
            getattr(made, value[1])(*build(value[2], root))
            return made
    return _class(root, value)(
        *build(spec.get("*", []), root),
        **{name: build(item, root) for name, item in spec.items() if name not in {"$", "*"}},
    )


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
