"""`wherry serve`: agents of a manifest, or objects of a module, behind HTTP.

Here a target becomes an application; `listening` makes it a server.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.api.listening import LOOPBACK, check_address, listen, run_server
from wherry.core.errors import ConfigurationError
from wherry.manifests.errors import ManifestError
from wherry.manifests.reading import find_modules_here
from wherry.stores.opening import open_store

if TYPE_CHECKING:
    from wherry.api.service import RuntimeService
    from wherry.api.settings import Settings
    from wherry.manifests.agent_runtime import AgentRuntime
    from wherry.telemetry.storage import TelemetryStore


def open_telemetry(address: str) -> TelemetryStore:
    """Where events are kept: beside the sessions, or in an SQLite file when those are in Redis."""
    from wherry.telemetry.storage import TelemetryStore

    if address.startswith(("redis://", "rediss://")):
        return TelemetryStore("wherry-telemetry.db")
    return TelemetryStore(address.removeprefix("sqlite:///"))


def load_app(target: str | None, store: Any, telemetry: TelemetryStore | None, settings: Settings | None = None) -> Any:
    """The application of a target: nothing, a manifest file, or `module:name`.

    Raises:
        ConfigurationError: The module or the name is not there, or it names nothing that can be served.
        ManifestError: The manifest cannot be used.
    """
    from wherry.api.service import RuntimeService

    if target is not None and ":" in target and not Path(target).exists():
        found = named_object(target)
        kind = kind_of(found)
        if kind is None and not hasattr(found, "as_service"):
            return found
        service = found.as_service() if kind is None else RuntimeService(db=found.db)
        if kind is not None:
            service.add(kind, found)
        service.telemetry = telemetry
        return application(service, settings, found if kind is None else None)
    registry, agents = registered(target, store)
    service = RuntimeService(registry=registry, db=store, telemetry=telemetry)
    try:
        for manifest in agents:
            service.register(manifest)
    except ManifestError as error:
        raise error.of(str(target)) from error
    return application(service, settings)


def registered(target: str | None, store: Any) -> tuple[Any, list[AgentRuntime]]:
    """The registry and the agents of a manifest file; without one a registry of what is built in."""
    from wherry.manifests.registry import Registry, read_agents

    if target is None:
        return Registry(db=store), []
    find_modules_here()
    agents, providers = read_agents(target)
    return Registry(providers, store), agents


def application(service: RuntimeService, settings: Settings | None = None, agent_os: Any = None) -> Any:
    """The application of a service, by the AgentOS that it is of; it records when it has a telemetry store."""
    from wherry.api.app import create_app
    from wherry.api.settings import settings_from_environment
    from wherry.telemetry.recorder import Recorder

    settings = settings or settings_from_environment()
    kept = service.telemetry
    recorder = None
    if kept is not None:
        recorder = Recorder(kept, retention_days=settings.telemetry_days, detail=settings.telemetry_detail)
    if agent_os is not None and hasattr(agent_os, "base_app"):
        from wherry.api.os_app import application_of

        return application_of(agent_os, service, settings, recorder)
    return create_app(service, settings, recorder=recorder)


def named_object(target: str) -> Any:
    """What `module:name` names.

    Raises:
        ConfigurationError: It cannot be imported, or can serve no request.
    """
    module, _, name = target.partition(":")
    find_modules_here()
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(
            f"{target!r} cannot be imported: {error}",
            hint="Name an object as MODULE:NAME, in the folder that holds MODULE.py: `wherry serve boats:agent`.",
        ) from error
    if not (callable(found) or hasattr(found, "as_service") or kind_of(found)):
        raise ConfigurationError(
            f"{target!r} is {found!r}, which cannot be served.",
            hint="Name an AgentOS, an agent, a team, a workflow or an ASGI application.",
        )
    return found


def kind_of(found: Any) -> str | None:
    """Under which kind an object is served; None when it is no agent, team or workflow."""
    from wherry.core.agent.agent import Agent
    from wherry.core.team.team import Team
    from wherry.core.workflow.workflow import Workflow

    kinds = {Agent: "agents", Team: "teams", Workflow: "workflows"}
    return next((name for kind, name in kinds.items() if isinstance(found, kind)), None)


def guarded(app: Any, settings: Settings) -> bool:
    """Whether an application of this package asks for tokens that are checked."""
    from wherry.api.jwt_middleware import guards

    return bool(settings.tokens) or guards(app)


def serve(
    target: str | None = None,
    /,
    *,
    host: str = "127.0.0.1",
    port: int = 7777,
    db: str = "wherry.db",
    log: bool = False,
    telemetry_days: float | None = None,
    telemetry_detail: str = "all",
    remote: list[str] | None = None,
) -> None:
    """Serve agents over HTTP, by the contract at /openapi.yaml.

    Args:
        target: A manifest (YAML or JSON), or `module:name` of an AgentOS, an agent, a team, a workflow or an
            application; empty for no agents yet, clients register theirs.
        host: Address to listen on; other than loopback needs WHERRY_API_TOKENS, or an AgentOS with a key or with
            authorization by JWT.
        port: Port to listen on; 0 takes a free one.
        db: SQLite file, postgresql:// or redis:// URL for sessions and telemetry.
        log: Write a line of JSON to stderr for each request.
        telemetry_days: Delete recorded events that are older; by default all are kept.
        telemetry_detail: Record all events, how runs, steps and calls of tools ended (ends), or how runs ended (runs).
        remote: Further runtimes as name=http://host:port; what is below /v1/runtime/name is handed on to that server.
    """
    from wherry.api.heads import limited_protocol
    from wherry.api.remote import named_runtimes
    from wherry.api.settings import settings_from_environment
    from wherry.telemetry.otlp import export_when_asked

    settings = settings_from_environment()
    settings = replace(settings, telemetry_days=telemetry_days, telemetry_detail=telemetry_detail)
    if host in LOOPBACK and not settings.tokens:
        # A page of the web that gives its own name this machine's address must not reach the agents.
        settings = replace(settings, hosts=LOOPBACK)
    remotes = named_runtimes(remote or [])
    app = load_app(target, open_store(db), open_telemetry(db), settings)
    server = getattr(getattr(app, "state", None), "wherry", None)  # an application of the user's may be any callable
    check_address(host, guarded=host not in LOOPBACK and server is not None and guarded(app, server.settings))
    if remotes:
        if server is None:
            raise ConfigurationError(f"{target!r} is an application of its own, which hands nothing on.")
        server.remotes.update(remotes)
    if log:
        logging.basicConfig(format="%(message)s", level=logging.WARNING)
        logging.getLogger("wherry.api.access").setLevel(logging.INFO)
    with export_when_asked():
        protocol = limited_protocol(settings.head_seconds, settings.write_seconds)
        run_server(app, listen(host, port), host, settings.shutdown_seconds, protocol=protocol)


__all__ = ["LOOPBACK", "check_address", "load_app", "open_store", "serve"]
