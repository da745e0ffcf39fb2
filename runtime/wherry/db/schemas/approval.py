"""A row of approvals as an object; mirrors `agno.db.schemas.approval`. For code that reads or writes such rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from time import time
from typing import Any, Self

from wherry.core.matrix import module_getattr
from wherry.stores.records import epoch

__all__ = ["Approval"]


@dataclass
class Approval:
    """What somebody is asked to allow; mirrors `agno.db.schemas.approval.Approval`.

    Attributes:
        id: The row's id.
        run_id: The run that waits.
        session_id: Its session.
        status: `pending`, `approved`, `rejected`, `expired` or `cancelled`.
        source_type: Who asks: an `agent`, a `team` or a `workflow`.
        approval_type: `required`, or `audit` for a decision that is kept.
        pause_type: What is waited for: `confirmation`, `user_input` or `external_execution`.
        run_status: How the run stands.
        created_at: Seconds since 1970; now when not given. All times may be given as ISO text or `datetime`.
    """

    id: str
    run_id: str
    session_id: str
    status: str = "pending"
    source_type: str = "agent"
    approval_type: str | None = None
    pause_type: str = "confirmation"
    tool_name: str | None = None
    tool_args: dict[str, Any] | None = None
    expires_at: int | None = None
    agent_id: str | None = None
    team_id: str | None = None
    workflow_id: str | None = None
    user_id: str | None = None
    schedule_id: str | None = None
    schedule_run_id: str | None = None
    source_name: str | None = None
    requirements: list[dict[str, Any]] | None = None
    context: dict[str, Any] | None = None
    resolution_data: dict[str, Any] | None = None
    resolved_by: str | None = None
    resolved_at: int | None = None
    created_at: int | None = None
    updated_at: int | None = None
    run_status: str | None = None

    def __post_init__(self) -> None:
        self.created_at = int(time()) if self.created_at is None else epoch(self.created_at)
        for name in ("updated_at", "resolved_at"):
            if getattr(self, name) is not None:
                setattr(self, name, epoch(getattr(self, name)))

    def to_dict(self) -> dict[str, Any]:
        """All columns, empty ones too."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a row; unknown keys are ignored."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})


__getattr__ = module_getattr(__name__, "agno.db.schemas.approval")
