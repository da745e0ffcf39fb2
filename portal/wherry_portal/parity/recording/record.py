"""Writing a run down as plain JSON data: outputs, events, exceptions, requests to the model, rows of the database.

Nothing is compared or masked here; that is the parent's work.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import json
import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_DEPTH = 40


def plain(value: Any, depth: int = 0) -> Any:
    """Any value as JSON data: its own `to_dict` first, then fields, then text."""
    if value is None or (isinstance(value, (str, bool, int, float)) and not isinstance(value, enum.Enum)):
        return value
    if depth > _DEPTH:
        return f"<deeper than {_DEPTH}>"
    if isinstance(value, enum.Enum):
        return plain(value.value, depth)
    if isinstance(value, Mapping):
        return {str(plain(key, depth + 1)): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item, depth + 1) for item in value), key=str)
    return _object(value, depth)


def _object(value: Any, depth: int) -> Any:
    if isinstance(value, type):
        return f"<class {value.__name__}>"
    for method in ("to_dict", "model_dump"):
        if callable(getattr(value, method, None)):
            return plain(getattr(value, method)(), depth + 1)
    if isinstance(value, (dt.datetime, dt.date)):
        return f"<{type(value).__name__}>"
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name), depth + 1) for f in dataclasses.fields(value)}
    return str(value)


def output(value: Any) -> Any:
    """The result of a run: its `to_dict`, and what callers see of it that `to_dict` does not tell."""
    if value is None or not hasattr(value, "run_id") or not hasattr(value, "to_dict"):
        return {"value": plain(value), "class": type(value).__name__}
    live = {
        "class": type(value).__name__,
        "content_class": type(value.content).__name__,
        "status": plain(value.status),
        "is_paused": getattr(value, "is_paused", None),
        "text": value.get_content_as_string() if hasattr(value, "get_content_as_string") and value.content else None,
        "messages": len(getattr(value, "messages", None) or ()),
        "open": [plain(getattr(r, "pause_type", None)) for r in getattr(value, "active_requirements", None) or ()],
    }
    return {"stored": plain(value), "live": live}


def event(value: Any) -> Any:
    """An event: its `to_dict` and its class."""
    return {"class": type(value).__name__, **plain(value)}


def exception(error: BaseException | None) -> Any:
    """Type and text of an exception (None when there was none)."""
    if error is None:
        return None
    chain = [base.__name__ for base in type(error).__mro__ if base not in {object, BaseException}]
    return {"type": type(error).__name__, "message": str(error), "is_a": chain}


def database(path: Path) -> dict[str, Any]:
    """Every row of every table of a SQLite file, JSON columns decoded, in the order of their keys."""
    if not path.is_file():
        return {}
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        names = [
            row[0] for row in connection.execute("select name from sqlite_master where type = 'table' order by name")
        ]
        tables = {}
        for name in names:
            rows = [dict(row) for row in connection.execute(f'select * from "{name}"')]  # noqa: S608 - names out of the schema
            tables[name] = sorted(
                ({key: _decoded(value) for key, value in row.items()} for row in rows), key=_row_order
            )
        return tables
    finally:
        connection.close()


def memory(db: Any) -> dict[str, Any]:
    """What an in-memory database holds, by kind of session."""
    found: dict[str, Any] = {}
    for kind in ("agent", "team", "workflow"):
        with_kind = db.get_sessions(session_type=_session_type(db, kind))
        sessions = with_kind[0] if isinstance(with_kind, tuple) else with_kind
        if sessions:
            found[kind] = sorted((plain(session) for session in sessions), key=lambda s: str(s.get("session_id")))
    return found


def _session_type(_db: Any, kind: str) -> Any:
    from wherry_portal.parity.recording.runtime import symbol

    return symbol("db.base.SessionType")(kind)


def _decoded(value: Any) -> Any:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if (isinstance(value, str) and value[:1] in {"{", "[", '"'}) or value == "null":
        try:
            found = json.loads(value)
        except ValueError:
            return value
        return {"json": None} if found is None else found
    return value


def _row_order(row: dict[str, Any]) -> tuple[str, int, str]:
    index = row.get("run_index")
    return (
        str(row.get("session_id") or ""),
        index if isinstance(index, int) else -1,
        str(row.get("run_type") or row.get("memory") or ""),
    )
