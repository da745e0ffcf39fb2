"""Scopes of tokens: what each route needs, and whether what a token holds is enough.

A scope is `resource:action` for all of a kind or `resource:id:action` for one, where `*` is any. `jwt_gate` asks for
each request, `jwt_caller` for single agents, teams and workflows. Mirrors `agno.os.scopes`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from fnmatch import fnmatchcase
from functools import cache

from wherry.api.service import KINDS

Mappings = Mapping[str, Sequence[str]]

# Names that resources had before.
_OLDER = {"system": "config"}
_BRACES = re.compile(r"\{[^}]+\}")
_OWNER = re.compile(r"/(?:a2a/)?(agents|teams|workflows)(?:/([^/]+)|/|$)")
_CONTRACT = "/v1/runtime/*"
# No scope is called that: only the one that allows everything is enough, whatever it is called.
_NOBODY = "admin"


class AgentOSScope(str, Enum):
    """The scope that allows everything."""

    ADMIN = "agent_os:admin"


def get_all_scopes() -> list[str]:
    """The scopes that have a name of their own."""
    return [scope.value for scope in AgentOSScope]


def get_scope_value(scope: AgentOSScope) -> str:
    """The text of a scope."""
    return scope.value


def pieces(scope: str) -> tuple[str, str | None, str] | None:
    """Resource, id (None for all) and action of a scope; None for what is none."""
    parts = scope.split(":")
    if len(parts) not in (2, 3):
        return None
    return _OLDER.get(parts[0], parts[0]), parts[1] if len(parts) == 3 else None, parts[-1]


def has_required_scopes(
    user_scopes: Sequence[str],
    required_scopes: Sequence[str],
    resource_type: str | None = None,
    resource_id: str | None = None,
    admin_scope: str | None = None,
) -> bool:
    """Whether what a token holds is enough.

    Args:
        user_scopes: What it holds.
        required_scopes: What is needed, all of it; nothing needed is enough for anybody.
        resource_type: `agents`, `teams` or `workflows`, where one of them is asked for.
        resource_id: Which one; then a scope for that one is enough.
        admin_scope: The scope that allows everything; by default `agent_os:admin`.
    """
    if not required_scopes or (admin_scope or AgentOSScope.ADMIN.value) in user_scopes:
        return True
    held = [found for found in map(pieces, user_scopes) if found is not None]
    return all(_held(held, needed, resource_type, resource_id) for needed in required_scopes)


def _held(
    held: list[tuple[str, str | None, str]], needed: str, resource_type: str | None, resource_id: str | None
) -> bool:
    wanted = pieces(needed)
    if wanted is None:
        return False
    resource, one, action = wanted
    if one is None and resource_id and resource == resource_type:
        one = resource_id
    # A scope of another resource says nothing about one below its path: `agents:ada:read` shows no sessions.
    return any(
        has == resource and does == action and (which in (None, "*") or (one is not None and which == one))
        for has, which, does in held
    )


def get_accessible_resource_ids(
    user_scopes: Sequence[str], resource_type: str, admin_scope: str | None = None, action: str | None = None
) -> set[str]:
    """The ids that a token reaches of a kind; `{"*"}` for all.

    Args:
        user_scopes: What the token holds.
        resource_type: `agents`, `teams` or `workflows`.
        admin_scope: The scope that allows everything; by default `agent_os:admin`.
        action: What is to be done with them; by default reading or running.
    """
    if (admin_scope or AgentOSScope.ADMIN.value) in user_scopes:
        return {"*"}
    actions = (action,) if action else ("read", "run")
    held = [found for found in map(pieces, user_scopes) if found is not None]
    found = {which or "*" for has, which, does in held if has == resource_type and does in actions}
    return {"*"} if "*" in found else found


def get_default_scope_mappings(*, company: bool = False) -> dict[str, list[str]]:
    """What each route needs, by method and path; `*` stands for anything, slashes included.

    The routes of the contract, which Agno does not have, are here, too: what is not listed of them needs the scope that
    allows everything.

    Args:
        company: Taken for Agno's sake; there are no such routes.
    """
    return {route: list(needed) for route, needed in _mappings().items()}


@cache
def _mappings() -> dict[str, list[str]]:
    found = {"GET /config": ["config:read"], "GET /models": ["config:read"]}
    for kind in KINDS:
        found |= {f"GET /{kind}": [f"{kind}:read"], f"GET /{kind}/*": [f"{kind}:read"]}
        found |= {f"POST /{kind}": [f"{kind}:write"], f"PATCH /{kind}/*": [f"{kind}:write"]}
        found[f"DELETE /{kind}/*"] = [f"{kind}:delete"]
        found |= {f"POST /{kind}/*/runs{end}": [f"{kind}:run"] for end in ("", "/*/continue", "/*/cancel")}
    for line in _ROUTES.split("\n"):
        needed, _, routes = line.partition(" = ")
        found |= {route: [needed] for route in routes.split(", ")}
    return found | _of_contract()


# AgentOS's routes that are about no agent, team or workflow, by what they need.
_ROUTES = """\
sessions:read = GET /sessions, GET /sessions/*
sessions:write = POST /sessions, POST /sessions/*/rename, PATCH /sessions/*
sessions:delete = DELETE /sessions, DELETE /sessions/*
memories:read = GET /memories, GET /memories/*, GET /memory_topics, GET /user_memory_stats
memories:write = POST /memories, PATCH /memories/*, POST /optimize-memories
memories:delete = DELETE /memories, DELETE /memories/*
learnings:read = GET /learnings, GET /learnings/*
learnings:write = POST /learnings, PATCH /learnings/*
learnings:delete = DELETE /learnings/*
knowledge:read = GET /knowledge/content, GET /knowledge/content/*, GET /knowledge/config, POST /knowledge/search
knowledge:write = POST /knowledge/content, POST /knowledge/content/*/refresh, PATCH /knowledge/content/*
knowledge:delete = DELETE /knowledge/content, DELETE /knowledge/content/*
knowledge:write = POST /knowledge/remote-content
knowledge:read = GET /knowledge/*/sources, GET /knowledge/*/sources/*/files
metrics:read = GET /metrics, GET /metrics/refresh/status
metrics:write = POST /metrics/refresh
evals:read = GET /eval-runs, GET /eval-runs/*
evals:write = POST /eval-runs, PATCH /eval-runs/*
evals:delete = DELETE /eval-runs
traces:read = GET /traces, GET /traces/*, GET /trace_session_stats, POST /traces/search
service_accounts:write = POST /service-accounts
service_accounts:read = GET /service-accounts
service_accounts:delete = DELETE /service-accounts/*
schedules:read = GET /schedules, GET /schedules/*, GET /schedules/*/runs, GET /schedules/*/runs/*
schedules:write = POST /schedules, PATCH /schedules/*, POST /schedules/*/enable, POST /schedules/*/disable
schedules:write = POST /schedules/*/trigger
schedules:delete = DELETE /schedules/*
approvals:read = GET /approvals, GET /approvals/count, GET /approvals/*, GET /approvals/*/status
approvals:write = POST /approvals/*/resolve
approvals:delete = DELETE /approvals/*
config:write = POST /databases/all/migrate, POST /databases/*/migrate
filesystem:read = GET /filesystem/*
registry:read = GET /registry
components:read = GET /components, GET /components/*, GET /components/*/configs, GET /components/*/configs/*
components:read = GET /components/*/configs/current
components:write = POST /components, PATCH /components/*, POST /components/*/configs, PATCH /components/*/configs/*
components:write = POST /components/*/configs/*/set-current
components:delete = DELETE /components/*, POST /components/*/restore, DELETE /components/*/configs/*"""


def _of_contract() -> dict[str, list[str]]:
    """Routes of the contract; those that name no owner, or may bring agents along, need what all owners need."""
    found: dict[str, list[str]] = {}
    for kind in KINDS:
        found[f"POST {_CONTRACT}/{kind}/*:run"] = list(dict.fromkeys([f"{kind}:run", "agents:run"]))
        found |= {f"GET {_CONTRACT}/{kind}{end}": [f"{kind}:read"] for end in ("", "/*")}
    reading, running = ([f"{kind}:{action}" for kind in KINDS] for action in ("read", "run"))
    found[f"GET {_CONTRACT}/runs/*"] = [*reading, *running]
    found |= {f"POST {_CONTRACT}/runs/*:{what}": running for what in ("continue", "cancel")}
    found |= {f"GET {_CONTRACT}/sessions{end}": ["sessions:read"] for end in ("", "/*")}
    found[f"DELETE {_CONTRACT}/sessions/*"] = ["sessions:delete"]
    found |= {f"GET {_CONTRACT}/telemetry/{what}": ["traces:read", "metrics:read"] for what in ("events", "metrics")}
    found[f"GET {_CONTRACT}/support-matrix"] = ["config:read"]
    # The first that fits decides: a session that is called "agents" is below sessions, and is no list of agents.
    found = dict(sorted(found.items(), key=lambda route: -route[0].count("/")))
    every = ("GET", "POST", "PUT", "PATCH", "DELETE")
    return found | {f"{method} {_CONTRACT}": [_NOBODY] for method in every}


def get_required_scopes_for_route(scope_mappings: Mappings, method: str, path: str) -> list[str]:
    """What a request needs: by its very route, else by the first pattern that fits; nothing where none does.

    Args:
        scope_mappings: What routes need.
        method: Of the request; what GET needs, HEAD needs.
        path: Of the request.
    """
    method = "GET" if method == "HEAD" else method
    exact = scope_mappings.get(f"{method} {path}")
    if exact is not None:
        return list(exact)
    for route, needed in scope_mappings.items():
        asked, _, pattern = route.partition(" ")
        if asked == method and fnmatchcase(path, _BRACES.sub("*", pattern)):
            return list(needed)
    return []


def get_resource_context_from_path(path: str) -> tuple[str | None, str | None]:
    """Kind and id of the agent, team or workflow that a path is about; None for what it does not name."""
    found = _OWNER.match(path)
    return (None, None) if found is None else (found[1], found[2])


def insufficient(required_scopes: Sequence[str]) -> str:
    """AgentOS's refusal of a token that holds too little."""
    needs = f". Required scope(s): {', '.join(required_scopes)}" if required_scopes else ""
    return f"Insufficient permissions{needs}"
