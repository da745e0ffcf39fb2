"""Which answer a session or a stored run is read as. Called by the client of AgentOS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.client.answers_records import (
    AgentSessionDetailSchema,
    RunSchema,
    SessionDetail,
    SessionSchema,
    TeamRunSchema,
    TeamSessionDetailSchema,
    WorkflowRunSchema,
    WorkflowSessionDetailSchema,
)

if TYPE_CHECKING:
    from wherry.client.answers import Json

_DETAILS: dict[str, type[SessionDetail]] = {
    "agent": AgentSessionDetailSchema,
    "team": TeamSessionDetailSchema,
    "workflow": WorkflowSessionDetailSchema,
}


def described_session(kind: str | None, data: Json) -> Any:
    """A session's description, by the kind that was asked for or else by the id it holds.

    Raises:
        ValueError: It tells of no kind.
    """
    for name, model in _DETAILS.items():
        if kind == name or (kind is None and data.get(f"{name}_id") is not None):
            return model.model_validate(data)
    raise ValueError(f"The session {data.get('session_id')!r} names no agent, team or workflow. Pass its session_type.")


def described_run(data: Json) -> Any:
    """A stored run's description, by the id it holds."""
    if data.get("workflow_id") is not None:
        return WorkflowRunSchema.model_validate(data)
    kind = TeamRunSchema if data.get("team_id") is not None else RunSchema
    return kind.model_validate(data)


def listed_session(data: Json) -> SessionSchema:
    """A session of a list; a server may send it as it is stored.

    As in Agno, state and numbers are read from `session_data`, which AgentOS does not send in lists.
    """
    inner = data.get("session_data") or {}
    numbers = inner.get("session_metrics")
    kinds = [kind for kind in _DETAILS if data.get(f"{kind}_id")]
    return SessionSchema(
        session_id=data.get("session_id", ""),
        session_name=data.get("session_name") or inner.get("session_name") or "",
        session_state=inner.get("session_state"),
        created_at=data.get("created_at"),
        updated_at=data.get("updated_at", data.get("created_at")),
        session_type=data.get("session_type") or (kinds[0] if kinds else "agent"),
        user_id=data.get("user_id"),
        agent_id=data.get("agent_id"),
        team_id=data.get("team_id"),
        workflow_id=data.get("workflow_id"),
        session_summary=data.get("summary"),
        metrics=numbers,
        total_tokens=numbers.get("total_tokens") if numbers else None,
        metadata=data.get("metadata"),
    )
