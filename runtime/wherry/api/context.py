"""What an endpoint needs of its server and its caller. Made once a request."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wherry.api.access import Caller, caller_of
from wherry.api.problems import Problem
from wherry.api.queries import check_query
from wherry.api.readiness import Readiness

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.requests import Request

    from wherry.api.remote import RemoteRuntime
    from wherry.api.runs import Runs
    from wherry.api.service import RuntimeService
    from wherry.api.settings import Settings


@dataclass(slots=True)
class Server:
    """The parts of one application.

    Attributes:
        services: Runtimes of this process by name.
        remotes: Runtimes elsewhere by name.
        jobs: What the portal can start: `benchmarks` and `parity-tests`, each a function of the request's fields.
        results: Folder of results files, for the endpoints that show them.
        matrix: Folder of `support-matrix.json` and `support-matrix.csv` as the site offers them, evidence included.
        since: When it was made.
        tasks: Jobs that go on.
        documented: Whether the contract and its page are served.
        agentos: Whether it is an AgentOS's; then `/metrics` answers as AgentOS does, unless text is asked for.
        refreshes: How counting daily metrics is, by the id of the database.
        idempotent: Digest of the request and id of the run, by token and idempotency key; the oldest are forgotten.
    """

    services: dict[str, RuntimeService]
    settings: Settings
    runs: Runs
    jobs: dict[str, Callable[..., Any]] = field(default_factory=dict)
    results: Path | None = None
    matrix: Path | None = None
    recorder: Any = None
    remotes: dict[str, RemoteRuntime] = field(default_factory=dict)
    idempotent: OrderedDict[tuple[str, str], tuple[str, str]] = field(default_factory=OrderedDict)
    started: dict[str, dict[str, Any]] = field(default_factory=dict)
    readiness: Readiness = field(default_factory=Readiness)
    tasks: set[Any] = field(default_factory=set)
    documented: bool = True
    agentos: bool = False
    refreshes: dict[str, dict[str, Any]] = field(default_factory=dict)
    since: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(slots=True)
class Served:
    """One request's view of the server."""

    server: Server
    caller: Caller
    runtime: str

    @property
    def settings(self) -> Settings:
        """Limits."""
        return self.server.settings

    @property
    def runs(self) -> Runs:
        """Runs of the server."""
        return self.server.runs

    @property
    def service(self) -> RuntimeService:
        """The runtime that the path names."""
        return self.server.services[self.runtime]


def served(request: Request) -> Served:
    """The server, the caller and the runtime of a request.

    Raises:
        Problem: 401, 404 for a runtime that is not there, or 400 for a query parameter that the contract does not have.
    """
    server: Server = request.app.state.wherry
    caller = caller_of(request, server.settings)
    runtime = request.path_params.get("runtime") or next(iter(server.services))
    if runtime not in server.services:
        known = ", ".join(sorted({*server.services, *server.remotes}))
        raise Problem("not_found", f"There is no runtime {runtime!r}; this server has {known}.")
    if request.scope["query_string"] and "runtime" in request.path_params:
        check_query(request)
    return Served(server, caller, runtime)
