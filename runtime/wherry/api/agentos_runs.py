"""The run endpoints of Agno's AgentOS: a form in, JSON or server-sent events out.

The runs are the server's own, so a run that began here can be read under `/v1/runtime` too. Mirrors
`agno.os.routers.agents`, `…teams` and `…workflows` as far as `RemoteAgent` and plain form posts need it.
"""

from __future__ import annotations

import json
from functools import wraps
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response, StreamingResponse

from wherry.api.agentos import missing, no_access
from wherry.api.agentos_fields import arguments
from wherry.api.agentos_forms import Form
from wherry.api.agentos_refused import Refused, WrongForm
from wherry.api.context import Served, served
from wherry.api.following import continue_job
from wherry.api.media_paths import refuse_paths
from wherry.api.problems import Problem, problem_of
from wherry.api.running import Answer
from wherry.api.stored import ask, find_job
from wherry.core.events.plain_json import as_json
from wherry.core.ids import new_id
from wherry.core.waits import LOOPING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    from wherry.api.access import Caller
    from wherry.api.runs import Job

    Endpoint = Callable[[Request, Served, str, Any], Awaitable[Response]]

_ERRORS = {"agent": "RunError", "team": "TeamRunError", "workflow": "WorkflowError"}
_SESSION_NEEDED = "session_id is required for this action"
_NO_RUN = "Run not found"
# How a run of a workflow that waits for nothing is called when it is asked to go on.
_NOT_PAUSED = {
    "PENDING": "run is already pending",
    "RUNNING": "run is already running",
    "COMPLETED": "run is already completed",
    "ERROR": "run has errored",
    "CANCELLED": "run is already cancelled",
}


def about_owner(scope: str) -> Callable[[Endpoint], Callable[[Request], Awaitable[Response]]]:
    """An endpoint below `/{kind}/{id}`: needs a scope, answers 404 without such an owner."""

    def wrap(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        @wraps(endpoint)
        async def wrapped(request: Request) -> Response:
            here = served(request)
            here.caller.need(scope)
            kind, one = request.path_params["kind"], request.path_params["id"]
            if not here.caller.may(kind, one, "run"):
                return no_access(kind, "run")
            owner = here.service.owners[kind].get(one)
            if owner is None:
                return missing(kind)
            try:
                return await endpoint(request, here, kind, owner)
            except Refused as refused:
                return refused.response()

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
    stream, background = form.flag("stream", True), form.flag("background", False)
    # As in AgentOS a run that names no session has one of its own, whatever its agent was made with.
    session_id = here.caller.session(form.text("session_id")) or new_id()
    given: dict[str, Any] = {"session_id": here.caller.inside(session_id)}
    given.update(stream=stream, stream_events=stream, **settled(form, here.caller))
    user_id = here.caller.acting(form.text("user_id"))
    if user_id is not None:
        given["user_id"] = user_id
    await refuse_foreign_session(here, owner, given)
    run = owner.make_run(message, LOOPING, given)
    if kind == "teams":
        run.options["store_member_responses"] = True  # AgentOS's clients read members' outputs in the stored run
    job = here.runs.start(kind[:-1], owner, run, here.caller.tenant)
    return await answered(here, job, stream=stream, background=background)


def settled(form: Form, caller: Caller) -> dict[str, Any]:
    """The keywords of `make_run` that a form may add: its further fields, its uploads, the version it names.

    Raises:
        Refused: One of them cannot be used.
        Problem: 422: a medium is named by a path, on a server with tokens.
    """
    version = form.number("version")
    given = arguments(form.fields)
    for name in ("images", "audio", "videos", "files"):
        refuse_paths(caller, given.get(name, ()))
    for name, uploads in form.media().items():
        given[name] = [*uploads, *given.get(name, ())]
    if version is not None:
        given["metadata"] = {**given.get("metadata", {}), "agno_component_version": version}
    return {**given, **caller.given()}


async def refuse_foreign_session(here: Served, owner: Any, given: dict[str, Any]) -> None:
    """Refuse a run in a session of another user than the caller's, as AgentOS with JWTs does; admins may.

    Raises:
        Refused: 404.
    """
    if not here.caller.signed or "admin" in here.caller.scopes or owner.db is None:
        return
    session = await ask(owner.db, "get_session", session_id=given["session_id"], deserialize=False)
    whose = None if session is None else session.get("user_id")
    if whose is not None and whose != (given.get("user_id") or getattr(owner, "user_id", None)):
        raise Refused(404, "Session not found")


def refuse_foreign_run(here: Served, job: Job, session_id: str, user_id: str | None) -> None:
    """Refuse to go on with a run of another user or session than the caller's, as AgentOS with JWTs does; admins', too.

    Raises:
        Problem: 404.
    """
    user_id, output = here.caller.acting(user_id), job.output
    foreign = output.session_id != session_id or (user_id is not None and output.user_id != user_id)
    if here.caller.signed and foreign:
        raise Problem("not_found", f"There is no run {job.run_id!r} of this user in this session.")


async def session_of(here: Served, owner: Any, session_id: str, user_id: str | None) -> Any:
    """A session in an owner's database, by the id that the caller knows; None when there is none of that user."""
    if owner.db is None:
        return None
    return await ask(owner.db, "get_session", session_id=here.caller.inside(session_id), user_id=user_id)


def begun_with(session: Any, kind: str, owner: Any) -> bool:
    """Whether a session is one of an owner's own."""
    return bool(getattr(session, f"{kind[:-1]}_id", None) == owner.id)


def refuse_other_owners(here: Served, session: Any, kind: str, owner: Any) -> None:
    """Refuse a session of another agent or team to a caller whose scopes may be for this one alone.

    Raises:
        Refused: 404.
    """
    if here.caller.signed and session is not None and not begun_with(session, kind, owner):
        raise Refused(404, "Session not found")


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
        about = {"session_id": here.caller.inside(session_id), "user_id": here.caller.only(None)}
        session = await ask(db, "get_session", **about)
        if session is not None:
            found = [run.to_dict() for run in session.runs or () if belongs(run, kind, owner)]
            return Answer([here.caller.told(data) for data in found if status in (None, data.get("status"))])
    return JSONResponse({"detail": "Session not found"}, 404)


def belongs(run: Any, kind: str, owner: Any) -> bool:
    """Whether a stored run is one of an owner's own."""
    return getattr(run, f"{kind[:-1]}_id", None) == owner.id and not getattr(run, "parent_run_id", None)


@about_owner("read")
async def get_run(request: Request, here: Served, kind: str, owner: Any) -> Response:
    """`GET /{kind}/{id}/runs/{run_id}`; without `session_id`, which AgentOS needs, it is found, too."""
    try:
        job = await job_below(request, here, kind, owner)
    except Problem:
        raise Refused(404, _NO_RUN) from None
    session_id = request.query_params.get("session_id")
    if session_id and here.caller.inside(session_id) != job.output.session_id:
        raise Refused(404, _NO_RUN)
    if job.done.is_set() and job.error is not None:
        raise job.error
    return Answer(shown(here, await as_stored(job)))


async def as_stored(job: Job) -> Any:
    """A run's output as it is now: a later run may have taken its place."""
    if job.done.is_set() and job.task is not None and job.owner.db is not None:
        return await ask(job.owner.db, "get_run", run_id=job.run_id) or job.output
    return job.output


@about_owner("run")
async def cancel(request: Request, here: Served, kind: str, owner: Any) -> Response:
    """`POST /{kind}/{id}/runs/{run_id}/cancel`; AgentOS says no more than that it was asked, of unknown runs, too."""
    try:
        job = await job_below(request, here, kind, owner)
    except Problem:
        return JSONResponse({})
    if not job.done.is_set():
        job.cancel()
    return JSONResponse({})


@about_owner("run")
async def continue_run(request: Request, here: Served, kind: str, owner: Any) -> Response:
    """`POST /{kind}/{id}/runs/{run_id}/continue`."""
    form = await Form.of(request)
    stream, background = form.flag("stream", True), form.flag("background", False)
    given: dict[str, Any] = {"stream": stream, "requirements": answers(form, kind)}
    session_id = here.caller.session(form.text("session_id"))
    if session_id is None:
        raise Refused(400, _SESSION_NEEDED)
    try:
        before = await job_below(request, here, kind, owner)
        refuse_foreign_run(here, before, session_id, form.text("user_id"))
    except Problem:
        named = f"No runs found for run ID {request.path_params['run_id']}"
        raise Refused(404, _NO_RUN if kind == "workflows" else named) from None
    if kind == "workflows":
        only_paused(before)
    else:
        given.update(boundary(form), input=form.text("input"))
    job = await continue_job(here, before, given, members=kind == "teams")
    return await answered(here, job, stream=stream, background=background)


def only_paused(job: Job) -> None:
    """Refuse to go on with a workflow's run that waits for nothing.

    Raises:
        Refused: 409.
    """
    status = getattr(job.output.status, "value", job.output.status)
    if status != "PAUSED":
        raise Refused(409, _NOT_PAUSED.get(status, f"run is not paused (status={status})"))


def answers(form: Form, kind: str) -> list[Any] | None:
    """A person's answers: of agents the decided tool calls, of teams and workflows requirements.

    Raises:
        Refused: 400: they are no list of objects.
    """
    name = {"agents": "tools", "teams": "requirements", "workflows": "step_requirements"}[kind]
    given = form.fields.get(name)
    if isinstance(given, str):
        try:
            given = json.loads(given) if given else None
        except (ValueError, RecursionError) as error:
            raise Refused(400, f"Invalid JSON in {name} field") from error
    if not given:
        return None
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise Refused(400, f"Invalid structure or content for {name}: expected a JSON array of objects")
    return [{"tool_execution": item} for item in given] if name == "tools" else given


def boundary(form: Form) -> dict[str, Any]:
    """From where to go on, and how.

    Raises:
        Refused: 400: the boundary is none.
    """
    at = (form.text("continue_from") or "end").strip()
    digits = at.removeprefix("-")
    place: int | str = int(at) if digits.isascii() and digits.isdecimal() and len(at) < 16 else at
    if isinstance(place, str) and place not in ("end", "last_user"):
        raise Refused(400, "Invalid continue_from. Use 'end', 'last_user', or a numeric message index.")
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
    last = form.number("last_event_index")
    try:
        job = await job_below(request, here, kind, owner)
    except Problem:
        # As an event, for that is what clients of AgentOS read here.
        said = f"Run {request.path_params['run_id']} not found in buffer or database"
        return Response(frame({"event": "error", "error": said}), media_type="text/event-stream")
    after = max(last, -1) if last is not None else -1
    return StreamingResponse(resumed(here, job, after), media_type="text/event-stream")


async def resumed(here: Served, job: Job, after: int) -> AsyncIterator[bytes]:
    """What happened meanwhile, then what happens: announced as AgentOS announces it."""
    missed, total = max(len(job.frames) - after - 1, 0), len(job.frames)
    if job.done.is_set() or job.task is None:
        status = getattr(job.output.status, "value", str(job.output.status))
        yield frame({"event": "replay", "run_id": job.run_id, **replayed(status, missed, total, after)})
        if not job.done.is_set():
            return
    else:
        about: dict[str, Any] = {"run_id": job.run_id, "status": "running"}
        if missed > 0:
            more = {"missed_events": missed, "current_event_count": total}
            yield frame({"event": "catch_up", **about, **more, "message": f"Catching up on {missed} missed events."})
        said = f"Subscribed to {job.kind} run. Receiving live events."
        yield frame({"event": "subscribed", **about, "current_event_count": total, "message": said})
    async for piece in frames(here, job, after, numbered=True):
        yield piece


def replayed(status: str, missed: int, total: int, after: int) -> dict[str, Any]:
    """How the events of a run that is over are announced; one that was not streamed has none."""
    if total:
        status = status.lower()
        said = f"Run {status}. Replaying {missed} missed events (of {total} total)."
        more = {"total_events": missed, "total_buffered": total, "last_event_index_requested": after}
        return {"status": status, **more, "message": said}
    if status in ("PENDING", "RUNNING"):
        said = f"Run is {status} and was submitted without streaming, so it has no event stream to attach to. "
        said += "Poll the run endpoint for its result."
    else:
        said = f"Run {status} with no stored events: a run submitted without streaming keeps only its final output."
    return {"status": status, "total_events": 0, "message": said}
