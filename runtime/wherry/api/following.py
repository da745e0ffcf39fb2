"""Endpoints about a run that has begun: its state or events, cancelling it, going on with it.

`continue_job` is also what AgentOS's continue endpoints end in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.api.approving import check_approved, must_ask, not_approved
from wherry.api.bodies import field, json_body, known_fields
from wherry.api.context import Served, served
from wherry.api.media_paths import in_answers, refuse_paths
from wherry.api.problems import Problem
from wherry.api.running import Answer, answered, result_of, streamed, wants_stream
from wherry.api.stored import find_job
from wherry.core.agent.approvals import Undecided
from wherry.core.agent.continuing import open_run, prepare_run, split
from wherry.core.events.pause import RunRequirement
from wherry.core.waits import LOOPING
from wherry.core.workflow.workflow_continue import continued_run

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from wherry.api.runs import Job

_CONTINUE_FIELDS = frozenset({"requirements", "input", "stream", "takeOver"})


async def get_run(request: Request) -> Response:
    """`GET …/runs/{id}`: the run, or its events from `Last-Event-ID` on."""
    here = served(request)
    here.caller.need("read")
    after = last_event(request)
    job = await find_job(here, request.path_params["id"])
    going_on = not job.done.is_set()
    if "text/event-stream" in request.headers.get("accept", ""):
        if going_on and job.task is None:
            raise Problem("conflict", f"Run {job.run_id!r} goes on in another process, or was broken off with it.")
        return streamed(here, job, after)
    if going_on:
        status = getattr(job.output.status, "value", "RUNNING")
        return Answer({"runId": job.run_id, "kind": job.kind, "runtime": here.runtime, "status": status})
    await here.runs.result(job)
    return Answer(result_of(here, job))


def last_event(request: Request) -> int:
    """The position after which a client wants events.

    Raises:
        Problem: 400 when it is no number.
    """
    last = request.headers.get("last-event-id", "-1")
    digits = last.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
        raise Problem("bad_request", f"Last-Event-ID must be a number, not {last!r}.")
    return int(last)


async def cancel(request: Request) -> Response:
    """`POST …/runs/{id}:cancel`."""
    here = served(request)
    here.caller.need("run")
    job = await find_job(here, request.path_params["id"])
    running = not job.done.is_set()
    if running and job.task is None:
        raise Problem("conflict", f"Run {job.run_id!r} goes on in another process, or was broken off with it.")
    if running:
        job.cancel()
    return Answer({"runId": job.run_id, "cancelled": running}, 202 if running else 200)


async def continue_run(request: Request) -> Response:
    """`POST …/runs/{id}:continue`."""
    here = served(request)
    here.caller.need("run")
    data = await json_body(request)
    known_fields(data, _CONTINUE_FIELDS)
    stream = wants_stream(request, data)
    given: dict[str, Any] = {"stream": stream, "input": field(data, "input", str)}
    given["requirements"] = field(data, "requirements", list)
    if not all(isinstance(item, dict) for item in given["requirements"] or ()):
        raise Problem("bad_request", "Each of the requirements must be an object.", field="requirements")
    before = await find_job(here, request.path_params["id"])
    try:
        job = await continue_job(here, before, given, take_over=field(data, "takeOver", bool, False))
    except ValueError as error:
        # The core says with a ValueError that a run cannot go on, or waits for answers that are not there.
        raise Problem("conflict", str(error)) from error
    return await answered(here, job, stream)


async def continue_job(
    here: Served, before: Job, given: dict[str, Any], *, take_over: bool = False, members: bool = False
) -> Job:
    """Go on with a run.

    Args:
        here: The request's view of the server.
        before: The run.
        given: `stream`, and for agents and teams the arguments of `continue_run`; requirements as dictionaries.
        take_over: The run is stored as going on, and the caller knows that the process that ran it has died.
        members: The stored run of a team holds its members' outputs, whatever the team stores otherwise.

    Raises:
        Problem: 409 when it still goes on, or its owner is not served here; 403 when it waits for an approval that
            the caller may not give; 422 when an answer names a medium by a path, on a server with tokens.
    """
    if not before.done.is_set() and not (take_over and before.task is None):
        raise Problem("conflict", f"Run {before.run_id!r} is still running.", hint="takeOver")
    if before.owner is None:
        raise Problem("conflict", f"The {before.kind} of run {before.run_id!r} is not served here.")
    refuse_paths(here.caller, in_answers(given.get("requirements")))
    await check_approved(here, before, given)
    if hasattr(before.owner, "continued"):  # an owner of another runtime goes on with its runs itself
        run = before.owner.continued(before.output, given)
        return here.runs.start(before.kind, before.owner, run, here.caller.tenant)
    if before.kind == "workflow":
        again, source = continued_run(before.owner, before.output, given, LOOPING)
        return here.runs.start("workflow", before.owner, again, here.caller.tenant, source)
    if given.get("requirements") is not None:
        given["requirements"] = [RunRequirement.from_dict(item) for item in given["requirements"]]
    own, arguments = split({name: value for name, value in given.items() if value is not None})
    arguments["stream_events"] = bool(arguments.get("stream"))
    run = prepare_run(before.owner, before.output, own, arguments, LOOPING)
    if members:
        run.options["store_member_responses"] = True
    try:
        await open_run(run)
    except Undecided as error:  # of a member that a callable chose, whom nobody knew before
        raise not_approved() if must_ask(here) else error from None
    return here.runs.start(before.kind, before.owner, run, here.caller.tenant, before.owner.continue_events(run))
