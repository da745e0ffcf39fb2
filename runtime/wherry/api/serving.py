"""`wherry serve`: agents of a manifest or of a module behind HTTP."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError

if TYPE_CHECKING:
    from wherry.manifests.agent_runtime import AgentRuntime

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def open_store(address: str) -> Any:
    """A session database from a path or URL.

    Raises:
        ConfigurationError: The kind of database is not known.
    """
    if address.startswith(("postgres://", "postgresql://", "postgresql+psycopg://")):
        from wherry.db.postgres import PostgresDb

        return PostgresDb(db_url=address)
    if address.startswith(("redis://", "rediss://")):
        from wherry.db.redis import RedisDb

        return RedisDb(db_url=address)
    if "://" in address and not address.startswith("sqlite:"):
        raise ConfigurationError(
            f"{address!r} is no database that Wherry knows.", hint="Use a path, postgresql:// or redis://."
        )
    from wherry.db.sqlite import SqliteDb

    return SqliteDb(db_file=address.removeprefix("sqlite:///"))


def load_app(target: str | None, store: Any, telemetry: Any) -> Any:
    """The application of a target: nothing, a manifest file, or `module:name`."""
    from wherry.api.app import create_app
    from wherry.api.service import RuntimeService
    from wherry.api.settings import settings_from_environment
    from wherry.manifests.registry import Registry, read_agents
    from wherry.telemetry.recorder import Recorder

    if target is not None and ":" in target and not Path(target).exists():
        module, _, name = target.partition(":")
        try:
            found = getattr(import_module(module), name)
        except (ImportError, AttributeError) as error:
            raise ConfigurationError(f"{target!r} cannot be imported: {error}") from error
        return found.get_app() if hasattr(found, "get_app") else found
    registry = Registry(db=store)
    agents: list[AgentRuntime] = []
    if target is not None:
        agents, providers = read_agents(target)
        registry = Registry(providers, store)
    service = RuntimeService(registry=registry, db=store, telemetry=telemetry)
    for manifest in agents:
        service.register(manifest)
    return create_app(service, settings_from_environment(), recorder=Recorder(telemetry))


def check_address(host: str) -> None:
    """Refuse to listen beyond this machine without tokens.

    Raises:
        ConfigurationError: The address is not loopback and no token is set.
    """
    if host not in LOOPBACK and not os.environ.get("WHERRY_API_TOKENS"):
        raise ConfigurationError(
            f"{host!r} can be reached from other machines and no token is set.",
            hint="Set WHERRY_API_TOKENS=token:read+run,…, or use --host 127.0.0.1.",
        )


def serve(target: str | None = None, /, *, host: str = "127.0.0.1", port: int = 7777, db: str = "wherry.db") -> None:
    """Serve agents over HTTP, by the contract at /openapi.yaml.

    Args:
        target: A manifest (YAML or JSON), or `module:name` of an application or AgentOS; empty for no agents yet.
        host: Address to listen on; other than loopback needs WHERRY_API_TOKENS.
        port: Port to listen on.
        db: SQLite file, postgresql:// or redis:// URL for sessions and telemetry.
    """
    import uvicorn

    from wherry.telemetry.storage import TelemetryStore

    check_address(host)
    store = open_store(db)
    telemetry = TelemetryStore(db if "://" not in db or db.startswith("postgres") else "wherry-telemetry.db")
    app = load_app(target, store, telemetry)
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=15)
