"""What AgentOS tells about itself: `GET /config` for its interface and clients, `GET /info` and `GET /` for anybody.

Mirrors the core routes of `agno.os.router`. A configuration that somebody made (`os_config`) goes before what is found.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from wherry import __version__
from wherry.api.agentos_files import namespaces
from wherry.api.context import served
from wherry.api.running import Answer
from wherry.api.service import KINDS
from wherry.api.system import server_of
from wherry.core.matrix import reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.responses import Response

    from wherry.api.context import Served
    from wherry.api.service import RuntimeService

# Parts of the interface, and the attribute of a database that names its table of each; traces name none.
_TABLES = {
    "session": "session_table_name",
    "memory": "memory_table_name",
    "learning": "learnings_table_name",
    "evals": "eval_table_name",
    "metrics": "metrics_table_name",
}


async def config(request: Request) -> Response:
    """`GET /config`."""
    here = served(request)
    here.caller.need("read")
    service = here.service
    databases, made = by_id(service), service.config
    data = {
        "os_id": service.about["os_id"],
        "description": service.about["description"],
        "available_models": models(service),
        "os_database": getattr(service.db, "id", None),
        "databases": list(databases),
        **({"chat": told(made.chat), "manifest": manifest(made)} if made is not None else {}),
        **{part: section(made, part, databases) for part in _TABLES},
        "filesystem": {"namespaces": namespaces(service)},
        "knowledge": knowledge(made, service),
        "traces": section(made, "traces", databases if service.db is None else {service.db.id: [service.db]}),
        "queue": {"durable": False, "queue_per_session": False},
        **{kind: [line(kind, owner) for owner in reached(here, kind)] for kind in KINDS},
        "interfaces": [],
    }
    # The one name that is told empty, too: interfaces look at it to hide a page.
    return Answer({**{name: value for name, value in data.items() if value is not None}, "company": None})


def reached(here: Served, kind: str) -> list[Any]:
    """What the caller may read of a kind."""
    return [owner for owner in here.service.owners[kind].values() if here.caller.may(kind, owner.id, "read")]


async def info(request: Request) -> Response:
    """`GET /info`, for which nobody needs a token."""
    from wherry.api.jwt_middleware import checks_jwt, keeps_apart

    server, app = server_of(request), request.app
    service = next(iter(server.services.values()))
    return Answer(
        {
            "os_id": service.about["os_id"],
            "name": service.about["name"],
            "os_version": service.version or "1.0.0",
            "agno_version": reference().partition(" ")[2],
            "wherry_version": __version__,
            **{f"{kind[:-1]}_count": len(service.owners[kind]) for kind in KINDS},
            "mcp": {"enabled": False, "path": None, "oauth": None, "tool_run_endpoint": False},
            "auth_mode": "jwt" if checks_jwt(app) else "security_key" if server.settings.tokens else "none",
            "user_isolation": keeps_apart(app),
        }
    )


async def home(request: Request) -> Response:
    """`GET /`: where to look next."""
    server = server_of(request)
    name = next(iter(server.services.values())).about["name"]
    docs = {"docs": "/docs"} if server.documented else {}
    return Answer({"name": name or "AgentOS", "health": "/health", "info": "/info", **docs})


def by_id(service: RuntimeService) -> dict[str, list[Any]]:
    """The databases of what is served, then the server's own, by id; several objects may be one database."""
    found: dict[str, list[Any]] = {}
    owners = [owner.db for kind in KINDS for owner in service.owners[kind].values()]
    for db in (*owners, service.db):
        if getattr(db, "id", None):
            found.setdefault(str(db.id), []).append(db)
    return found


def models(service: RuntimeService) -> list[dict[str, Any]]:
    """The models that agents and teams have, each once."""
    found = [model(owner) for kind in ("agents", "teams") for owner in service.owners[kind].values()]
    whole = [one for one in found if one is not None and None not in one.values()]
    return list({tuple(one.values()): one for one in whole}.values())


def model(owner: Any) -> dict[str, Any] | None:
    """Id and provider of an owner's model, or of the one that it has when none was given."""
    if getattr(owner, "model", None) is None and hasattr(owner, "make_ready"):
        owner.make_ready()
    one = getattr(owner, "model", None)
    return None if one is None else {"id": one.id, "provider": one.provider}


def line(kind: str, owner: Any) -> dict[str, Any]:
    """An agent, team or workflow as a line of the configuration."""
    mode = getattr(owner, "mode", None) if kind == "teams" else None
    data = {
        "id": owner.id,
        "name": owner.name,
        "description": getattr(owner, "description", None),
        "db_id": getattr(owner.db, "id", None),
        "mode": getattr(mode, "value", mode),
        "model": None if kind == "workflows" else model(owner),
        **({"is_factory": False, "is_component": False} if kind == "workflows" else {}),
        "sandboxed": False,
    }
    return {name: value for name, value in data.items() if value is not None}


def told(part: Any) -> Any:
    """A part of a configuration as data, or None."""
    return None if part is None else part.model_dump(exclude_none=True)


def manifest(made: Any) -> dict[str, Any] | None:
    """What is told about owners, by id."""
    return None if made.manifest is None else {name: told(one) for name, one in made.manifest.items()}


def section(made: Any, part: str, databases: dict[str, list[Any]]) -> dict[str, Any]:
    """A part of the interface: the databases that were configured, then the others, with their tables."""
    data: dict[str, Any] = told(getattr(made, part, None)) or {}
    lines = data.setdefault("dbs", [])
    known = {one["db_id"] for one in lines}
    for name, dbs in databases.items():
        if name in known:
            continue
        tables = unique(getattr(db, _TABLES[part], None) for db in dbs) if part in _TABLES else None
        lines.append(database(name, tables))
    return data


def database(name: str, tables: list[str] | None) -> dict[str, Any]:
    """A database of a part that nobody configured."""
    shown: dict[str, Any] = {"db_id": name, "domain_config": {"display_name": name}}
    return shown if tables is None else {**shown, "tables": tables}


def unique(names: Iterable[str | None]) -> list[str]:
    """Names, each once, without empty ones."""
    return list(dict.fromkeys(name for name in names if name))


def knowledge(made: Any, service: RuntimeService) -> dict[str, Any]:
    """The knowledge of agents and teams whose contents are in a database."""
    data: dict[str, Any] = told(getattr(made, "knowledge", None)) or {}
    lines, instances = data.setdefault("dbs", []), data.setdefault("knowledge_instances", [])
    configured = {one["db_id"] for one in lines}
    tables: dict[str, list[str]] = {}
    seen: set[str] = set()
    for one in knowledges(service):
        name, db, table = known_as(one)
        tables.setdefault(db, []).append(table)
        identity = identity_of(name, db, table)
        if identity not in seen:
            seen.add(identity)
            about = {"id": identity, "name": name, "description": getattr(one, "description", None)}
            instances.append({**{key: text for key, text in about.items() if text}, "db_id": db, "table": table})
    lines += [database(name, unique(found)) for name, found in tables.items() if name not in configured]
    return data


def knowledges(service: RuntimeService) -> list[Any]:
    """Each knowledge of an agent, a team or the server that has a database of contents, once."""
    owned = [
        getattr(owner, "knowledge", None) for kind in ("agents", "teams") for owner in service.owners[kind].values()
    ]
    found = [one for one in (*owned, *service.knowledge) if getattr(getattr(one, "contents_db", None), "id", None)]
    return list({id(one): one for one in found}.values())


def known_as(one: Any) -> tuple[str, str, str]:
    """Name, database and table of a knowledge, which tell it apart."""
    db = one.contents_db
    name = getattr(one, "name", None) or f"knowledge_{db.id}"
    return name, str(db.id), getattr(db, "knowledge_table_name", None) or "unknown"


def identity_of(name: str, database: str, table: str) -> str:
    """The id by which AgentOS knows a knowledge."""
    text = hashlib.sha256(f"{database}:{table}:{name}".encode()).hexdigest()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))
