"""Runs that wait for somebody else's approval: who began one must not go on with it by answering for them.

Concerns calls of tools marked with `@approval`, on servers with tokens. Mirrors the gate of AgentOS's continue routes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.api.problems import Problem
from wherry.api.stored import ask
from wherry.core.agent.approvals import inside, mirror, names_call, take
from wherry.core.events.pause import RunRequirement
from wherry.core.log import log_exception
from wherry.core.workflow.workflow_surface import executors, given_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wherry.api.context import Served
    from wherry.api.runs import Job

DECIDED = ("approved", "rejected")


async def check_approved(here: Served, before: Job, given: dict[str, Any]) -> None:
    """Refuse to go on with a run that has an approval which nobody has decided; `admin` may.

    What was decided takes the place of what the caller answers about the same calls.

    Args:
        here: The server, and the caller.
        before: The run.
        given: How it is to go on; its `requirements` are replaced.

    Raises:
        Problem: 403; also when the databases cannot say whether there is one.
    """
    if not must_ask(here):
        return
    for db in databases(here, before.owner):
        if not hasattr(db, "get_approvals"):
            continue
        runs = runs_of(before.output)
        try:
            waiting = await approvals(db, runs, "pending")
            rows = [] if waiting else [row for how in DECIDED for row in await approvals(db, runs, how)]
        except NotImplementedError:
            continue
        except Exception as error:  # the gate stays shut, whatever a database or a user's own store raises
            log_exception("The approvals of run %r cannot be read", before.run_id)
            raise Problem("forbidden", "This run's approval state could not be verified; try again") from error
        if waiting:
            raise not_approved()
        if rows and given.get("requirements"):
            given["requirements"] = as_decided(before.output, given["requirements"], rows)


def must_ask(here: Served) -> bool:
    """Whether the caller needs the approval of somebody else."""
    return here.caller.guarded and not here.caller.approves()


def not_approved() -> Problem:
    """The answer to who goes on with a run that waits for somebody else's approval."""
    return Problem("forbidden", "This run requires admin approval before it can be continued")


def databases(here: Served, owner: Any) -> list[Any]:
    """Where approvals may be: the databases of the server, and those of the agents and teams inside a run's owner."""
    found: list[Any] = here.service.stores()
    for one in owners_in(owner):
        own = getattr(one, "db", None)
        if own is not None and not any(own is db for db in found):
            found.append(own)
    return found


def owners_in(owner: Any) -> Iterator[Any]:
    """An agent, team or workflow and what is inside it.

    Members that are chosen for each run are not known here: as it goes on, the run asks for them and their approvals,
    and is refused (`Undecided`).
    """
    yield owner
    yield from inside(owner)
    if hasattr(owner, "steps"):
        for one in executors(given_steps(owner), deep=True):
            yield from owners_in(one)


def runs_of(output: Any) -> list[str]:
    """A run and those inside it that wait, too: of a team's members, and of the agents and teams of a workflow's steps.

    An approval is noted with the run whose agent calls the tool; AgentOS asks about the outer one only.
    """
    steps = getattr(output, "step_requirements", None) or ()
    waiting = [
        *(getattr(output, "requirements", None) or ()),
        *(one for step in steps for one in _of(step)),
    ]
    inside = [step.executor_run_id for step in steps] + [getattr(one, "member_run_id", None) for one in waiting]
    return [output.run_id, *dict.fromkeys(run_id for run_id in inside if run_id and run_id != output.run_id)]


async def approvals(db: Any, run_ids: list[str], status: str) -> list[dict[str, Any]]:
    """The approvals of these runs that a database has, of those that are needed."""
    rows: list[dict[str, Any]] = []
    for run_id in run_ids:
        found = await ask(db, "get_approvals", run_id=run_id, status=status, approval_type="required")
        rows += found[0] if isinstance(found, tuple) else found
    return rows


def as_decided(output: Any, answers: list[Any], rows: list[dict[str, Any]]) -> list[Any]:
    """Answers of a run's caller, in which rows speak for the calls that were decided elsewhere.

    Args:
        output: The run that waits.
        answers: Of an agent or team a requirement each; of a workflow one for each step, which holds such.
        rows: Approvals that were given or refused.
    """
    steps = getattr(output, "step_requirements", None)
    if steps is None:
        return _replaced(answers, getattr(output, "requirements", None) or (), rows)
    return [_step_as_decided(answer, steps, rows) for answer in answers]


def _step_as_decided(answer: dict[str, Any], steps: Iterable[Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    waiting = [one for step in steps if step.step_id == answer.get("step_id") for one in _of(step)]
    given = answer.get("executor_requirements")
    if not waiting:
        return answer
    return {**answer, "executor_requirements": _replaced(given if isinstance(given, list) else [], waiting, rows)}


def _replaced(answers: list[Any], waiting: Iterable[Any], rows: list[dict[str, Any]]) -> list[Any]:
    """The answers with those requirements instead that a row decides; nothing of them is the caller's."""
    decided: dict[Any, Any] = {}
    for stored in waiting:
        one = RunRequirement.from_dict(stored.to_dict())
        call = one.tool_execution
        if call is None or call.approval_type != "required":
            continue
        own = call.approval_id  # noted with the call, unless its database could not be written to
        row = next((row for row in rows if (row["id"] == own if own else names_call(row, call))), None)
        if row is None:
            continue
        take(call, row)
        mirror(one, row["status"])
        if one.is_resolved():  # else it waits for words of the caller's, too
            decided[call.tool_call_id] = one.to_dict()
    return [one for one in answers if _call_of(one) not in decided] + list(decided.values())


def _of(step: Any) -> list[RunRequirement]:
    """What the agent or team of a step waits for; Agno's own steps hold dictionaries."""
    given = step.executor_requirements or ()
    return [RunRequirement.from_dict(one if isinstance(one, dict) else one.to_dict()) for one in given]


def _call_of(answer: Any) -> str | None:
    call = answer.get("tool_execution") if isinstance(answer, dict) else None
    found = call.get("tool_call_id") if isinstance(call, dict) else None
    return found if isinstance(found, str) else None
