"""Runs that wait for somebody else's approval: who began one must not go on with it by answering for them.

Concerns calls of tools marked with `@approval`, on servers with tokens. Mirrors the gate of AgentOS's continue routes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.api.problems import Problem
from wherry.api.stored import ask
from wherry.core.log import log_warning

if TYPE_CHECKING:
    from wherry.api.context import Served
    from wherry.api.runs import Job


async def check_approved(here: Served, before: Job) -> None:
    """Refuse to go on with a run that has an approval which nobody has decided; `admin` may.

    Raises:
        Problem: 403; also when the databases cannot say whether there is one.
    """
    if not here.settings.tokens or "admin" in here.caller.scopes:
        return
    for db in here.service.stores():
        if not hasattr(db, "get_approvals"):
            continue
        try:
            waiting = await pending(db, runs_of(before.output))
        except NotImplementedError:
            continue
        except Exception as error:
            log_warning("The approvals of run %r cannot be read: %s", before.run_id, error)
            raise Problem("forbidden", "This run's approval state could not be verified; try again") from error
        if waiting:
            raise Problem("forbidden", "This run requires admin approval before it can be continued")


def runs_of(output: Any) -> list[str]:
    """A run and those inside it that wait, too: of a team's members, and of the agents and teams of a workflow's steps.

    An approval is noted with the run whose agent calls the tool; AgentOS asks about the outer one only.
    """
    steps = getattr(output, "step_requirements", None) or ()
    waiting = [
        *(getattr(output, "requirements", None) or ()),
        *(one for step in steps for one in step.run_requirements()),
    ]
    inside = [step.executor_run_id for step in steps] + [getattr(one, "member_run_id", None) for one in waiting]
    return [output.run_id, *dict.fromkeys(run_id for run_id in inside if run_id and run_id != output.run_id)]


async def pending(db: Any, run_ids: list[str]) -> bool:
    """Whether a database has an approval of one of these runs that is needed and not decided."""
    for run_id in run_ids:
        found = await ask(db, "get_approvals", run_id=run_id, status="pending", approval_type="required")
        if found[0] if isinstance(found, tuple) else found:
            return True
    return False
