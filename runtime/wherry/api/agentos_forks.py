"""The endpoint of AgentOS that copies a session: a conversation goes on twice. Called by the table of routes.

Mirrors the operations `fork_agent_session` and `fork_team_session` of `agno.os.routers`; workflows have none, as there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from wherry.api.agentos_refused import Refused
from wherry.api.agentos_runs import about_owner, refuse_other_owners, session_of
from wherry.core.ids import new_id
from wherry.core.sessions.session_access import fork_session
from wherry.core.sessions.talk_surface import TalkSurface
from wherry.core.waits import LOOPING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from wherry.api.context import Served


@about_owner("run")
async def fork(request: Request, here: Served, kind: str, owner: Any) -> Response:
    """`POST /{kind}/{id}/sessions/{session_id}/fork`: the ids of the copy and of what was copied."""
    if not isinstance(owner, TalkSurface):
        raise HTTPException(404)
    source, made, caller = request.path_params["session_id"], new_id(), here.caller
    user_id = caller.acting(request.query_params.get("user_id"))
    if caller.signed:
        refuse_other_owners(here, await session_of(here, owner, source, None), kind, owner)
    try:
        # The copy is the caller's, as what was copied is.
        await fork_session(owner, LOOPING, caller.inside(source), user_id, caller.inside(made))
    except ValueError as error:
        raise Refused(400, str(error).replace(str(caller.inside(source)), source)) from error
    return JSONResponse({"session_id": made, "forked_from_session_id": source})
