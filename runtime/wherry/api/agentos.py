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


async def list_owners(request: Request) -> Response:
    """`GET /{kind}`."""
    here = served(request)
    here.caller.need("read")
    return Answer([about(owner) for owner in here.service.owners[request.path_params["kind"]].values()])


async def get_owner(request: Request) -> Response:
    """`GET /{kind}/{id}`."""
    here = served(request)
    here.caller.need("read")
    kind = request.path_params["kind"]
    owner = here.service.owners[kind].get(request.path_params["id"])
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
