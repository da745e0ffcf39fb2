"""AgentOS's endpoints of a run's checkpoints, from which it can go on, and of compacting a session's older messages.

Nothing is stored apart for them: a run's messages say after which of them it was saved. Called by the table of routes.
Mirrors the operations `list_agent_run_checkpoints`, `get_agent_run_checkpoint_snapshot`, their twins of teams, and
`compact_agent_session`.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from wherry.api.agentos_asked import wrong
from wherry.api.agentos_refused import Refused
from wherry.api.agentos_runs import about_owner, begun_with, refuse_other_owners, session_of
from wherry.api.running import Answer
from wherry.utils.message import safe_truncation_index

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from wherry.api.context import Served

_PLACE = TypeAdapter(int)
# Characters of a message that a list shows.
_SHOWN = 120


@about_owner("read")
async def list_checkpoints(request: Request, here: Served, kind: str, owner: Any) -> Response:
    """`GET /{kind}/{id}/runs/{run_id}/checkpoints`."""
    run = await run_of(request, here, kind, owner)
    told = {"run_id": request.path_params["run_id"], "session_id": request.query_params["session_id"]}
    return Answer(here.caller.told({**told, "checkpoints": list_run_checkpoints(run)}))


@about_owner("read")
async def get_checkpoint(request: Request, here: Served, kind: str, owner: Any) -> Response:
    """`GET /{kind}/{id}/runs/{run_id}/checkpoints/{message_index}`: the run as it was after so many messages."""
    try:
        place = _PLACE.validate_python(request.path_params["message_index"])
    except ValidationError as error:
        raise wrong(error, "path", "message_index") from error
    run = await run_of(request, here, kind, owner)
    try:
        told = build_run_checkpoint_snapshot(run, place)
    except ValueError as error:
        raise Refused(400, str(error)) from error
    return Answer(here.caller.told(told))


async def run_of(request: Request, here: Served, kind: str, owner: Any) -> Any:
    """The stored run of an agent or team that a path names, in the session that the query names.

    Raises:
        Refused: 404, or 422 without a session.
        HTTPException: 404 for workflows, which have no such paths.
    """
    if kind == "workflows":
        raise HTTPException(404)
    session_id = request.query_params.get("session_id")
    if session_id is None:
        missing = {"type": "missing", "loc": ["query", "session_id"], "msg": "Field required", "input": None}
        raise Refused(422, [missing])
    session = await session_of(here, owner, session_id, here.caller.only(None))
    runs = (session.runs or ()) if begun_with(session, kind, owner) else ()
    found = next((one for one in runs if one.run_id == request.path_params["run_id"]), None)
    if found is None or not begun_with(found, kind, owner):
        raise Refused(404, "Run not found")
    return found


def list_run_checkpoints(run_output: Any) -> list[dict[str, Any]]:
    """Where a run can go on from, in order: after messages with which it was saved, and at its end.

    Args:
        run_output: The run of an agent or team.
    """
    run, messages = run_output, run_output.messages or []
    places = {number for number, one in enumerate(messages, 1) if one.checkpoint_status is not None}
    last = run.last_checkpoint_at_message_index
    if isinstance(last, int) and 0 <= last <= len(messages):
        places.add(last)
    found = [checkpoint(run, place, "checkpoint") for place in sorted(places - {len(messages)} if messages else places)]
    if messages:
        found.append(checkpoint(run, len(messages), "end"))
    for number, entry in enumerate(found, 1):
        entry["checkpoint_id"] = str(number)
    return found


def build_run_checkpoint_snapshot(run_output: Any, message_index: int) -> dict[str, Any]:
    """A place in a run, and the run as it was there; the run itself stays as it is.

    Args:
        run_output: The run of an agent or team.
        message_index: After how many messages.

    Raises:
        ValueError: It has not so many.
    """
    most = len(run_output.messages or ())
    if not 0 <= message_index <= most:
        raise ValueError(f"message_index must be between 0 and {most}")
    known = {one["message_index"]: one["checkpoint_id"] for one in list_run_checkpoints(run_output)}
    entry = {**checkpoint(run_output, message_index, "snapshot"), "checkpoint_id": known.get(message_index)}
    return {"checkpoint": entry, "snapshot": until(run_output, message_index).to_dict()}


def checkpoint(run: Any, place: int, reason: str) -> dict[str, Any]:
    """A place in a run.

    Args:
        run: The run.
        place: After how many messages.
        reason: Why it is told.
    """
    messages = run.messages or []
    message = messages[place - 1] if 0 < place <= len(messages) else None
    saved, when = (getattr(message, f"checkpoint_{name}", None) for name in ("status", "created_at"))
    return {
        "checkpoint_id": None,
        "run_id": run.run_id,
        "session_id": run.session_id,
        "message_index": place,
        "continue_from": place,
        "status": saved or getattr(run.status, "value", run.status),
        "reason": reason,
        "created_at": when or run.created_at,
        "message_id": getattr(message, "id", None),
        "message_role": getattr(message, "role", None),
        "message_preview": preview(getattr(message, "content", None)),
        "is_latest": place == len(messages),
    }


def preview(content: Any) -> str | None:
    """The beginning of a message, on one line."""
    if content is None:
        return None
    text = str(content).replace("\n", " ").strip()
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}..."


def until(run: Any, place: int) -> Any:
    """A copy of a run as it was after so many messages; no call of a tool is left without its answer."""
    made = deepcopy(run)
    made.messages = list(made.messages or ())[: safe_truncation_index(made.messages or (), place)]
    made.last_checkpoint_at_message_index = len(made.messages)
    calls = {one.tool_call_id for one in made.messages if one.tool_call_id}
    calls |= {call.get("id") for one in made.messages for call in one.tool_calls or ()}
    if made.tools:
        made.tools = [one for one in made.tools if one.tool_call_id in calls]
    if made.requirements:
        made.requirements = [
            one for one in made.requirements if getattr(one.tool_execution, "tool_call_id", None) in calls
        ]
    return made


@about_owner("run")
async def compact(request: Request, here: Served, kind: str, owner: Any) -> Response:
    """`POST /agents/{id}/sessions/{session_id}/compact`; that there was nothing to do is no error."""
    if not hasattr(owner, "acompact"):
        raise HTTPException(404)
    user_id = here.caller.acting(request.query_params.get("user_id"))
    session_id = request.path_params["session_id"]
    session = await session_of(here, owner, session_id, user_id)
    refuse_other_owners(here, session, kind, owner)
    if session is None:
        raise Refused(404, "Session not found")
    found = await owner.acompact(session_id=here.caller.inside(session_id), user_id=user_id)
    return JSONResponse(here.caller.told(found.to_dict()))
