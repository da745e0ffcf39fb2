"""Endpoints that run agents, teams and workflows, and those that follow, continue and cancel runs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import JSONResponse, Response, StreamingResponse

from wherry.api.bodies import field, json_body, known_fields
from wherry.api.context import Served, served
from wherry.api.problems import Problem, problem_of
from wherry.core.continuing import prepare_run, split
from wherry.core.pause import RunRequirement
from wherry.core.waits import LOOPING
from wherry.manifests import AgentRuntime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from wherry.api.runs import Job

_RUN_FIELDS = frozenset(
    {"input", "sessionId", "userId", "sessionState", "history", "stream", "metadata", "dependencies", "agents", "steps"}
)
_CONTINUE_FIELDS = frozenset({"requirements", "input", "stream", "sessionId", "userId"})


class Answer(JSONResponse):
    """JSON by orjson; what JSON does not know becomes text."""

    def render(self, content: Any) -> bytes:
        """The body."""
        return orjson.dumps(content, default=str, option=orjson.OPT_NON_STR_KEYS)


def result_of(here: Served, job: Job) -> dict[str, Any]:
    """What a client is told about a finished run."""
    output = job.output
    data = output.to_dict()
    session = job.run.session
    status = getattr(output.status, "value", str(output.status))
    return {
        "runId": job.run_id,
        "kind": job.kind,
        "runtime": here.runtime,
        "status": status,
        "sessionId": here.caller.outside(output.session_id),
        "content": data.get("content"),
        "outputs": data,
        "reasoningTrace": data.get("reasoning_steps") or [],
        "metrics": data.get("metrics") or {},
        "requirements": data.get("requirements") or data.get("step_requirements") or [],
        "session": session_of(here, session, output),
    }


def session_of(here: Served, session: Any, output: Any) -> dict[str, Any] | None:
    """The session record of a run."""
    if session is None:
        return None
    data = session.session_data or {}
    return {
        "id": here.caller.outside(session.session_id),
        "userId": session.user_id,
        "state": data.get("session_state") or output_state(output),
        "metrics": data.get("session_metrics") or {},
    }


def output_state(output: Any) -> dict[str, Any]:
    """The state that an output ended with."""
    return getattr(output, "session_state", None) or {}


def arguments_of(here: Served, data: dict[str, Any]) -> dict[str, Any]:
    """The keywords of `make_run` from a body."""
    given: dict[str, Any] = {
        "session_id": here.caller.inside(field(data, "sessionId", str)),
        "user_id": field(data, "userId", str),
        "session_state": field(data, "sessionState", dict),
        "metadata": field(data, "metadata", dict),
        "dependencies": field(data, "dependencies", dict),
        "stream": field(data, "stream", bool, False),
    }
    given["stream_events"] = given["stream"]
    if "history" in data:
        given["add_history_to_context"] = field(data, "history", bool)
    return {name: value for name, value in given.items() if value is not None}


def check_steps(owner: Any, data: dict[str, Any]) -> None:
    """Refuse a request whose steps are not the workflow's.

    Raises:
        Problem: 409.
    """
    asked = field(data, "steps", list)
    if asked is None:
        return
    have = [step.get("name") for step in owner.outline().get("steps", [])]
    wanted = [step.get("id") if isinstance(step, dict) else step for step in asked]
    if wanted != have:
        raise Problem("conflict", f"The workflow's steps are {have}, not {wanted}.", steps=have)


def register_given(here: Served, data: dict[str, Any]) -> None:
    """Register the agents a request brings along."""
    for manifest in field(data, "agents", list, []):
        here.service.register(AgentRuntime.from_dict(manifest))


async def run_owner(request: Request) -> Response:
    """`POST …/{kind}/{id}:run`."""
    here = served(request)
    here.caller.need("run")
    data = await json_body(request, here.settings.largest_body)
    known_fields(data, _RUN_FIELDS)
    kind, identity = request.path_params["kind"], request.path_params["id"]
    register_given(here, data)
    owner = here.service.find(kind, identity)
    if kind == "workflows":
        check_steps(owner, data)
    key = request.headers.get("idempotency-key")
    if key:
        return await once(here, key, (kind, identity, data), lambda: begin(here, kind, owner, data))
    return await answered(here, begin(here, kind, owner, data), wants_stream(request, data))


def wants_stream(request: Request, data: dict[str, Any]) -> bool:
    """Whether the client wants server-sent events."""
    return bool(data.get("stream")) or "text/event-stream" in request.headers.get("accept", "")


def begin(here: Served, kind: str, owner: Any, data: dict[str, Any]) -> Job:
    """Start the run of a body."""
    given = arguments_of(here, data)
    run = owner.make_run(data.get("input"), LOOPING, given)
    return here.runs.start(kind[:-1], owner, run, here.caller.tenant)


async def once(here: Served, key: str, asked: Any, start: Any) -> Response:
    """Answer the same request with the same run.

    Raises:
        Problem: 409 when another request came with this key.
    """
    digest = hashlib.sha256(orjson.dumps(asked, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()
    known = here.idempotent.get((here.caller.tenant, key))
    if known is not None and known[0] != digest:
        raise Problem("conflict", f"Another request was sent with the idempotency key {key!r}.")
    if known is None:
        job = start()
        here.idempotent[here.caller.tenant, key] = (digest, job.run_id)
    else:
        job = here.runs.find(known[1], here.caller.tenant)
    return await answered(here, job, bool(job.run.stream))


async def answered(here: Served, job: Job, stream: bool) -> Response:
    """The finished run, or its events as they come."""
    if stream:
        return streamed(here, job)
    await here.runs.result(job)
    return Answer(result_of(here, job))


def streamed(here: Served, job: Job, after: int = -1) -> StreamingResponse:
    """Events of a run as server-sent events whose ids are positions."""

    async def frames() -> AsyncIterator[bytes]:
        async for position, event in job.follow(after):
            yield frame(position, str(event.get("event")), event)
        position = len(job.frames)
        if job.error is not None:
            body = bytes(problem_of(job.error).response().body)  # type: ignore[arg-type]
            yield b"id: %d\nevent: problem\ndata: %s\n\n" % (position, body)
        else:
            yield frame(position, "result", result_of(here, job))

    headers = {"cache-control": "no-store", "x-run-id": job.run_id}
    return StreamingResponse(frames(), media_type="text/event-stream", headers=headers)


def frame(position: int, name: str, data: dict[str, Any]) -> bytes:
    """One server-sent event."""
    text = orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS)
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (position, name.encode(), text)


async def get_run(request: Request) -> Response:
    """`GET …/runs/{id}`: the run, or its events from `Last-Event-ID` on."""
    here = served(request)
    here.caller.need("read")
    job = here.runs.find(request.path_params["id"], here.caller.tenant)
    if "text/event-stream" in request.headers.get("accept", ""):
        last = request.headers.get("last-event-id", "-1")
        if not last.lstrip("-").isdigit():
            raise Problem("bad_request", f"Last-Event-ID must be a number, not {last!r}.")
        return streamed(here, job, int(last))
    if not job.done.is_set():
        status = getattr(job.output.status, "value", "RUNNING")
        return Answer({"runId": job.run_id, "kind": job.kind, "runtime": here.runtime, "status": status})
    await here.runs.result(job)
    return Answer(result_of(here, job))


async def cancel(request: Request) -> Response:
    """`POST …/runs/{id}:cancel`."""
    from wherry.core.cancel import cancel_run

    here = served(request)
    here.caller.need("run")
    job = here.runs.find(request.path_params["id"], here.caller.tenant)
    running = not job.done.is_set()
    if running:
        cancel_run(job.run_id)
    return Answer({"runId": job.run_id, "cancelled": running}, 202 if running else 200)


async def continue_run(request: Request) -> Response:
    """`POST …/runs/{id}:continue`."""
    here = served(request)
    here.caller.need("run")
    data = await json_body(request, here.settings.largest_body)
    known_fields(data, _CONTINUE_FIELDS)
    before = here.runs.find(request.path_params["id"], here.caller.tenant)
    if not before.done.is_set():
        raise Problem("conflict", f"Run {before.run_id!r} is still running.")
    if before.kind == "workflow":
        job = await continue_workflow(here, before, data)
    else:
        job = await continue_owner(here, before, data)
    return await answered(here, job, wants_stream(request, data))


async def continue_owner(here: Served, before: Job, data: dict[str, Any]) -> Job:
    """Go on with the run of an agent or team."""
    given: dict[str, Any] = {"stream": field(data, "stream", bool, False), "input": field(data, "input", str)}
    given["stream_events"] = given["stream"]
    requirements = field(data, "requirements", list)
    if requirements is not None:
        if not all(isinstance(item, dict) for item in requirements):
            raise Problem("bad_request", "Each of the requirements must be an object.", field="requirements")
        given["requirements"] = [RunRequirement.from_dict(item) for item in requirements]
    own, arguments = split({name: value for name, value in given.items() if value is not None})
    run = prepare_run(before.owner, before.output, own, arguments, LOOPING)
    from wherry.core.continuing import opened

    return here.runs.start(before.kind, before.owner, run, here.caller.tenant, opened(run))


async def continue_workflow(here: Served, before: Job, data: dict[str, Any]) -> Job:
    """Go on with the run of a workflow."""
    from wherry.core.workflow_continue import continued_run

    run, source = continued_run(before.owner, before.output, data, LOOPING)
    return here.runs.start("workflow", before.owner, run, here.caller.tenant, source)
