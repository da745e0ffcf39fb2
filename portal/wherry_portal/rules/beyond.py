"""Options that Wherry has beyond Agno's: right in code that is on Wherry, and no mistake in code that goes there.

For example::

    from wherry.workflow import Workflow

    Workflow(steps=[...], wait_for_inner=True)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wherry_portal.assess.facts import CallUse
    from wherry_portal.rules.context import Context


def wherrys_own(context: Context, call: CallUse, name: str) -> bool:
    """Whether the installed Wherry takes a keyword that Agno does not know; it is imported and looked at."""
    from wherry_portal.matrix.signatures import found_in_wherry, parameters_of

    owner, _, method = call.canonical.rpartition(".") if call.kind == "method" else (call.canonical, "", "")
    home = context.judge.native.home(owner)
    found = found_in_wherry(home) if home else None
    found = getattr(found, method, None) if method else found
    return found is not None and name in (parameters_of(found) or ())


def is_written_for_wherry(context: Context, call: CallUse) -> bool:
    """Whether what is called was imported from Wherry."""
    return any(use.origin == "wherry" and f"{call.target}.".startswith(f"{use.path}.") for use in context.facts.imports)
