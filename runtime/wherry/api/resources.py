"""Endpoints that register and show things: agents, teams, workflows, sessions, telemetry, results, the matrix."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from itertools import count
from time import time
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

from wherry.api.bodies import json_body
from wherry.api.context import Served, served
from wherry.api.problems import Problem
from wherry.api.running import Answer
from wherry.api.stored import OPEN, ask
from wherry.core.ids import new_id
from wherry.core.log import log_exception
from wherry.manifests import AgentRuntime
from wherry.telemetry.storage import FILTERS, LARGEST

if TYPE_CHECKING:
    from starlette.requests import Request


# Sessions that are looked at in one go when some may be somebody else's.
_CHUNK = 200
_LOST_PLUS = re.compile(r" (\d\d:?\d\d)\Z")


async def register_agent(request: Request) -> Response:
    """`POST …/agents`."""
    here = served(request)
    here.caller.need("admin")
    manifest = AgentRuntime.from_dict(await json_body(request, required=True))
    new = here.service.register(manifest)
    return Answer(here.service.described("agents", manifest.id), 201 if new else 200)


async def list_owners(request: Request) -> Response:
    """`GET …/{kind}`."""
    here = served(request)
    here.caller.need("read")
    kind = request.path_params["kind"]
    return Answer({"items": [here.service.described(kind, identity) for identity in sorted(here.service.owners[kind])]})


async def get_owner(request: Request) -> Response:
    """`GET …/{kind}/{id}`."""
    here = served(request)
    here.caller.need("read")
    return Answer(here.service.described(request.path_params["kind"], request.path_params["id"]))


async def delete_agent(request: Request) -> Response:
    """`DELETE …/agents/{id}`."""
    here = served(request)
    here.caller.need("admin")
    here.service.remove(request.path_params["id"])
    return Response(status_code=204)


def number_of(request: Request, name: str, default: int, largest: int) -> int:
    """A whole number among the query parameters.

    Raises:
        Problem: 400.
    """
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Problem("bad_request", f"The parameter {name!r} must be a whole number, not {text!r}.", field=name)
    value = int(text)
    if (value < 1 and name == "limit") or value > largest:
        raise Problem("bad_request", f"The parameter {name!r} must be from 1 to {largest}, not {value}.", field=name)
    return value


def listed(here: Served, session: Any) -> dict[str, Any]:
    """A session in a list."""
    return {
        "id": here.caller.outside(session.session_id),
        "kind": kind_of(session),
        "userId": session.user_id,
        "name": (session.session_data or {}).get("session_name"),
        "createdAt": session.created_at,
        "updatedAt": session.updated_at,
    }


def kind_of(session: Any) -> str:
    """What a session belongs to."""
    return {"AgentSession": "agent", "TeamSession": "team"}.get(type(session).__name__, "workflow")


async def list_sessions(request: Request) -> Response:
    """`GET …/sessions`."""
    here = served(request)
    here.caller.need("read")
    limit = number_of(request, "limit", 50, LARGEST)
    found = []
    for db in here.service.stores():
        for kind in ("agent", "team", "workflow"):
            found += [listed(here, session) for session in await sessions_of(here, db, kind, limit)]
    found.sort(key=lambda one: (-(one["updatedAt"] or one["createdAt"] or 0), one["id"]))
    return Answer({"items": found[:limit]})


async def sessions_of(here: Served, db: Any, kind: str, limit: int) -> list[Any]:
    """The caller's newest sessions of a kind in a store, which may hold any number of others."""
    from wherry.stores.rows import SessionType

    found: list[Any] = []
    chunk = max(limit, _CHUNK) if here.caller.tenant else limit
    for page in count(1):
        asked = {"session_type": SessionType(kind), "limit": chunk, "page": page, "include_runs": False}
        stored = list(await ask(db, "get_sessions", **asked) or ())
        found += [session for session in stored if here.caller.owns(session.session_id)]
        if len(found) >= limit or len(stored) < chunk:
            break
    return found[:limit]


async def find_session(here: Served, identity: str) -> tuple[Any, Any]:
    """A stored session of the caller, with its store.

    Raises:
        Problem: 404.
    """
    inside = here.caller.inside(identity)
    for db in here.service.stores():
        # Without a type a store builds the kind of session that it holds; with one it would take it for that kind.
        session = await ask(db, "get_session", session_id=inside)
        if session is not None:
            return session, db
    raise Problem("not_found", f"There is no session {identity!r}.")


def history_of(session: Any) -> list[dict[str, Any]]:
    """What was said in a session."""
    if kind_of(session) == "workflow":
        return [
            {"role": role, "content": text}
            for run in session.runs or ()
            for role, text in (("user", run.input), ("assistant", run.content))
        ]
    return [{"role": m.role, "content": m.get_content_string()} for m in session.get_chat_history()]


async def get_session(request: Request) -> Response:
    """`GET …/sessions/{id}`."""
    here = served(request)
    here.caller.need("read")
    session, _ = await find_session(here, request.path_params["id"])
    data = session.session_data or {}
    summary = getattr(session, "summary", None)
    return Answer(
        {
            **listed(here, session),
            "state": here.caller.told(data.get("session_state") or {}),
            "metrics": data.get("session_metrics") or {},
            "summary": summary.to_dict() if summary is not None else None,
            "history": await asyncio.to_thread(history_of, session),
        }
    )


async def delete_session(request: Request) -> Response:
    """`DELETE …/sessions/{id}`: of its runs this process forgets what it kept.

    Who went on with one of them would store the session anew.
    """
    here = served(request)
    here.caller.need("run")
    session, db = await find_session(here, request.path_params["id"])
    refuse_going_on(here, session)
    await ask(db, "delete_session", session_id=session.session_id)
    forget_runs(here, session.session_id)
    return Response(status_code=204)


def refuse_going_on(here: Served, session: Any) -> None:
    """Refuse to delete a session while one of its runs goes on, which would store it anew.

    Raises:
        Problem: 409.
    """
    going_on = [job.run_id for job in here.runs.of_session(session.session_id) if not job.done.is_set()]
    if going_on:
        raise Problem("conflict", f"Run {going_on[0]!r} of the session still goes on; wait for it, or cancel it.")
    elsewhere = going_on_elsewhere(here, session)
    if elsewhere is not None:
        raise Problem(
            "conflict",
            f"Run {elsewhere!r} of the session goes on in another process, or was broken off with it less than "
            f"{here.settings.run_seconds:g} s ago, which is as long as a run may take; wait for it.",
        )


def forget_runs(here: Served, session_id: str) -> None:
    """Forget the runs of a session that was deleted, by its stored id."""
    for job in here.runs.of_session(session_id):
        if job.done.is_set():
            here.runs.forget(job.run_id)


def going_on_elsewhere(here: Served, session: Any) -> str | None:
    """A run of a session that another process stored as going on, unless it must be over: its time is up.

    Its time counts from the last write of the session, which a run that was begun, or taken over, makes.
    """
    known = {job.run_id for job in here.runs.of_session(session.session_id)}
    earliest = time() - here.settings.run_seconds
    for run in session.runs or ():
        if getattr(run.status, "value", run.status) in OPEN and run.run_id not in known:
            times = (getattr(run, "created_at", None), session.updated_at, session.created_at)
            if max((one for one in times if isinstance(one, (int, float))), default=0) > earliest:
                return str(run.run_id)
    return None


async def telemetry_events(request: Request) -> Response:
    """`GET …/telemetry/events`."""
    here = served(request)
    here.caller.need("read")
    store = here.service.telemetry
    if store is None:
        return Answer({"items": [], "nextCursor": None})
    if here.server.recorder is not None:
        await asyncio.to_thread(here.server.recorder.flush)
    filters = {name: value for name, value in request.query_params.items() if name in FILTERS}
    if "sessionId" in filters:
        filters["sessionId"] = here.caller.inside(filters["sessionId"]) or ""
    # A secret that somebody used as an id was taken out of it, too.
    filters = {name: here.service.redactor.text(value) for name, value in filters.items()}
    limit = number_of(request, "limit", 100, LARGEST)
    cursor = number_of(request, "cursor", 0, 10**17)
    since = moment_of(request, "since")
    found, following = await asyncio.to_thread(store.query, filters, since, limit, cursor, here.caller.tenant)
    return Answer({"items": here.caller.told(found), "nextCursor": following})


def moment_of(request: Request, name: str) -> str | None:
    """A time of the query as telemetry stores times; UTC when it names no zone, None when it is absent.

    Raises:
        Problem: 400 when it is none.
    """
    given = request.query_params.get(name)
    if given is None:
        return None
    try:
        # A plus that was not encoded arrives as a space.
        moment = datetime.fromisoformat(_LOST_PLUS.sub(r"+\1", given))
    except ValueError:
        detail = f"The parameter {name!r} must be a time such as 2026-01-31T12:00:00Z, not {given[:100]!r}."
        raise Problem("bad_request", detail, field=name) from None
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # on the first or last day that there is
        moment = moment.replace(tzinfo=UTC)
    return moment.isoformat(timespec="microseconds")


async def telemetry_metrics(request: Request) -> Response:
    """`GET …/telemetry/metrics`."""
    here = served(request)
    here.caller.need("read")
    store, recorder, runs = here.service.telemetry, here.server.recorder, here.runs
    counts = await asyncio.to_thread(store.counts, here.caller.tenant) if store is not None else {}
    return Answer(
        {
            "events": counts,
            "recorded": recorder.recorded if recorder is not None else 0,
            "dropped": recorder.dropped if recorder is not None else 0,
            "runs": {"active": runs.active, "served": runs.served, "failed": runs.failed},
        }
    )


def result_file(here: Served, name: str) -> Any:
    """A results file as data, or None."""
    if here.server.results is None:
        return None
    path = here.server.results / name
    return orjson.loads(path.read_bytes()) if path.is_file() else None


async def get_benchmarks(request: Request) -> Response:
    """`GET …/benchmarks`."""
    here = served(request)
    here.caller.need("read")
    return Answer({"results": result_file(here, "bench.json"), "jobs": list(here.server.started.values())})


async def start_job(request: Request) -> Response:
    """`POST …/benchmarks` and `POST …/parity-tests:run`: start it, answer at once."""
    here = served(request)
    here.caller.need("admin")
    name = "benchmarks" if request.url.path.endswith("benchmarks") else "parity-tests"
    work = here.server.jobs.get(name)
    if work is None:
        raise Problem("not_found", f"This server cannot run {name}; `wherry portal serve` can.")
    asked = await json_body(request)
    job: dict[str, Any] = {"jobId": new_id(), "kind": name, "status": "running"}
    here.server.started[job["jobId"]] = job

    async def go() -> None:
        try:
            job["result"] = await asyncio.to_thread(work, asked)
            job["status"] = "completed"
        except Exception as error:  # noqa: BLE001 - whatever a job raises is told with it
            log_exception("The job %s failed", job["jobId"])
            job["status"], job["error"] = "failed", f"{type(error).__name__}: {error}"

    task = asyncio.create_task(go())
    request.app.state.wherry.tasks.add(task)
    task.add_done_callback(request.app.state.wherry.tasks.discard)
    return Answer({key: value for key, value in job.items() if key != "result"}, 202)
