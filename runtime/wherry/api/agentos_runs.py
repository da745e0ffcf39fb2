"""The run endpoints of Agno's AgentOS: a form in, JSON or server-sent events out.

The runs are the server's own, so a run that began here can be read under `/v1/runtime` too. Mirrors
`agno.os.routers.agents`, `…teams` and `…workflows` as far as `RemoteAgent` and plain form posts need it.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response, StreamingResponse

from wherry.api.agentos import missing
from wherry.api.agentos_forms import Form, WrongForm
from wherry.api.context import Served, served
from wherry.api.following import continue_job
from wherry.api.problems import Problem, problem_of
from wherry.api.running import Answer
from wherry.api.stored import ask, find_job
from wherry.core.events.plain_json import as_json
from wherry.core.ids import new_id
from wherry.core.waits import LOOPING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    from wherry.api.runs import Job

    Endpoint = Callable[[Request, Served, str, Any], Awaitable[Response]]

_ERRORS = {"agent": "RunError", "team": "TeamRunError", "workflow": "WorkflowError"}
_OBJECTS = ("session_state", "dependencies", "metadata")
_SESSION_NEEDED = "session_id is required"


def about_owner(scope: str) -> Callable[[Endpoint], Callable[[Request], Awaitable[Response]]]:
    """An endpoint below `/{kind}/{id}`: needs a scope, answers 404 without such an owner and 422 to a wrong form."""

    def wrap(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        @wraps(endpoint)
        async def wrapped(request: Request) -> Response:
            here = served(request)
            here.caller.need(scope)
            kind = request.path_params["kind"]
            owner = here.service.owners[kind].get(request.path_params["id"])
            if owner is None:
                return missing(kind)
            try:
                return await endpoint(request, here, kind, owner)
            except WrongForm as wrong:
                return JSONResponse(wrong.detail(), 422)

        return wrapped

    return wrap


async def job_below(request: Request, here: Served, kind: str, owner: Any) -> Job:
    """The run that a path names, if it belongs to the owner that the path names.

    Raises:
        Problem: 404.
    """
    job = await find_job(here, request.path_params["run_id"])
    if job.owner is not owner or f"{job.kind}s" != kind:
        raise Problem("not_found", f"There is no run {job.run_id!r} of this {kind[:-1]}.")
    return job


@about_owner("run")
async def run_owner(request: Request, here: Served, kind: str, owner: Any) -> Response:
    """`POST /{kind}/{id}/runs`."""
    form = await Form.of(request)
    message = form.text("message")
    if message is None:
        raise WrongForm("message", "Field required", "missing")
    # AgentOS streams unless it is told not to.
    stream = form.flag("stream", True)
    given: dict[str, Any] = {name: form.data(name, dict) for name in _OBJECTS if name in form.fields}
    given.update(
        # As in AgentOS a run that names no session has one of its own, whatever its agent was made with.
        session_id=here.caller.inside(form.text("session_id") or new_id()),
        user_id=form.text("user_id"),
        stream=stream,
        stream_events=stream,
        **form.media(),
    )
    run = owner.make_run(message, LOOPING, {name: value for name, value in given.items() if value is not None})
    job = here.runs.start(kind[:-1], owner, run, here.caller.tenant)
    return await answered(here, job, stream=stream, background=form.flag("background", False))


async def answered(here: Served, job: Job, *, stream: bool, background: bool) -> Response:
    """The output of a finished run, its events, or that it has begun."""
    if stream:
        return StreamingResponse(frames(here, job, numbered=background), media_type="text/event-stream")
    if background:
        session = here.caller.outside(job.output.session_id)
        return Answer({"run_id": job.run_id, "session_id": session, "status": "PENDING"}, 202)
    return Answer(shown(here, await here.runs.result(job)))


def shown(here: Served, output: Any) -> dict[str, Any]:
    """An output as its caller knows it."""
    data: dict[str, Any] = here.caller.told(output.to_dict())
    return data


async def frames(here: Served, job: Job, after: int = -1, *, numbered: bool = False) -> AsyncIterator[bytes]:
    """The events of a run in AgentOS's frames; an error ends them as an event of its own."""
    async for position, event in job.follow(after):
        data = here.caller.told(event)
        yield frame({**data, "event_index": position, "run_id": job.run_id} if numbered else data)
    if job.error is not None:
        yield frame({"event": _ERRORS[job.kind], "run_id": job.run_id, "content": problem_of(job.error).detail})


def frame(data: dict[str, Any]) -> bytes:
    """One server-sent event named after its data."""
    name = str(data.get("event", "message")).encode()
    return b"event: %s\ndata: %s\n\n" % (name, as_json(data))


@about_owner("read")
async def list_runs(request: Request, here: Served, kind: str, owner: Any) -> Response:
    """`GET /{kind}/{id}/runs`: those of a session, oldest first."""
    session_id, status = request.query_params.get("session_id"), request.query_params.get("status")
    if not session_id:
        detail = {"type": "missing", "loc": ["query", "session_id"], "msg": "Field required", "input": None}
        return JSONResponse({"detail": [detail]}, 422)
    for db in [owner.db] if owner.db is not None else []:
        session = await ask(db, "get_session", session_id=here.caller.inside(session_id))
        if session is not None:
            found = [run.to_dict() for run in session.runs or () if belongs(run, kind, owner)]
            return Answer([here.caller.told(data) for data in found if status in (None, data.get("status"))])
    return JSONResponse({"detail": "Session not found"}, 404)


def belongs(run: Any, kind: str, owner: Any) -> bool:
    """Whether a stored run is one of an owner's own."""
    return getattr(run, f"{kind[:-1]}_id", None) == owner.id and not getattr(run, "parent_run_id", None)


@about_owner("read")
async def get_run(request: Request, here: Served, kind: str, owner: Any) -> Response:
    """`GET /{kind}/{id}/runs/{run_id}`."""
    job = await job_below(request, here, kind, owner)
    if job.done.is_set() and job.error is not None:
        raise job.error
    return Answer(shown(here, job.output))


@about_owner("run")
async def cancel(request: Request, here: Served, kind: str, owner: Any) -> Response:
    """`POST /{kind}/{id}/runs/{run_id}/cancel`."""
    job = await job_below(request, here, kind, owner)
    if not job.done.is_set():
        job.cancel()
    return JSONResponse({})


@about_owner("run")
async def continue_run(request: Request, here: Served, kind: str, owner: Any) -> Response:
    """`POST /{kind}/{id}/runs/{run_id}/continue`."""
    form = await Form.of(request)
    stream = form.flag("stream", True)
    if form.text("session_id") is None:
        return JSONResponse({"detail": _SESSION_NEEDED}, 400)
    given: dict[str, Any] = {"stream": stream, "requirements": answers(form, kind)}
    if kind != "workflows":
        given.update(boundary(form), input=form.text("input"))
    job = await continue_job(here, await job_below(request, here, kind, owner), given)
    return await answered(here, job, stream=stream, background=form.flag("background", False))


def answers(form: Form, kind: str) -> list[Any] | None:
    """A person's answers: of agents the decided tool calls, of teams and workflows requirements.

    Raises:
        WrongForm: They are no list of objects.
    """
    name = {"agents": "tools", "teams": "requirements", "workflows": "step_requirements"}[kind]
    given = form.data(name, list)
    if given is not None and not all(isinstance(item, dict) for item in given):
        raise WrongForm(name, "must be a JSON array of objects")
    return [{"tool_execution": item} for item in given] if given and name == "tools" else given


def boundary(form: Form) -> dict[str, Any]:
    """From where to go on, and how.

    Raises:
        WrongForm: The boundary is none.
    """
    at = (form.text("continue_from") or "end").strip()
    place: int | str = int(at) if at.removeprefix("-").isdecimal() else at
    if isinstance(place, str) and place not in ("end", "last_user"):
        raise WrongForm("continue_from", "must be 'end', 'last_user' or a message's number")
    given: dict[str, Any] = {"continue_from": place, "additional_instructions": form.text("additional_instructions")}
    for name in ("fork", "regenerate"):
        given[name] = form.flag(name, False) or None
    if form.text("replace_original") is not None:
        given["replace_original"] = form.flag("replace_original", True)
    return given


@about_owner("read")
async def resume(request: Request, here: Served, kind: str, owner: Any) -> Response:
    """`POST /{kind}/{id}/runs/{run_id}/resume`: the events after the last one that the client has."""
    form = await Form.of(request)
    last = form.text("last_event_index")
    if last is not None and not last.removeprefix("-").isdecimal():
        raise WrongForm("last_event_index", "must be a whole number")
    job = await job_below(request, here, kind, owner)
    after = int(last) if last is not None else -1
    return StreamingResponse(resumed(here, job, after), media_type="text/event-stream")


async def resumed(here: Served, job: Job, after: int) -> AsyncIterator[bytes]:
    """What happened meanwhile, then what happens: announced as AgentOS announces it."""
    missed, total = len(job.frames) - after - 1, len(job.frames)
    if job.done.is_set() or job.task is None:
        status = getattr(job.output.status, "value", str(job.output.status)).lower()
        more = {"total_events": missed, "total_buffered": total, "last_event_index_requested": after}
        yield frame({"event": "replay", "run_id": job.run_id, "status": status, **more})
        if not job.done.is_set():
            return
    else:
        if missed > 0:
            more = {"missed_events": missed, "current_event_count": total}
            yield frame({"event": "catch_up", "run_id": job.run_id, "status": "running", **more})
        yield frame({"event": "subscribed", "run_id": job.run_id, "status": "running", "current_event_count": total})
    async for piece in frames(here, job, after, numbered=True):
        yield piece
