"""Paths of AgentOS that are not served here: what the support matrix says of them, so that a client is told what to do.

Asked by `app` when no route fits; the matrix is read with the first such request.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from wherry.core.errors import docs_url
from wherry.core.matrix import endpoints, feature_for


def of_agentos(method: str, path: str) -> dict[str, Any]:
    """Feature, fallback and page of an endpoint of AgentOS that Wherry does not have; empty for any other path."""
    asked = f"{method} {path}"
    for pattern, name in _patterns():
        row = feature_for(name) if pattern.fullmatch(asked) else None
        if row is not None and row.status in ("not_migrated", "limited"):
            return {"feature": row.id, "fallback": row.fallback, "page": docs_url(f"features/{row.id}/")}
    return {}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The endpoints of the matrix as patterns, those first that say most."""
    found = sorted(endpoints(), key=len, reverse=True)
    return tuple((re.compile(_as_pattern(name.partition(":")[2])), name) for name in found)


def _as_pattern(endpoint: str) -> str:
    """`* /a/{id}*` as a pattern: any method, a name in braces is one part of a path, the last star what is below."""
    method, _, path = endpoint.partition(" ")
    parts = re.split(r"(\{[^}]*\})", path.removesuffix("*"))
    below = "" if not path.endswith("*") else ".*" if path.endswith("/*") else "(/.*)?"
    named = "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts)
    return ("[A-Z]+" if method == "*" else method) + " " + named + below
