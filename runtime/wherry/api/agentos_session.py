"""AgentOS's endpoints of a single session: made, shown, named, changed, deleted, one or many; its runs.

A caller with a token reaches its own sessions only, by the ids that it knows. Mirrors `agno.os.routers.session`; the
list is in `agentos_sessions`.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter
from starlette.responses import Response

from wherry.api.agentos_asked import body_as, checked, database, reading
from wherry.api.agentos_refused import Refused, WrongForm
from wherry.api.agentos_session_forms import detail, preview, run_of
from wherry.api.agentos_trace_forms import known
from wherry.api.resources import forget_runs, refuse_going_on
from wherry.api.running import Answer
from wherry.api.stored import ask
from wherry.core.errors import SessionConflict
from wherry.core.events.session_summary import SessionSummary
from wherry.core.ids import new_id
from wherry.core.sessions.session_store import keep_changed
from wherry.core.status import RunStatus
from wherry.session import AgentSession, TeamSession, WorkflowSession
from wherry.stores.rows import SessionType

if TYPE_CHECKING:
    from starlette.requests import Request

    from wherry.api.context import Served

_KIND = TypeAdapter(SessionType)
_SECONDS = TypeAdapter(int)
_FLAG = TypeAdapter(bool)
_CLASSES = {SessionType.AGENT: AgentSession, SessionType.TEAM: TeamSession, SessionType.WORKFLOW: WorkflowSession}


class Begun(BaseModel):
    """A session to make."""

    session_id: str | None = None
    session_name: str | None = None
    session_state: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    user_id: str | None = None
    agent_id: str | None = None
    team_id: str | None = None
    workflow_id: str | None = None


class Changed(BaseModel):
    """What is to be different about a session."""

    session_name: str | None = None
    session_state: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    summary: dict[str, Any] | None = None


class Renamed(BaseModel):
    """A session's name."""

    session_name: str = ""


class Unwanted(BaseModel):
    """Sessions to delete."""

    session_ids: Annotated[list[str], Field(min_length=1)]
    session_types: Annotated[list[SessionType], Field(min_length=1)]


@reading("creating a session", "run")
async def create_session(request: Request, here: Served) -> Any:
    """`POST /sessions`."""
    kind = checked(request, "type", _KIND, SessionType.AGENT)
    begun = await body_as(request, Begun)
    db, now = database(request, here), int(time())
    named = begun.session_id or new_id()
    session_id = here.caller.inside(named)
    if await ask(db, "get_session", session_id=session_id, deserialize=False) is not None:
        said = f"Session with id '{named}' already exists. Use PATCH /sessions/{named} to update it."
        raise Refused(409, said)
    data = {name: value for name in ("session_state", "session_name") if (value := getattr(begun, name)) is not None}
    owner = f"{kind.value}_id"
    session = _CLASSES[kind](
        session_id=session_id,
        user_id=here.caller.acting(begun.user_id),
        session_data=data or None,
        metadata=begun.metadata,
        created_at=now,
        updated_at=now,
        **{owner: getattr(begun, owner)},
    )
    stored = await ask(db, "upsert_session", session=session)
    if stored is None:
        raise Refused(500, "The session was not stored: it belongs to another user.")
    return Answer(here.caller.told(known(shown(stored))), 201)


@reading("retrieving a session")
async def get_session(request: Request, here: Served) -> Any:
    """`GET /sessions/{session_id}`."""
    kind = checked(request, "type", _KIND, None)
    session = await found(request, here, kind)
    return known(detail(session, kind.value if kind else kind_of(session)))


@reading("renaming a session", "run")
async def rename_session(request: Request, here: Served) -> Any:
    """`POST /sessions/{session_id}/rename`; here and in `PATCH` what is not there is told, too."""
    kind = checked(request, "type", _KIND, None)
    renamed = await body_as(request, Renamed)
    if "session_name" not in renamed.model_fields_set:
        raise WrongForm("session_name", "Field required", "missing")
    asked = {**place(request, here), "session_type": kind, "session_name": renamed.session_name}
    session = await ask(database(request, here), "rename_session", **asked)
    if session is None:
        raise missing(request)
    return shown(session)


@reading("updating a session", "run")
async def update_session(request: Request, here: Served) -> Any:
    """`PATCH /sessions/{session_id}`."""
    kind = checked(request, "type", _KIND, None)
    changed = await body_as(request, Changed)
    session = await found(request, here, kind, named=False)
    for name in ("session_name", "session_state"):
        if (value := getattr(changed, name)) is not None:
            session.session_data = {**(session.session_data or {}), name: value}
    if changed.metadata is not None:
        session.metadata = changed.metadata
    if changed.summary is not None:
        try:
            session.summary = SessionSummary.from_dict(changed.summary)
            session.summary.to_dict()  # which is how it is stored
        except (AttributeError, TypeError, ValueError) as error:
            raise WrongForm("summary", f"is no summary of a session: {error}", given=changed.summary) from error
    if not await _kept(database(request, here), session):
        raise Refused(500, "Failed to update session")
    return shown(session)


async def _kept(db: Any, session: Any) -> bool:
    try:
        return await keep_changed(db, ask, session)
    except SessionConflict as error:
        raise Refused(409, str(error)) from error


@reading("deleting a session", "run")
async def delete_session(request: Request, here: Served) -> Response:
    """`DELETE /sessions/{session_id}`; that it is not there is no error."""
    db = database(request, here)
    without_media(request)
    await _delete(here, db, [place(request, here)])
    return Response(status_code=204)


@reading("deleting sessions", "run")
async def delete_sessions(request: Request, here: Served) -> Response:
    """`DELETE /sessions`, with their ids and their kinds in the body."""
    unwanted = await body_as(request, Unwanted)
    if len(unwanted.session_ids) != len(unwanted.session_types):
        raise Refused(400, "Session IDs and session types must have the same length")
    db = database(request, here)
    without_media(request)
    user_id = here.caller.only(request.query_params.get("user_id"))
    await _delete(here, db, [{"session_id": here.caller.inside(i), "user_id": user_id} for i in unwanted.session_ids])
    return Response(status_code=204)


async def _delete(here: Served, db: Any, places: list[dict[str, Any]]) -> None:
    """Delete sessions, unless a run of one of them goes on; then none is deleted."""
    for where in places:
        session = await ask(db, "get_session", **where)
        if session is not None:
            refuse_going_on(here, session)
    for where in places:
        if await ask(db, "delete_session", **where):
            forget_runs(here, where["session_id"])


@reading("retrieving the runs of a session")
async def session_runs(request: Request, here: Served) -> Any:
    """`GET /sessions/{session_id}/runs`."""
    return [known(run) for run in await runs_of(request, here)]


@reading("retrieving the runs of a session")
async def run_previews(request: Request, here: Served) -> Any:
    """`GET /sessions/{session_id}/run-previews`."""
    return [known(preview(run)) for run in await runs_of(request, here)]


@reading("retrieving a run")
async def session_run(request: Request, here: Served) -> Any:
    """`GET /sessions/{session_id}/runs/{run_id}`: what is not there is told, too."""
    checked(request, "type", _KIND, None)
    session_id, run_id = request.path_params["session_id"], request.path_params["run_id"]
    row = await ask(database(request, here), "get_session", **place(request, here), deserialize=False)
    if row is None:
        raise Refused(404, f"Session with ID {session_id} not found")
    runs = as_data(row)
    if not runs:
        raise Refused(404, f"Session with ID {session_id} has no runs")
    for run in runs:
        if run.get("run_id") == run_id:
            return run_of(run, "", plain(row))
    raise Refused(404, f"Run with ID {run_id} not found in session {session_id}")


async def runs_of(request: Request, here: Served) -> list[dict[str, Any]]:
    """The runs that a query asks for, as they are told.

    Raises:
        Refused: 400 for a status that there is not, 404 without the session, 422 for what is no time.
    """
    kind = checked(request, "type", _KIND, None)
    after, before = (checked(request, name, _SECONDS, None) for name in ("created_after", "created_before"))
    statuses = [status.upper() for status in request.query_params.getlist("status")]
    valid = sorted(status.value for status in RunStatus)
    unknown = sorted({*statuses} - {*valid})
    if unknown:
        raise Refused(400, f"Invalid status value(s) {unknown}; expected one of {valid}")
    row = await ask(database(request, here), "get_session", **place(request, here), deserialize=False)
    if row is None:
        raise Refused(404, f"Session with ID {request.path_params['session_id']} not found")
    told = []
    for run in as_data(row):
        made = run.get("created_at")
        if made is not None and ((after is not None and made < after) or (before is not None and made > before)):
            continue
        shape = run_of(run, kind.value if kind else plain(row)["session_type"], plain(row))
        if shape is not None and (not statuses or (shape.get("status") or "").upper() in statuses):
            told.append(shape)
    return told


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its kind as a text."""
    kind = row.get("session_type")
    return {**row, "session_type": getattr(kind, "value", kind)}


def as_data(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The runs of a row as data."""
    return [run if isinstance(run, dict) else run.to_dict() for run in row.get("runs") or () if run is not None]


def place(request: Request, here: Served) -> dict[str, Any]:
    """Which session a path names, and whose it has to be."""
    inside = here.caller.inside(request.path_params["session_id"])
    return {"session_id": inside, "user_id": here.caller.only(request.query_params.get("user_id"))}


async def found(request: Request, here: Served, kind: SessionType | None, *, named: bool = True) -> Any:
    """The session that a path names.

    Raises:
        Refused: 404.
    """
    session = await ask(database(request, here), "get_session", **place(request, here), session_type=kind)
    if session is None:
        raise missing(request, f"{kind.value.title()} " if kind and named else "")
    return session


def missing(request: Request, kind: str = "") -> Refused:
    """AgentOS's answer for a session that is not there."""
    return Refused(404, f"{kind}Session with id '{request.path_params['session_id']}' not found")


def shown(session: Any) -> dict[str, Any]:
    """A session by its own kind."""
    return detail(session, kind_of(session))


def kind_of(session: Any) -> str:
    """Whose session it is."""
    return next(kind.value for kind, made in _CLASSES.items() if isinstance(session, made))


def without_media(request: Request) -> None:
    """Refuse to delete stored media, which this server does not know.

    Raises:
        Refused: 503, as AgentOS without a media storage.
    """
    if checked(request, "delete_media", _FLAG, False):
        raise Refused(503, "Media storage is not configured on AgentOS")
