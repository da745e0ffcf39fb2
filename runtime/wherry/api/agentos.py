"""The run endpoints of Agno's AgentOS: a form in, JSON or server-sent events out.

Enough for `RemoteAgent` and plain form posts; the rest of AgentOS is rows of the support matrix.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import JSONResponse, Response, StreamingResponse

from wherry.api.context import Served, served
from wherry.api.problems import Problem
from wherry.api.running import Answer
from wherry.core.cancel import cancel_run
from wherry.core.waits import LOOPING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from wherry.api.runs import Job

_NAMES = {"agents": "Agent", "teams": "Team", "workflows": "Workflow"}


def missing(kind: str) -> JSONResponse:
    """AgentOS's answer for an unknown id."""
    return JSONResponse({"detail": f"{_NAMES[kind]} not found"}, 404)


def invalid(name: str, text: str) -> JSONResponse:
    """AgentOS's answer for a form that cannot be used."""
    return JSONResponse({"detail": [{"type": "value_error", "loc": ["body", name], "msg": text}]}, 422)


async def form_of(request: Request) -> dict[str, Any]:
    """The fields of a form; JSON bodies are taken, too."""
    if request.headers.get("content-type", "").startswith("application/json"):
        from wherry.api.bodies import json_body

        return await json_body(request, served(request).settings.largest_body)
    async with request.form() as form:
        return {name: value for name, value in form.multi_items()}  # noqa: C416 - multi_items is no mapping


def as_json(fields: dict[str, Any], name: str) -> Any:
    """A field that holds JSON."""
    text = fields.get(name)
    return json.loads(text) if isinstance(text, str) and text else text


async def run_kind(request: Request, kind: str) -> Response:
    """Run an owner from a form."""
    here = served(request)
    here.caller.need("run")
    owner = here.service.owners[kind].get(request.path_params["id"])
    if owner is None:
        return missing(kind)
    fields = await form_of(request)
    message = fields.get("message")
    if not isinstance(message, str):
        return JSONResponse(
            {"detail": [{"type": "missing", "loc": ["body", "message"], "msg": "Field required", "input": None}]}, 422
        )
    given: dict[str, Any] = {}
    for name in ("session_state", "dependencies", "metadata"):
        try:
            given[name] = as_json(fields, name) or None
        except ValueError as error:
            return invalid(name, f"not JSON: {error}")
        if not isinstance(given[name], (dict, type(None))):
            return invalid(name, "must be a JSON object")
    # AgentOS streams unless it is told not to.
    stream = str(fields.get("stream", "true")).lower() in ("true", "1")
    given.update(
        session_id=here.caller.inside(fields.get("session_id") or None),
        user_id=fields.get("user_id") or None,
        stream=stream,
        stream_events=stream,
    )
    run = owner.make_run(message, LOOPING, {name: value for name, value in given.items() if value is not None})
    job = here.runs.start(kind[:-1], owner, run, here.caller.tenant)
    return events_of(job) if stream else await whole(here, job)


async def whole(here: Served, job: Job) -> Response:
    """The output of a finished run."""
    output = await here.runs.result(job)
    return Answer(output.to_dict())


def events_of(job: Job) -> StreamingResponse:
    """The events of a run in AgentOS's frames."""

    async def frames() -> AsyncIterator[bytes]:
        async for _, event in job.follow():
            name = str(event.get("event", "message")).encode()
            yield b"event: %s\ndata: %s\n\n" % (name, orjson.dumps(event, default=str))

    return StreamingResponse(frames(), media_type="text/event-stream")


async def run_agent(request: Request) -> Response:
    """`POST /agents/{id}/runs`."""
    return await run_kind(request, "agents")


async def run_team(request: Request) -> Response:
    """`POST /teams/{id}/runs`."""
    return await run_kind(request, "teams")


async def run_workflow(request: Request) -> Response:
    """`POST /workflows/{id}/runs`."""
    return await run_kind(request, "workflows")


async def cancel(request: Request) -> Response:
    """`POST /…/runs/{run_id}/cancel`."""
    here = served(request)
    here.caller.need("run")
    try:
        here.runs.find(request.path_params["run_id"], here.caller.tenant)
    except Problem:
        return JSONResponse({"detail": "Run not found"}, 404)
    cancel_run(request.path_params["run_id"])
    return JSONResponse({})


def listing(kind: str) -> Any:
    """An endpoint that lists owners of a kind."""

    async def endpoint(request: Request) -> Response:
        here = served(request)
        here.caller.need("read")
        owners = here.service.owners[kind].values()
        return Answer([about(owner) for owner in owners])

    return endpoint


def showing(kind: str) -> Any:
    """An endpoint that shows an owner."""

    async def endpoint(request: Request) -> Response:
        here = served(request)
        here.caller.need("read")
        owner = here.service.owners[kind].get(request.path_params["id"])
        return missing(kind) if owner is None else Answer(about(owner))

    return endpoint


def about(owner: Any) -> dict[str, Any]:
    """An owner as AgentOS lists it, as far as it is known."""
    model = getattr(owner, "model", None)
    shown = {"id": owner.id, "name": owner.name, "description": getattr(owner, "description", None)}
    if model is not None:
        shown["model"] = {"name": model.name, "model": model.id, "provider": model.provider}
    return {name: value for name, value in shown.items() if value is not None}


list_agents, list_teams, list_workflows = listing("agents"), listing("teams"), listing("workflows")
get_agent, get_team, get_workflow = showing("agents"), showing("teams"), showing("workflows")
