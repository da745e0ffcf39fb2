"""What AgentOS tells about agents, teams and workflows, each shorter than there.

Enough for `RemoteAgent` and `AgentOSClient`; running is in `agentos_runs`, the rest of AgentOS is rows of the matrix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from wherry.api.context import served
from wherry.api.running import Answer

if TYPE_CHECKING:
    from starlette.requests import Request

_NAMES = {"agents": "Agent", "teams": "Team", "workflows": "Workflow"}


def missing(kind: str) -> JSONResponse:
    """AgentOS's answer for an unknown id."""
    return JSONResponse({"detail": f"{_NAMES[kind]} not found"}, 404)


def no_access(kind: str, action: str) -> JSONResponse:
    """AgentOS's answer to whose token is not good for an agent, team or workflow."""
    return JSONResponse({"detail": f"Access denied to {action} this {kind[:-1]}"}, 403)


async def list_owners(request: Request) -> Response:
    """`GET /{kind}`."""
    here = served(request)
    here.caller.need("read")
    kind = request.path_params["kind"]
    here.caller.reach(kind)
    return Answer(
        [about(owner) for owner in here.service.owners[kind].values() if here.caller.may(kind, owner.id, "read")]
    )


async def get_owner(request: Request) -> Response:
    """`GET /{kind}/{id}`."""
    here = served(request)
    here.caller.need("read")
    kind, one = request.path_params["kind"], request.path_params["id"]
    if not here.caller.may(kind, one, "read"):
        return no_access(kind, "read")
    owner = here.service.owners[kind].get(one)
    return missing(kind) if owner is None else Answer(about(owner))


def about(owner: Any) -> dict[str, Any]:
    """An owner as AgentOS lists it, as far as it is known."""
    model = getattr(owner, "model", None)
    shown = {"id": owner.id, "name": owner.name, "description": getattr(owner, "description", None)}
    if getattr(owner, "role", None):
        shown["role"] = owner.role
    if model is not None:
        shown["model"] = {"name": model.name, "model": model.id, "provider": model.provider}
    return {name: value for name, value in shown.items() if value is not None}
