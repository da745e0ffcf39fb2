"""Calls of a database's methods on evals, traces and spans as data, made alike by Agno and by Wherry.

Imported by `agno_process.py` and by tests; imports either package only when it is told which. Answers are JSON.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

FIRST = "2026-01-01T12:00:00.001234+00:00"


def evaluated(run_id: str, **more: Any) -> dict[str, Any]:
    """The step that stores the result of an eval."""
    given = {"run_id": run_id, "eval_type": "accuracy", "eval_data": {"score": 0.5, "why": "é 漢"}, **more}
    return asked("create_eval_run", eval_run=given)


def traced(number: int, *, second: int = 0, **more: Any) -> dict[str, Any]:
    """The step that stores a trace, of three seconds from a second of the minute on."""
    at = f"2026-01-01T12:00:{second:02}.001234+00:00"
    until = f"2026-01-01T12:00:{second + 3:02}.000777+00:00"
    given = {"trace_id": f"t{number}", "name": "Ada.run", "status": "OK", "start_time": at, "end_time": until}
    counted = {"duration_ms": 2999, "total_spans": 1, "error_count": 0, "created_at": at}
    owners = {"run_id": f"r{number}", "session_id": "s", "agent_id": "ada"}
    return asked("upsert_trace", trace={**given, **counted, **owners, **more})


def span(number: int, trace: int, **more: Any) -> dict[str, Any]:
    """A span."""
    return {
        "span_id": f"p{number}", "trace_id": f"t{trace}", "name": "Ada.run", "span_kind": "INTERNAL",
        "status_code": "OK", "start_time": FIRST, "end_time": FIRST, "duration_ms": number, "created_at": FIRST,
        "attributes": {"openinference.span.kind": "AGENT", "input.value": "é 漢"}, **more,
    }  # fmt: skip


def asked(method: str, **given: Any) -> dict[str, Any]:
    """A step that calls a method of a database."""
    return {"do": "call", "method": method, "given": given}


def call(package: str, db: Any, step: dict[str, Any]) -> Any:
    """The answer of a database to a step, as JSON; an error's kind when it raises."""
    given = {name: _decoded(package, name, value) for name, value in step["given"].items()}
    try:
        found = getattr(db, step["method"])(**given)
    except ValueError:
        return "ValueError"
    return json.loads(json.dumps(found, default=_encoded))


def _decoded(package: str, name: str, value: Any) -> Any:
    if name == "eval_run":
        return importlib.import_module(f"{package}.db.schemas.evals").EvalRunRecord(**value)
    if name in {"filter_type", "eval_type"}:
        evals = importlib.import_module(f"{package}.db.schemas.evals")
        return evals.EvalFilterType(value) if name == "filter_type" else [evals.EvalType(kind) for kind in value]
    if name in {"trace", "span"}:
        schemas = importlib.import_module(f"{package}.tracing.schemas")
        return getattr(schemas, name.capitalize()).from_dict(value)
    if name == "spans":
        return [_decoded(package, "span", item) for item in value]
    return datetime.fromisoformat(value) if name in {"start_time", "end_time"} else value


def _encoded(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, Mapping):
        return dict(value)
    return value.isoformat() if isinstance(value, datetime) else float(value)
