"""Runs that this process did not run, or has forgotten: found in the databases and shown as runs of the server.

Makes several processes on one database one server: each of them tells about and goes on with the runs of all.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from wherry.api.problems import Problem
from wherry.api.runs import Job, PastRun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.api.context import Served

OPEN = ("RUNNING", "PENDING")
_OWNERS = {
    "RunOutput": ("agent", "agent_id"),
    "TeamRunOutput": ("team", "team_id"),
    "WorkflowRunOutput": ("workflow", "workflow_id"),
}


async def ask(db: Any, method: str, **arguments: Any) -> Any:
    """Call a method of a store off the loop."""
    function = getattr(db, method)
    if inspect.iscoroutinefunction(function):
        return await function(**arguments)
    return await asyncio.to_thread(function, **arguments)


async def find_job(here: Served, run_id: str) -> Job:
    """A run of the caller: of this process, else out of a database.

    One that this process left open, and that stands differently in its database now, is the stored one: another process
    has gone on with it, and what a person allowed once must not be done twice.

    Raises:
        Problem: 404.
    """
    known = here.runs.known(run_id, here.caller.tenant)
    if known is not None and not here.caller.reaches(known.output):
        known = None
    if known is not None and (not known.done.is_set() or known.error is not None or not left_open(known.output)):
        return known
    stored = await stored_job(here, run_id)
    if known is not None and (stored is None or standing(stored.output) == standing(known.output)):
        return known
    if stored is None:
        raise Problem("not_found", f"There is no run {run_id!r}.")
    return stored


async def stored_job(here: Served, run_id: str) -> Job | None:
    """A run of the caller out of a database, or None."""
    for db in here.service.stores():
        output = await ask(db, "get_run", run_id=run_id)
        if output is not None and here.caller.owns(output.session_id) and here.caller.reaches(output):
            session = await ask(db, "get_session", session_id=output.session_id)
            return job_of(here, output, session)
    return None


def left_open(output: Any) -> bool:
    """Whether a run waits for somebody's answer."""
    return bool(getattr(output.status, "value", output.status) == "PAUSED")


def standing(output: Any) -> tuple[Any, ...]:
    """How a run stands: its status, and what it waits for."""
    waits = [getattr(one, "id", None) or getattr(one, "step_id", None) for one in waiting(output)]
    return getattr(output.status, "value", output.status), waits


def waiting(output: Any) -> Iterable[Any]:
    """What a run waits for, or waited for."""
    return getattr(output, "requirements", None) or getattr(output, "step_requirements", None) or ()


def job_of(here: Served, output: Any, session: Any) -> Job:
    """A stored run as a run of the server: finished, unless it is stored as going on."""
    kind, name = _OWNERS[type(output).__name__]
    owner = here.service.owners[f"{kind}s"].get(getattr(output, name))
    job = Job(output.run_id, kind, owner, PastRun(output, session), here.caller.tenant)
    job.frames = [event.to_dict() for event in output.events or ()]
    if getattr(output.status, "value", output.status) not in OPEN:
        job.done.set()
    return job
