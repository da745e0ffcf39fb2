"""Endpoints that run agents, teams and workflows, and how a run is told: whole, or as server-sent events.

Those that follow, continue and cancel runs are in `following`.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response, StreamingResponse

from wherry.api.bodies import field, json_body, known_fields
from wherry.api.composing import owner_of
from wherry.api.context import Served, served
from wherry.api.media_paths import in_messages, refuse_paths
from wherry.api.problems import Problem, problem_of
from wherry.api.stored import find_job
from wherry.core.events.plain_json import as_json
from wherry.core.waits import LOOPING
from wherry.core.workflow.record_fields import WorkflowRecordError
from wherry.core.workflow.record_making import record_of
from wherry.core.workflow.workflow import Workflow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.requests import Request

    from wherry.api.runs import Job

_RUN_FIELDS = frozenset(
    {"input", "sessionId", "userId", "sessionState", "history", "stream", "metadata", "dependencies", "agents", "steps"}
)
_KEY = re.compile(r"[!-~]{1,200}")


class Answer(JSONResponse):
    """JSON, whatever is in it.

    Args:
        content: The data.
        status_code: The status.
        headers: Further headers.
    """

    def __init__(self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        if headers is not None:
            super().__init__(content, status_code, headers)
            return
        # What Starlette would make of it, at a fraction of the cost: every run is answered so.
        self.status_code, self.background, self.body = status_code, None, self.render(content)
        self.raw_headers = [(b"content-length", b"%d" % len(self.body)), (b"content-type", b"application/json")]

    def render(self, content: Any) -> bytes:
        """The body."""
        return as_json(content)


def result_of(here: Served, job: Job) -> dict[str, Any]:
    """What a client is told about a finished run."""
    output = job.output
    data = here.caller.told(output.to_dict())
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
        "requirements": data.get("requirements") or open_questions(data),
        "session": session_of(here, session, output),
        **({"record": here.caller.told(record_in(job))} if job.kind == "workflow" else {}),
    }


def open_questions(data: dict[str, Any]) -> list[Any]:
    """What a paused workflow waits for: answers about steps, decisions about failed ones."""
    return [*(data.get("step_requirements") or ()), *(data.get("error_requirements") or ())]


def record_in(job: Job) -> dict[str, Any] | None:
    """What a workflow's run did, step by step; None when its workflow is not served here, or is one function."""
    if not isinstance(job.owner, Workflow):
        return None
    try:
        return record_of(job.owner, job.output).to_dict()
    except WorkflowRecordError:
        return None


def session_of(here: Served, session: Any, output: Any) -> dict[str, Any] | None:
    """The session record of a run."""
    if session is None:
        return None
    data = session.session_data or {}
    return {
        "id": here.caller.outside(session.session_id),
        "userId": session.user_id,
        "state": here.caller.told(data.get("session_state") or output_state(output)),
        "metrics": data.get("session_metrics") or {},
    }


def output_state(output: Any) -> dict[str, Any]:
    """The state that an output ended with."""
    return getattr(output, "session_state", None) or {}


def arguments_of(here: Served, kind: str, owner: Any, data: dict[str, Any]) -> dict[str, Any]:
    """The keywords of `make_run` from a body."""
    session = field(data, "sessionId", str) or here.service.own_session(kind, owner)
    given: dict[str, Any] = {
        "session_id": here.caller.inside(here.caller.session(session)),
        "user_id": here.caller.acting(field(data, "userId", str)),
        "session_state": field(data, "sessionState", dict),
        "metadata": field(data, "metadata", dict),
        "dependencies": field(data, "dependencies", dict),
        **here.caller.given(),
    }
    if "history" in data:
        given["add_history_to_context"] = field(data, "history", bool)
    return {name: value for name, value in given.items() if value is not None}


async def run_owner(request: Request) -> Response:
    """`POST …/{kind}/{id}:run`."""
    here = served(request)
    here.caller.need("run")
    data = await json_body(request, required=True)
    known_fields(data, _RUN_FIELDS)
    kind, identity = request.path_params["kind"], request.path_params["id"]
    owner = owner_of(here.service, kind, identity, data)
    stream = wants_stream(request, data)
    key = request.headers.get("idempotency-key")
    if key is not None:
        if not _KEY.fullmatch(key):
            raise Problem("bad_request", "An Idempotency-Key has 1 to 200 visible ASCII characters.")
        asked = kind, identity, {**data, "stream": stream}
        return await once(here, key, asked, lambda: begin(here, kind, owner, data, stream))
    return await answered(here, begin(here, kind, owner, data, stream), stream)


def wants_stream(request: Request, data: dict[str, Any]) -> bool:
    """Whether the client wants server-sent events: it says so in the body or by what it accepts."""
    return field(data, "stream", bool, False) or "text/event-stream" in request.headers.get("accept", "")


def begin(here: Served, kind: str, owner: Any, data: dict[str, Any], stream: bool) -> Job:
    """Start the run of a body, telling its events as they come or not.

    Raises:
        Problem: 422: a message names a medium by a path, on a server with tokens.
    """
    refuse_paths(here.caller, in_messages(data.get("input")))
    given = arguments_of(here, kind, owner, data)
    given["stream"] = given["stream_events"] = stream
    run = owner.make_run(data.get("input"), LOOPING, given)
    return here.runs.start(kind[:-1], owner, run, here.caller.tenant)


async def once(here: Served, key: str, asked: Any, start: Any) -> Response:
    """Answer the same request with the same run.

    Raises:
        Problem: 409 when another request came with this key.
    """
    digest = hashlib.sha256(as_json(asked, sort=True)).hexdigest()
    keys = here.server.idempotent
    known = keys.get((here.caller.mine, key))
    if known is not None and known[0] != digest:
        raise Problem("conflict", f"Another request was sent with the idempotency key {key!r}.")
    if known is None:
        job = start()
        keys[here.caller.mine, key] = (digest, job.run_id)
        while len(keys) > here.settings.kept_keys:
            keys.popitem(last=False)
    else:
        job = await find_job(here, known[1])
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
            yield frame(position, str(event.get("event")), here.caller.told(event))
        position = len(job.frames)
        if job.error is not None:
            body = bytes(problem_of(job.error).response().body)
            yield b"id: %d\nevent: problem\ndata: %s\n\n" % (position, body)
        else:
            yield frame(position, "result", result_of(here, job))

    headers = {"cache-control": "no-store", "x-run-id": job.run_id}
    return StreamingResponse(frames(), media_type="text/event-stream", headers=headers)


def frame(position: int, name: str, data: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (position, name.encode(), as_json(data))
