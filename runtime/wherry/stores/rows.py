"""Sessions, runs, memories and knowledge contents as rows, and back.

A row is a dictionary of column values; JSON columns hold values here, text is made by the wires. The one place that
knows which columns each kind of session fills, as Agno does.
"""

from __future__ import annotations

from enum import Enum
from time import time
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.sessions.session import AgentSession, TeamSession
from wherry.core.sessions.session_history import SKIPPED_STATUSES, field
from wherry.core.sessions.session_workflow import WorkflowSession
from wherry.core.sessions.session_workflow import run_type as run_kind
from wherry.stores.jsontext import loads, loads_session

if TYPE_CHECKING:
    from collections.abc import Mapping


class SessionType(str, Enum):
    """Kinds of sessions; mirrors `agno.db.base.SessionType`."""

    AGENT = "agent"
    TEAM = "team"
    WORKFLOW = "workflow"


_CLASSES: dict[str, Any] = {"agent": AgentSession, "team": TeamSession, "workflow": WorkflowSession}
_JSON_SESSION = ("session_data", "agent_data", "team_data", "workflow_data", "metadata", "summary")
MERGED = ("session_data", "metadata", "summary")
"""Columns of a session that are compared with what it was loaded with, and merged."""


def session_kind(session: Any) -> str:
    """``agent``, ``team`` or ``workflow``."""
    for kind, cls in _CLASSES.items():
        if isinstance(session, cls):
            return kind
    raise ConfigurationError(
        f"{session!r} is no session.", hint="Pass an AgentSession, a TeamSession or a WorkflowSession."
    )


def owner_column(session: Any) -> str:
    """The column that says whose session it is; it is merged, too, see `MERGED`."""
    return f"{session_kind(session)}_data"


def loaded_columns(session: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    """What `Origin` keeps of a session's row: the columns that are merged."""
    return {**{name: row.get(name) for name in MERGED}, "owner": row.get(owner_column(session))}


def session_values(session: Any) -> dict[str, Any]:
    """The columns that a session's owner fills and that an update replaces; `session_type` comes first.

    Columns of the other kinds are absent, so that they stay NULL; None in a JSON column becomes JSON's null.
    """
    kind = session_kind(session)
    summary = getattr(session, "summary", None)
    return {
        "session_type": kind,
        f"{kind}_id": getattr(session, f"{kind}_id"),
        "user_id": session.user_id,
        f"{kind}_data": getattr(session, f"{kind}_data"),
        "session_data": session.session_data,
        "summary": summary.to_dict() if summary else None,
        "metadata": session.metadata,
    }


def session_row_from(values: tuple[Any, ...], names: tuple[str, ...]) -> dict[str, Any]:
    """A session's row with its JSON columns parsed."""
    return parsed_row(dict(zip(names, values, strict=True)))


def parsed_row(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its JSON columns parsed in place."""
    for name in _JSON_SESSION:
        text = row[name]
        if text is not None:
            row[name] = loads_session(text)
    if "runs" in row:
        row["runs"] = loads_session(row["runs"])
    return row


def detect_kind(record: dict[str, Any]) -> str:
    """Kind of a stored session, from its type or else from the ids it has."""
    stored = record.get("session_type")
    if stored:
        return str(getattr(stored, "value", stored))
    return next((kind for kind in _CLASSES if record.get(f"{kind}_id")), "agent")


def session_from(record: dict[str, Any], session_type: Any = None) -> Any:
    """A session object from a row.

    Args:
        record: Column values with `runs`.
        session_type: Kind to build; by default the row's own.

    Raises:
        ConfigurationError: There is no such kind.
    """
    kind = detect_kind(record) if session_type is None else str(getattr(session_type, "value", session_type))
    if kind not in _CLASSES:
        raise ConfigurationError(
            f"Invalid session type: {session_type!r}.", hint="Use SessionType.AGENT, TEAM or WORKFLOW."
        )
    return _CLASSES[kind].from_dict(record)


def status_text(status: Any) -> Any:
    """The stored spelling of a run's status."""
    return getattr(status, "value", status)


def run_data(run: Any) -> dict[str, Any]:
    """A run as the dictionary that is stored."""
    return run if isinstance(run, dict) else run.to_dict()


def run_row(run: Any, session_id: str, user_id: str | None = None, run_index: int | None = None) -> dict[str, Any]:
    """The columns of a run.

    Args:
        run: A run object or a stored run.
        session_id: Session it belongs to.
        user_id: Owner of the session.
        run_index: Position in the session; by default the one the stored run carries, if any.

    Raises:
        ConfigurationError: The run has no id.
    """
    run_id = field(run, "run_id")
    if run_id is None:
        raise ConfigurationError(f"A run without run_id cannot be stored in session {session_id!r}.")
    data = run_data(run)
    now = int(time())
    return {
        "run_id": run_id,
        "session_id": session_id,
        "run_type": run_kind(run),
        "agent_id": data.get("agent_id"),
        "team_id": data.get("team_id"),
        "workflow_id": data.get("workflow_id"),
        "user_id": user_id,
        "parent_run_id": data.get("parent_run_id"),
        "status": status_text(data.get("status")),
        "run_index": run_index if run_index is not None else data.get("run_index"),
        "run_data": data,
        "created_at": data.get("created_at") or now,
        "updated_at": now,
    }


def run_from(run_type: str | None, run_data: Any) -> Any:
    """A run object of a kind from what is stored (a dictionary or its JSON text)."""
    from wherry.core.events.outputs import RunOutput, TeamRunOutput
    from wherry.core.events.outputs_workflow import WorkflowRunOutput

    if isinstance(run_data, (str, bytes)):
        run_data = loads(run_data)
    classes: dict[str, Any] = {"agent": RunOutput, "team": TeamRunOutput, "workflow": WorkflowRunOutput}
    kind = run_type or run_kind(run_data)
    if kind not in classes:
        raise ConfigurationError(f"Invalid run type: {kind!r}.", hint="Use 'agent', 'team' or 'workflow'.")
    return classes[kind].from_dict(run_data)


def context_runs(runs: list[Any]) -> list[dict[str, Any]]:
    """The stored runs that count as history."""
    return [
        run
        for run in runs
        if isinstance(run, dict) and run.get("parent_run_id") is None and run.get("status") not in SKIPPED_STATUSES
    ]


def merge_legacy(table_runs: list[dict[str, Any]], legacy_runs: Any) -> list[dict[str, Any]]:
    """Runs of the runs table and of a 2.x session row, in the order they happened.

    The embedded runs come first, each in its newest version: a run that is in both places is taken from the table.

    Args:
        table_runs: Runs of the table, oldest first.
        legacy_runs: The `runs` column of a 2.x session row: a list, its JSON text, or None.
    """
    if isinstance(legacy_runs, str):
        try:
            legacy_runs = loads(legacy_runs)
        except ValueError:
            from wherry.core.log import log_warning

            log_warning("The runs inside a session row are not valid JSON and were left out.")
            legacy_runs = None
    if not legacy_runs:
        return list(table_runs)
    by_id = {run["run_id"]: run for run in table_runs if run.get("run_id") is not None}
    merged: dict[Any, dict[str, Any]] = {}
    for run in legacy_runs:
        if isinstance(run, dict) and run.get("run_id") is not None:
            merged[run["run_id"]] = by_id.get(run["run_id"], run)
    for run_id, run in by_id.items():
        merged.setdefault(run_id, run)
    return list(merged.values())


def check_page(limit: int | None, page: int | None) -> None:
    """Refuse a page that cannot be meant.

    Raises:
        ConfigurationError: A page without a limit, or a page below 1.
    """
    if page is not None and limit is None:
        raise ConfigurationError(f"page={page!r} was given without limit.", hint="Pass both to paginate, or neither.")
    if page is not None and page < 1:
        raise ConfigurationError(f"page must be at least 1 (pages are 1-indexed), got {page!r}.")
