"""The Starlette application: a table of routes, problems for every error, a lifespan."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from wherry.api import agentos, resources, running, system
from wherry.api.context import Server
from wherry.api.problems import Problem, problem_of
from wherry.api.runs import Runs
from wherry.api.settings import Settings
from wherry.core.log import logger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from wherry.api.service import RuntimeService

BASE = "/v1/runtime/{runtime}"
KIND = "{kind:owners}"

# Method, path, endpoint: the contract's operations, then the server's own.
ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("POST", f"{BASE}/agents", resources.register_agent),
    ("DELETE", f"{BASE}/agents/{{id}}", resources.delete_agent),
    ("GET", f"{BASE}/sessions", resources.list_sessions),
    ("GET", f"{BASE}/sessions/{{id}}", resources.get_session),
    ("DELETE", f"{BASE}/sessions/{{id}}", resources.delete_session),
    ("GET", f"{BASE}/telemetry/events", resources.telemetry_events),
    ("GET", f"{BASE}/telemetry/metrics", resources.telemetry_metrics),
    ("GET", f"{BASE}/benchmarks", resources.get_benchmarks),
    ("POST", f"{BASE}/benchmarks", resources.start_job),
    ("POST", f"{BASE}/parity-tests:run", resources.start_job),
    ("GET", f"{BASE}/support-matrix", resources.support_matrix),
    ("POST", f"{BASE}/runs/{{id}}:continue", running.continue_run),
    ("POST", f"{BASE}/runs/{{id}}:cancel", running.cancel),
    ("GET", f"{BASE}/runs/{{id}}", running.get_run),
    ("POST", f"{BASE}/{KIND}/{{id}}:run", running.run_owner),
    ("GET", f"{BASE}/{KIND}", resources.list_owners),
    ("GET", f"{BASE}/{KIND}/{{id}}", resources.get_owner),
    ("GET", "/healthz", system.healthz),
    ("GET", "/readyz", system.readyz),
    ("GET", "/metrics", system.metrics),
    ("GET", "/openapi.yaml", system.openapi),
    ("GET", "/openapi.json", system.openapi_json),
    ("GET", "/api", system.page),
    ("GET", "/api-page.js", system.asset("page.js", "text/javascript")),
    ("GET", "/api-page.css", system.asset("page.css", "text/css")),
    ("POST", "/agents/{id}/runs", agentos.run_agent),
    ("POST", "/teams/{id}/runs", agentos.run_team),
    ("POST", "/workflows/{id}/runs", agentos.run_workflow),
    ("POST", "/agents/{id}/runs/{run_id}/cancel", agentos.cancel),
    ("POST", "/teams/{id}/runs/{run_id}/cancel", agentos.cancel),
    ("POST", "/workflows/{id}/runs/{run_id}/cancel", agentos.cancel),
    ("GET", "/agents", agentos.list_agents),
    ("GET", "/teams", agentos.list_teams),
    ("GET", "/workflows", agentos.list_workflows),
    ("GET", "/agents/{id}", agentos.get_agent),
    ("GET", "/teams/{id}", agentos.get_team),
    ("GET", "/workflows/{id}", agentos.get_workflow),
    ("GET", "/health", system.healthz),
)


async def on_problem(request: Request, error: Exception) -> Response:
    """Any error as a problem document; what was not foreseen is logged."""
    problem = problem_of(error)
    if problem.code == "internal":
        logger.error("%s %s failed: %r", request.method, request.url.path, error)
    return problem.response(request.url.path)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Starlette's own errors (no such path, wrong method) as problem documents."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: "not_found", 405: "method_not_allowed"}.get(status, "bad_request")
    headers = dict(error.headers) if isinstance(error, HTTPException) and error.headers else None
    detail = f"{request.method} {request.url.path} is not part of this API."
    return Problem(code, detail, headers).response(request.url.path)


def routes() -> list[Route]:
    """The table as routes; `kind` takes the three kinds of owners only."""
    made = []
    for method, path, endpoint in ROUTES:
        if KIND in path:
            kinds = ("agents", "teams", "workflows")
            made += [Route(path.replace(KIND, kind), of_kind(kind, endpoint), methods=[method]) for kind in kinds]
        else:
            made.append(Route(path, endpoint, methods=[method]))
    return made


def of_kind(kind: str, endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """An endpoint for one kind of owners."""

    async def made(request: Request) -> Response:
        request.path_params["kind"] = kind
        answer: Response = await endpoint(request)
        return answer

    return made


def create_app(
    service: RuntimeService,
    settings: Settings | None = None,
    *,
    runtimes: dict[str, RuntimeService] | None = None,
    recorder: Any = None,
    jobs: dict[str, Callable[..., Any]] | None = None,
    results: Path | None = None,
) -> Starlette:
    """The application of a server.

    Args:
        service: What the runtime `wherry` serves.
        settings: Limits and access.
        runtimes: Further runtimes by name.
        recorder: A telemetry recorder that lives as long as the server.
        jobs: What `POST benchmarks` and `POST parity-tests:run` start.
        results: Folder of results files.
    """
    settings = settings or Settings()
    server = Server(
        services={"wherry": service, **(runtimes or {})},
        settings=settings,
        runs=Runs(settings),
        jobs=jobs or {},
        results=results,
        recorder=recorder,
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if recorder is not None:
            recorder.start()
        try:
            yield
        finally:
            await server.runs.stop()
            if recorder is not None:
                recorder.stop()

    app = Starlette(
        routes=routes(),
        lifespan=lifespan,
        exception_handlers={Exception: on_problem, Problem: on_problem, HTTPException: on_http_error},
    )
    app.state.server = server
    app.state.tasks = set()
    return app
