"""Results of evals as rows: their kinds and the record; mirrors `agno.db.schemas.evals`.

The evals themselves are Agno's (see the matrix); what they keep is read and written here. The statements are in
`plans_evals`, the filters of stores without a query engine in `document_evals`.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import Any


class EvalType(str, Enum):
    """What was judged."""

    ACCURACY = "accuracy"
    AGENT_AS_JUDGE = "agent_as_judge"
    PERFORMANCE = "performance"
    RELIABILITY = "reliability"


class EvalFilterType(str, Enum):
    """Whose evals are asked for."""

    AGENT = "agent"
    TEAM = "team"
    WORKFLOW = "workflow"


@cache
def eval_record_class() -> Any:
    """The class of eval results; imports pydantic."""
    from pydantic import BaseModel

    class EvalRunRecord(BaseModel):
        """The result of an eval as it is stored; mirrors `agno.db.schemas.evals.EvalRunRecord`."""

        agent_id: str | None = None
        model_id: str | None = None
        model_provider: str | None = None
        team_id: str | None = None
        workflow_id: str | None = None
        name: str | None = None
        evaluated_component_name: str | None = None
        run_id: str
        eval_type: EvalType
        eval_data: dict[str, Any]
        eval_input: dict[str, Any] | None = None

    EvalRunRecord.__module__ = "wherry.db.schemas.evals"
    EvalRunRecord.__qualname__ = "EvalRunRecord"
    return EvalRunRecord


def eval_values(record: Any) -> dict[str, Any]:
    """The columns of a record, Agno's or ours, with the kind as text."""
    values: dict[str, Any] = record.model_dump()
    return {**values, "eval_type": plain(values["eval_type"])}


def plain(value: Any) -> Any:
    """A member of an enum, Agno's or ours, as its text."""
    return getattr(value, "value", value)


def eval_shown(row: dict[str, Any] | None, deserialize: bool | None) -> Any:
    """A row as a record, or as it is."""
    return eval_record_class().model_validate(row) if row and deserialize else row


# Filter -> the column that is not empty then.
OWNERS = {"agent": "agent_id", "team": "team_id", "workflow": "workflow_id"}
