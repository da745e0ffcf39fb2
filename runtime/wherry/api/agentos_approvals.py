"""AgentOS's endpoints of approvals: what waits for a decision is listed, shown, decided, deleted.

Plain calls of a database's approval methods. On a server with tokens only an admin's lists, decides and deletes; others
may read an approval of a run of their own. Mirrors `agno.os.routers.approvals`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter
from starlette.responses import Response

from wherry.api.agentos_asked import asked_of, body_as, checked, database, number, paged, reading
from wherry.api.agentos_refused import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

    from wherry.api.context import Served

_PLAIN = ("source_type", "pause_type", "agent_id", "team_id", "workflow_id", "user_id", "schedule_id", "run_id")
_STATUS: TypeAdapter[Any] = TypeAdapter(Literal["pending", "approved", "rejected", "expired", "cancelled"])
_KIND: TypeAdapter[Any] = TypeAdapter(Literal["required", "audit"])
_LIMIT: TypeAdapter[Any] = TypeAdapter(Annotated[int, Field(ge=1, le=1000)])
_UNKNOWN = "Approval not found"


class Decided(BaseModel):
    """A decision."""

    status: Annotated[str, Field(pattern="^(approved|rejected)$")]
    resolved_by: Annotated[str | None, Field(max_length=255)] = None
    resolution_data: dict[str, Any] | None = None


@reading("retrieving approvals", "admin")
async def list_approvals(request: Request, here: Served) -> Any:
    """`GET /approvals`."""
    asked: dict[str, Any] = {name: request.query_params.get(name) for name in _PLAIN}
    asked["status"] = checked(request, "status", _STATUS, None)
    asked["approval_type"] = checked(request, "approval_type", _KIND, None)
    limit, page = checked(request, "limit", _LIMIT, 100), number(request, "page", 1, 1)
    rows, total = await of_database(request, here, "get_approvals", **asked, limit=limit, page=page)
    return paged(rows, page, limit, total)


@reading("counting approvals", "admin")
async def count_approvals(request: Request, here: Served) -> Any:
    """`GET /approvals/count`: how many wait."""
    user_id = request.query_params.get("user_id")
    return {"count": await of_database(request, here, "get_pending_approval_count", user_id=user_id)}


@reading("retrieving an approval")
async def get_approval(request: Request, here: Served) -> Any:
    """`GET /approvals/{approval_id}`."""
    return await known(request, here)


@reading("retrieving an approval")
async def approval_status(request: Request, here: Served) -> Any:
    """`GET /approvals/{approval_id}/status`."""
    row = await known(request, here)
    told = {name: row.get(name) for name in ("status", "run_id", "resolved_at", "resolved_by")}
    return {"approval_id": row["id"], **told}


@reading("resolving an approval", "admin")
async def resolve_approval(request: Request, here: Served) -> Any:
    """`POST /approvals/{approval_id}/resolve`: of two who decide at once, one does."""
    decided = await body_as(request, Decided)
    changes = {**decided.model_dump(exclude={"resolution_data"}), "resolved_at": int(time.time())}
    changes["resolved_by"] = here.caller.acting(decided.resolved_by)
    if decided.resolution_data is not None:
        changes["resolution_data"] = decided.resolution_data
    named = {"approval_id": request.path_params["approval_id"], "expected_status": "pending"}
    row = await of_database(request, here, "update_approval", **named, **changes)
    if row is None:
        status = (await known(request, here))["status"]
        raise Refused(409, f"This approval was decided before: it is {status!r}.")
    return row


@reading("deleting an approval", "admin")
async def delete_approval(request: Request, here: Served) -> Response:
    """`DELETE /approvals/{approval_id}`."""
    if not await of_database(request, here, "delete_approval", approval_id=request.path_params["approval_id"]):
        raise Refused(404, _UNKNOWN)
    return Response(status_code=204)


async def known(request: Request, here: Served) -> dict[str, Any]:
    """The approval that a path names.

    Raises:
        Refused: 404: there is none, or it is of a run of somebody else.
    """
    named = {"approval_id": request.path_params["approval_id"]}
    row: dict[str, Any] | None = await of_database(request, here, "get_approval", **named)
    user = here.caller.user
    if row is None or not here.caller.owns(row.get("session_id")) or (user is not None and row.get("user_id") != user):
        raise Refused(404, _UNKNOWN)
    return row


async def of_database(request: Request, here: Served, method: str, **arguments: Any) -> Any:
    """What a method of the server's database gives; of the only one that agents have, where the server has none.

    Raises:
        Refused: 503: the database keeps no approvals.
    """
    db = here.service.db if here.service.db is not None else database(request, here)
    return await asked_of(db, "approvals", 503, method, **arguments)
