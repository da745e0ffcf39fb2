"""Query parameters of the contract: which operation takes which. One that it does not take is refused, or given twice.

A filter with a misspelt name would otherwise show everything. AgentOS's paths ignore what they do not know, as Agno's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry.api.problems import Problem
from wherry.telemetry.storage import FILTERS

if TYPE_CHECKING:
    from starlette.requests import Request

# By the end of the path; what is not here takes none.
TAKEN = {
    "/telemetry/events": frozenset({*FILTERS, "since", "limit", "cursor"}),
    "/sessions": frozenset({"limit"}),
}


def check_query(request: Request) -> None:
    """Refuse parameters that an operation of the contract does not take, and those that are given more than once.

    Raises:
        Problem: 400.
    """
    path = request.scope["path"]
    taken = next((names for end, names in TAKEN.items() if path.endswith(end)), frozenset())
    for name in request.query_params:
        if name not in taken:
            takes = f"it takes {', '.join(sorted(taken))}" if taken else "it takes none"
            detail = f"There is no query parameter {name[:100]!r} of {request.method} {path}; {takes}."
            raise Problem("bad_request", detail, field=name[:100])
        given = request.query_params.getlist(name)
        if len(given) > 1:
            detail = f"The query parameter {name!r} is given {len(given)} times; one value is looked for."
            raise Problem("bad_request", detail, field=name)
