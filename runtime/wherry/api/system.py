"""Endpoints about the server itself: health, readiness, metrics for Prometheus, the contract and its page."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from wherry import __version__
from wherry.api.running import Answer

if TYPE_CHECKING:
    from starlette.requests import Request

    from wherry.api.context import Server

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Wherry runtime API</title><link rel="stylesheet" href="/api-page.css">
<main><h1>Wherry runtime API</h1><p>The contract of this server: <a href="/openapi.yaml">openapi.yaml</a>.</p>
<div id="operations"></div></main><script type="module" src="/api-page.js"></script></html>"""


# What AgentOS's `GET /metrics` may be asked for.
_PARTS = frozenset(["starting_date", "ending_date", "user_id", "db_id", "table"])


def server_of(request: Request) -> Server:
    """The server of a request."""
    server: Server = request.app.state.wherry
    return server


async def healthz(request: Request) -> Response:
    """`GET /healthz`: the process answers."""
    return Answer({"status": "ok", "version": __version__})


async def health(request: Request) -> Response:
    """`GET /health`: the same in AgentOS's words."""
    since = server_of(request).since.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return Answer({"status": "ok", "instantiated_at": since, "version": __version__})


async def readyz(request: Request) -> Response:
    """`GET /readyz`: new runs are taken."""
    server = server_of(request)
    if server.runs.stopping:
        return Answer({"status": "stopping"}, 503)
    stores = [store for service in server.services.values() for store in service.stores()]
    if stores and not await server.readiness.reachable(stores):
        return Answer({"status": "no database"}, 503)
    return Answer({"status": "ready"})


def lines(server: Server) -> list[str]:
    """The metrics in Prometheus' text format."""
    runs, recorder = server.runs, server.recorder
    values = [
        ("wherry_runs_active", "gauge", "Runs at this moment.", runs.active),
        ("wherry_runs_waiting", "gauge", "Runs that wait for their turn.", runs.begun - runs.active),
        ("wherry_runs_total", "counter", "Runs since the server started.", runs.served),
        ("wherry_runs_failed_total", "counter", "Runs that ended with an error or broke off.", runs.failed),
        ("wherry_telemetry_events_total", "counter", "Events recorded.", recorder.recorded if recorder else 0),
        ("wherry_telemetry_dropped_total", "counter", "Events dropped.", recorder.dropped if recorder else 0),
    ]
    out, runtime = [], next(iter(server.services))
    for name, kind, text, value in values:
        out += [f"# HELP {name} {text}", f"# TYPE {name} {kind}", f'{name}{{runtime="{runtime}"}} {value}']
    return out


async def metrics(request: Request) -> Response:
    """`GET /metrics`: for Prometheus; AgentOS's daily metrics for who asks for a part of them, or asks an AgentOS.

    Prometheus says that it takes text; other clients say nothing, JSON, or both, as axios does.
    """
    takes = request.headers.get("accept", "*/*").lower()
    wants_text = ("text/" in takes or "openmetrics" in takes) and "json" not in takes
    if not wants_text and (server_of(request).agentos or not _PARTS.isdisjoint(request.query_params)):
        from wherry.api.agentos_metrics import daily_metrics

        return await daily_metrics(request)
    text = "\n".join(lines(server_of(request))) + "\n"
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def contract() -> bytes:
    """The contract as it was shipped."""
    return files("wherry.api").joinpath("runtime-openapi.yaml").read_bytes()


async def openapi(request: Request) -> Response:
    """`GET /openapi.yaml`."""
    return Response(contract(), media_type="application/yaml")


async def openapi_json(request: Request) -> Response:
    """`GET /openapi.json`: the same contract for readers without YAML."""
    return Answer(contract_as_data())


@functools.cache
def contract_as_data() -> Any:
    """The contract, read once: other requests wait meanwhile."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times as fast
    return yaml.load(contract(), Loader=loader)  # noqa: S506 - both are safe


async def page(request: Request) -> Response:
    """`GET /api`: the contract as a page that can send requests."""
    return HTMLResponse(PAGE)


def asset(name: str, kind: str) -> Any:
    """An endpoint for a file that is shipped with the package."""

    async def endpoint(request: Request) -> Response:
        return Response(files("wherry.api").joinpath("assets", name).read_bytes(), media_type=kind)

    return endpoint
