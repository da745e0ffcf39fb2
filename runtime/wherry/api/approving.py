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
            waiting = await pending(db, before.run_id)
        except NotImplementedError:
            continue
        except Exception as error:
            log_warning("The approvals of run %r cannot be read: %s", before.run_id, error)
            raise Problem("forbidden", "This run's approval state could not be verified; try again") from error
        if waiting:
            raise Problem("forbidden", "This run requires admin approval before it can be continued")


async def pending(db: Any, run_id: str) -> bool:
    """Whether a database has an approval of a run that is needed and not decided."""
    found = await ask(db, "get_approvals", run_id=run_id, status="pending", approval_type="required")
    return bool(found[0] if isinstance(found, tuple) else found)
