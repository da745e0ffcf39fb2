"""Sessions and runs as AgentOS's endpoints show them: a session whole, a run, a run in short.

Mirrors the shapes of `agno.os.schema`. Called by `agentos_session`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wherry.api.agentos_sessions import labelled, named, text
from wherry.api.agentos_trace_forms import at

if TYPE_CHECKING:
    from collections.abc import Iterable

_PREVIEW = 280
_MEDIA = ("images", "videos", "audio", "files")
_LISTS = ("step_results", "step_executor_runs", "reasoning_steps", "references", "reasoning_messages")
# What runs of agents and teams tell as it is stored, and as what it is told when it is not there.
_TALK: dict[str, Any] = {
    "content": "",
    "reasoning_content": "",
    "reasoning_steps": [],
    "metrics": {},
    "references": [],
    "citations": None,
    "reasoning_messages": [],
    "session_state": None,
    **{name: [] for name in _MEDIA},
    "response_audio": None,
    "followups": None,
    **dict.fromkeys(("forked_from_run_id", "forked_from_message_index", "forked_from_session_id")),
    **dict.fromkeys(("regenerated_from", "last_checkpoint_at_message_index")),
}
_STEPS: dict[str, Any] = {
    **dict.fromkeys(("workflow_id", "user_id", "content", "content_type", "status", "reasoning_content"), ""),
    **dict.fromkeys(("step_requirements", "pause_kind", "paused_step_name", "paused_step_index", "citations")),
    **{name: [] for name in ("events", *_MEDIA, *_LISTS)},
    "response_audio": None,
    "metrics": {},
}


def detail(session: Any, kind: str) -> dict[str, Any]:
    """A session, whole, as one of a kind."""
    row, data = session.to_dict(), session.session_data or {}
    created = session.created_at
    told = {
        "user_id": session.user_id,
        "session_id": session.session_id,
        "session_name": named(row, data, kind),
        "session_state": data.get("session_state"),
        "metadata": session.metadata,
        "created_at": at(created or None),
        "updated_at": at(session.updated_at or created or None),
    }
    if kind == "workflow":
        names = ("workflow_id", "workflow_name", "session_data", "workflow_data")
        return {**told, **{name: getattr(session, name) for name in names}}
    metrics = data.get("session_metrics", {}) if session.session_data else None
    told |= {
        "session_summary": row.get("summary"),
        "metrics": metrics,
        "total_tokens": (metrics or {}).get("total_tokens"),
        "chat_history": [message.to_dict() for message in session.get_chat_history()],
    }
    if kind == "team":
        return {**told, "team_id": session.team_id, "team_data": session.team_data}
    return {
        **told,
        "agent_session_id": session.session_id,
        "agent_id": session.agent_id or None,
        "agent_data": session.agent_data,
        "metadata": labelled(session.metadata, session.agent_data),
    }


def run_of(run: dict[str, Any], kind: str, row: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """A stored run of a session of a kind; None for one of a team's session that is neither an agent's nor a team's.

    Args:
        run: What is stored.
        kind: The kind of its session: "agent", "team", "workflow", or "" where that is not asked.
        row: Its session, whose agent is named with a run of an agent's own.
    """
    if kind == "agent":
        return of_agent(run, row)
    if kind == "team":
        if run.get("agent_id") is not None:
            return of_agent(run)
        return None if run.get("team_id") is None else of_team(run)
    if run.get("workflow_id") is not None:
        return of_workflow(run)
    return of_agent(run, row) if run.get("team_id") is None else of_team(run)


def of_agent(run: dict[str, Any], row: dict[str, Any] | None = None) -> dict[str, Any]:
    """A run of an agent."""
    about = None
    if row is not None and row.get("session_type") == "agent" and run.get("agent_id") in (None, row.get("agent_id")):
        about = row.get("agent_data")
    names = {name: run.get(name, "") for name in ("run_id", "parent_run_id", "agent_id", "user_id")}
    return {**names, **_talk(run), "metadata": labelled(run.get("metadata"), about)}


def of_team(run: dict[str, Any]) -> dict[str, Any]:
    """A run of a team."""
    names = {name: run.get(name, "") for name in ("run_id", "parent_run_id", "team_id")}
    return {**names, "user_id": run.get("user_id"), **_talk(run)}


def of_workflow(run: dict[str, Any]) -> dict[str, Any]:
    """A run of a workflow."""
    told = {name: run.get(name, default) for name, default in _STEPS.items()}
    return {
        "run_id": run.get("run_id", ""),
        "run_input": given_to(run, workflow=True),
        **told,
        "cancellation_stage": run.get("cancellation_stage"),
        "created_at": at(run.get("created_at") or None),
    }


def _talk(run: dict[str, Any]) -> dict[str, Any]:
    given = run.get("input")
    media = {name: list(given.get(name, ())) if isinstance(given, dict) else [] for name in _INPUT}
    return {
        **{name: run.get(name) for name in ("status", "cancellation_stage")},
        "run_input": given_to(run),
        "run_response_format": "text" if run.get("content_type", "str") == "str" else "json",
        **{name: run.get(name, default) for name, default in _TALK.items()},
        **{name: run.get(name) or None for name in ("messages", "tools", "events")},
        "input_media": media,
        "created_at": at(run.get("created_at") or None),
    }


_INPUT = ("images", "videos", "audios", "files")


def given_to(run: dict[str, Any], *, workflow: bool = False) -> str:
    """What a run was asked, as text."""
    given = run.get("input")
    if workflow:
        if given is not None:
            return text(given)
        steps = run.get("step_executor_runs") or ()
        asked = _last_of_user(steps[0].get("messages", ())) if steps else None
        if asked is not None:
            return asked
    elif isinstance(given, dict) and given.get("input_content") is not None:
        return text(given["input_content"])
    return _last_of_user(run.get("messages") or ()) or ""


def _last_of_user(messages: Iterable[dict[str, Any]]) -> str | None:
    found = [message for message in messages if message.get("role") == "user"]
    return found[-1].get("content", "") if found else None


def preview(run: dict[str, Any]) -> dict[str, Any]:
    """A run that is told, in short."""
    names = ("run_id", "parent_run_id", "agent_id", "team_id", "workflow_id", "user_id", "status", "created_at")
    short = {name: _short(run.get(name)) for name in ("run_input", "content")}
    return {**{n: run.get(n) for n in names}, "run_input": short["run_input"], "content_preview": short["content"]}


def _short(value: Any) -> str | None:
    if value is None:
        return None
    return (value if isinstance(value, str) else json.dumps(value, default=str))[:_PREVIEW]
