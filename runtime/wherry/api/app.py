"""The Starlette application: a table of routes, problems for every error, a lifespan."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from wherry.api import agentos_runs, following, resources, running, system
from wherry.api.agentos_routes import AGENTOS, KIND
from wherry.api.context import Server
from wherry.api.direct import Direct
from wherry.api.guard import Guard
from wherry.api.matrix import support_matrix
from wherry.api.problems import Problem, problem_of
from wherry.api.runs import Runs
from wherry.api.service import KINDS
from wherry.api.settings import Settings
from wherry.core.log import logger
from wherry.telemetry.redaction import RedactedLog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from wherry.api.remote import RemoteRuntime
    from wherry.api.service import RuntimeService

# An id without the colon that begins an action, so that the Allow header of `…:run` is its own.
ID = "{id:name}"
BASE = "/v1/runtime/{runtime}"


class NameConvertor(StringConvertor):
    """A piece of a path without colons."""

    regex = "[^/:]+"


register_url_convertor("name", NameConvertor())


# Method, path, endpoint: the contract, the server's own, then AgentOS's. What most requests ask for, `direct` finds
# before.
ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("POST", f"{BASE}/{KIND}/{ID}:run", running.run_owner),
    ("POST", f"{BASE}/agents", resources.register_agent),
    ("DELETE", f"{BASE}/agents/{ID}", resources.delete_agent),
    ("GET", f"{BASE}/sessions", resources.list_sessions),
    ("GET", f"{BASE}/sessions/{{id}}", resources.get_session),
    ("DELETE", f"{BASE}/sessions/{{id}}", resources.delete_session),
    ("GET", f"{BASE}/telemetry/events", resources.telemetry_events),
    ("GET", f"{BASE}/telemetry/metrics", resources.telemetry_metrics),
    ("GET", f"{BASE}/benchmarks", resources.get_benchmarks),
    ("POST", f"{BASE}/benchmarks", resources.start_job),
    ("POST", f"{BASE}/parity-tests:run", resources.start_job),
    ("GET", f"{BASE}/support-matrix", support_matrix),
    ("POST", f"{BASE}/runs/{ID}:continue", following.continue_run),
    ("POST", f"{BASE}/runs/{ID}:cancel", following.cancel),
    ("GET", f"{BASE}/runs/{ID}", following.get_run),
    ("GET", f"{BASE}/{KIND}", resources.list_owners),
    ("GET", f"{BASE}/{KIND}/{ID}", resources.get_owner),
    ("GET", "/healthz", system.healthz),
    ("GET", "/readyz", system.readyz),
    ("GET", "/metrics", system.metrics),
    ("GET", "/openapi.yaml", system.openapi),
    ("GET", "/openapi.json", system.openapi_json),
    ("GET", "/api", system.page),
    ("GET", "/docs", system.page),
    ("GET", "/api-page.js", system.asset("page.js", "text/javascript")),
    ("GET", "/api-page.css", system.asset("page.css", "text/css")),
    *AGENTOS,
)


def on_problem(request: Request, error: Exception) -> Response:
    """Any error as a problem document; what was not foreseen is logged."""
    problem = problem_of(error)
    if problem.code == "internal":
        logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem.response(request.url.path)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Starlette's own errors (no such path, wrong method) as problem documents."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: "not_found", 405: "method_not_allowed"}.get(status, "bad_request")
    headers = dict(error.headers) if isinstance(error, HTTPException) and error.headers else None
    detail = f"{request.method} {request.url.path} is not part of this API."
    more: dict[str, Any] = {}
    if status in (404, 405):
        from wherry.api.not_there import of_agentos  # most servers are never asked for what is not there

        more = of_agentos(request.method, request.url.path)
    return Problem(code, detail, headers, **more).response(request.url.path)


def routes(without: Collection[str] = (), middleware: list[Middleware] | None = None) -> list[Route]:
    """The table as routes: one for each path, so that the Allow header of a 405 names every method.

    Args:
        without: Paths that are left out.
        middleware: Around each route; an application of ours has its own around all of them.
    """
    paths: dict[str, dict[str, Callable[..., Any]]] = {}
    for method, path, endpoint in ROUTES:
        for kind in KINDS if KIND in path else (None,):
            whole = path if kind is None else path.replace(KIND, kind)
            paths.setdefault(whole, {})[method] = endpoint if kind is None else of_kind(kind, endpoint)
    kept = {path: given for path, given in paths.items() if path not in without}
    return [Route(path, by_method(given), methods=list(given), middleware=middleware) for path, given in kept.items()]


def of_kind(kind: str, endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """An endpoint for one kind of owners."""

    async def made(request: Request) -> Response:
        request.path_params["kind"] = kind
        answer: Response = await endpoint(request)
        return answer

    return made


def by_method(endpoints: dict[str, Callable[..., Any]]) -> Callable[..., Any]:
    """One endpoint that calls the one of the request's method."""

    async def endpoint(request: Request) -> Response:
        asked = "GET" if request.method == "HEAD" else request.method
        try:
            server: Server = request.app.state.wherry
            elsewhere = server.remotes.get(request.path_params.get("runtime", "")) if server.remotes else None
            if elsewhere is not None:
                return await elsewhere.answer(request, server.settings)
            answer: Response = await endpoints[asked](request)
        except HTTPException:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a request provokes is answered with a problem document
            return on_problem(request, error)
        return answer

    return endpoint


def create_app(
    service: RuntimeService,
    settings: Settings | None = None,
    *,
    name: str = "wherry",
    remotes: dict[str, RemoteRuntime] | None = None,
    recorder: Any = None,
    jobs: dict[str, Callable[..., Any]] | None = None,
    results: Path | None = None,
    matrix: Path | None = None,
    without: Collection[str] = (),
) -> Starlette:
    """The application of a server.

    Args:
        service: What the runtime of this process serves.
        settings: Limits and access.
        name: What that runtime is called in paths.
        remotes: Runtimes elsewhere by name, whose requests are handed on.
        recorder: A telemetry recorder that lives as long as the server.
        jobs: What `POST benchmarks` and `POST parity-tests:run` start.
        results: Folder of results files.
        matrix: Folder of the site's `support-matrix.json` and `support-matrix.csv`, which are answered as they are.
        without: Paths that it does not have.
    """
    settings = settings or Settings()
    server = Server(
        services={name: service},
        settings=settings,
        runs=Runs(settings),
        jobs=jobs or {},
        results=results,
        matrix=matrix,
        recorder=recorder,
        remotes=remotes or {},
    )
    redact(server)
    app = Starlette(
        routes=routes(without),
        lifespan=lifespan_of(server),
        middleware=[
            Middleware(Guard, settings=settings, redactor=service.redactor),
            Middleware(
                Direct,
                run=by_method({"POST": running.run_owner}),
                agentos=by_method({"POST": agentos_runs.run_owner}),
            ),
        ],
        exception_handlers={HTTPException: on_http_error},
    )
    app.state.wherry = app.state.server = server
    return app


def redact(server: Server) -> None:
    """Leave out of what is recorded what the manifests of the server's agents want left out."""
    if server.recorder is None:
        return
    for service in server.services.values():
        for manifest in service.manifests.values():
            server.recorder.redactor.add_keys(manifest.memory_policy.redaction)
        service.redactor = server.recorder.redactor


def lifespan_of(server: Server) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """What happens when an application with this server starts and when it stops."""

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        log = RedactedLog(next(iter(server.services.values())).redactor)
        logger.addFilter(log)
        if server.recorder is not None:
            server.recorder.start()
        try:
            yield
        finally:
            await server.runs.stop()
            for remote in server.remotes.values():
                await remote.close()
            logger.removeFilter(log)
            if server.recorder is not None:
                server.recorder.stop()

    return lifespan
