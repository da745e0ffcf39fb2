"""The files of agents as `GET /config` tells them: one line a namespace, with the agents that have it.

Called by `agentos_config`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning

if TYPE_CHECKING:
    from wherry.api.service import RuntimeService


def namespaces(service: RuntimeService) -> list[dict[str, Any]]:
    """The namespaces of all agents; one that several agents have stands once."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for agent in service.owners["agents"].values():
        for files, only_read in files_of(agent):
            line = about(files, agent)
            key = (line.get("db_id") or files.backend, *line.values())
            agents = found.setdefault(key, {**line, "agents": {}})["agents"]
            agents[agent.id] = agents.get(agent.id, True) and only_read
    lines = [{**line, "agents": [access(*one) for one in sorted(line["agents"].items())]} for line in found.values()]
    return sorted(lines, key=order)


def files_of(agent: Any) -> list[Any]:
    """The files of an agent, by its option and its tools; without those that it cannot open."""
    try:
        return list(getattr(agent, "filesystems", ()))
    except (TypeError, ValueError) as error:
        log_warning(f"The files of the agent {agent.id!r} cannot be told: {error}")
        return []


def about(files: Any, agent: Any) -> dict[str, Any]:
    """Where files are, how large they may be, and whether each user has some of their own."""
    apart = bool(files.user_scoped) or "{user_id}" in files.namespace
    resolved, backend = files.resolve(agent_id=agent.id), files.backend
    db = getattr(backend, "db", None)
    local = "local" if hasattr(backend, "root") else type(backend).__name__
    data = {
        "backend_type": local if db is None else "db",
        "db_id": getattr(db, "id", None),
        "db_schema": getattr(backend, "db_schema", None),
        "table_name": getattr(backend, "table_name", None),
        "namespace": resolved.namespace,
        "user_isolation": apart,
        "max_file_bytes": resolved.max_file_bytes,
        "max_namespace_bytes": resolved.max_namespace_bytes,
    }
    return {name: value for name, value in data.items() if value is not None}


def access(agent_id: str, only_read: bool) -> dict[str, Any]:
    """An agent and what it may do."""
    return {"id": agent_id, "access": "read_only"} if only_read else {"id": agent_id}


def order(line: dict[str, Any]) -> tuple[Any, ...]:
    """By kind, database, namespace and agents, as AgentOS sorts them."""
    return line["backend_type"], line.get("db_id", ""), line["namespace"], [agent["id"] for agent in line["agents"]]
