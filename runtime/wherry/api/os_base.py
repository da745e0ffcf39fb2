"""AgentOS's routes in an application of the user: which route answers, who may ask, what starts and stops.

An application is known by its shape (a router with routes and a lifespan, a state, middleware): FastAPI's and
Starlette's have it, and FastAPI is not imported. Limits of Wherry hold for its own routes; the token is asked for on
every route, as in AgentOS, but for what tells no more than how to begin, and for web sockets. Called by `os_app`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.routing import Match

from wherry.api.access import caller_of
from wherry.api.app import lifespan_of, redact, routes
from wherry.api.context import Server
from wherry.api.guard import Guard
from wherry.api.jwt_gate import ALWAYS_OPEN
from wherry.api.jwt_middleware import SignedIn, checks_jwt
from wherry.api.os_given import DOCUMENTED, OWN_OPEN, allow_origins, asked_by, documented, nested, settled, with_os
from wherry.api.problems import Problem
from wherry.api.runs import Runs
from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from wherry.api.os import AgentOS
    from wherry.api.settings import Settings

# Of AgentOS's: asks for much by POST, and changes nothing.
READS = re.compile(r"^/(traces|knowledge)/search$|^/(agents|teams|workflows)/[^/]+/runs/[^/]+/resume$")
CONFLICTS = ("preserve_agentos", "preserve_base_app", "error")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PART = re.compile(r"\{[^}]*\}")


def joined(agent_os: AgentOS, service: Any, settings: Settings, recorder: Any) -> Any:
    """The user's application with AgentOS's routes in it; it is the same object, changed once.

    Raises:
        ConfigurationError: See `application_of`.
    """
    app = agent_os.base_app
    if not (hasattr(getattr(app, "router", None), "lifespan_context") and hasattr(app, "add_middleware")):
        raise ConfigurationError(
            f"AgentOS(base_app={app!r}) is no application of FastAPI or Starlette.",
            hint="Pass the application itself, as FastAPI() makes it.",
        )
    if agent_os._joined:  # noqa: SLF001 - noted below
        return app
    if getattr(app.state, "wherry", None) is not None:
        raise ConfigurationError(
            f"base_app of the AgentOS {agent_os.name or agent_os.id!r} has the routes of another one already.",
            hint="Serve all agents by one AgentOS, or give each an application of its own.",
        )
    gate, own_jwt = asked_by(agent_os, ()), checks_jwt(app)
    settings = with_own_origins(app, agent_os, settled(agent_os, settings, signed=gate is not None or own_jwt))
    server = Server(
        services={"wherry": service},
        settings=settings,
        runs=Runs(settings),
        recorder=recorder,
        documented=documented(agent_os),
        agentos=True,
    )
    redact(server)
    guard = Middleware(Guard, settings=settings, redactor=service.redactor)
    added = routes(() if server.documented else DOCUMENTED, [guard])
    add_routes(app, added, agent_os.on_route_conflict)
    own = [] if agent_os.lifespan is None else [with_os(agent_os)]
    app.router.lifespan_context = nested([*own, app.router.lifespan_context, lifespan_of(server)])
    app.state.wherry, agent_os._joined = server, True  # noqa: SLF001 - so that it is changed once
    own_open = frozenset(p for p in OWN_OPEN if answers(app, added, p))
    if gate is not None:
        gate.excluded = (*gate.excluded, *own_open)
        app.add_middleware(SignedIn, gate=gate)
    elif settings.tokens:
        app.add_middleware(Gate, settings=settings, own=own_open)
    allow_origins(app, settings)
    return app


def add_routes(app: Any, added: list[Any], on_conflict: str) -> None:
    """Put AgentOS's routes behind the user's; where both have one, as `on_conflict` says.

    Raises:
        ConfigurationError: (a ValueError) Both have one, and that is an error; or `on_conflict` is none of the three.
    """
    check_conflict(on_conflict)
    present = app.router.routes
    places: dict[tuple[str, str], int] = {}
    for route, place in placed(present):
        for key in keys(route):
            places.setdefault(key, place)
    first: dict[str, int] = {}
    for route in added:
        found = [places[key] for key in keys(route) if key in places and route.path not in DOCUMENTED]
        if found:
            first[route.path] = min(found)
    if first and on_conflict == "error":
        raise ConfigurationError(
            f"Route conflict detected: {list(first)}",
            hint="Rename yours, or choose on_route_conflict='preserve_agentos' or 'preserve_base_app'.",
        )
    if on_conflict == "preserve_base_app":
        first = {}
    # The first of two routes answers: AgentOS's goes to where the other is, and no further, for what comes before that
    # keeps its turn.
    for route in sorted((one for one in added if one.path in first), key=lambda one: first[one.path], reverse=True):
        log_warning("%s is AgentOS's; the route of base_app with that path is not asked.", route.path)
        present.insert(first[route.path], route)
    present.extend(route for route in added if route.path not in first)


def check_conflict(given: str) -> None:
    """Refuse an `on_route_conflict` that says nothing.

    Raises:
        ConfigurationError: It is none of the three.
    """
    if given not in CONFLICTS:
        raise ConfigurationError(
            f"AgentOS(on_route_conflict={given!r}) is none of {', '.join(map(repr, CONFLICTS))}.",
            hint="'preserve_agentos' lets AgentOS answer, 'preserve_base_app' yours, 'error' refuses both.",
        )


def keys(route: Any) -> list[tuple[str, str]]:
    """What routes that answer the same have in common: path, whatever its parameters are called, and method."""
    methods = getattr(route, "methods", None) or ()  # a web socket and what is mounted have none
    return [(_PART.sub("{}", route.path), method) for method in methods if method != "HEAD"]


def placed(present: list[Any], place: int | None = None) -> Iterator[tuple[Any, int]]:
    """Every route and its place in the table; those of an included router have the place of the router."""
    for number, route in enumerate(present):
        where = number if place is None else place
        inner = getattr(getattr(route, "original_router", None), "routes", None)
        if inner is None:
            yield route, where
        else:
            yield from placed(inner, where)


def answers(app: Any, added: list[Any], path: str) -> bool:
    """Whether a route that was added is the first one to take `GET` of a path."""
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    taking = (route for route in app.router.routes if route.matches(scope)[0] is Match.FULL)
    return next(taking, None) in added


def flat(present: list[Any]) -> list[Any]:
    """Routes with those of included routers in place of the routers."""
    return [route for route, _ in placed(present)]


def with_own_origins(app: Any, agent_os: AgentOS, settings: Settings) -> Settings:
    """The sites that the application allowed already, besides; its middleware for them goes, as in AgentOS.

    "*" is not kept: with credentials allowed, it would let a page of any site run the agents.
    """
    present = [one for one in app.user_middleware if isinstance(one.cls, type) and issubclass(one.cls, CORSMiddleware)]
    app.user_middleware[:] = [one for one in app.user_middleware if one not in present]
    if agent_os.cors is not None and not agent_os.cors.merge_base_app:
        return settings
    origins = {origin for one in present for origin in one.kwargs.get("allow_origins", ()) if origin != "*"}
    patterns = [settings.origin_regex, *(one.kwargs.get("allow_origin_regex") for one in present)]
    kept = list(dict.fromkeys(pattern for pattern in patterns if pattern))
    whole = kept[0] if len(kept) == 1 else "|".join(f"(?:{pattern})" for pattern in kept) or None
    return replace(settings, origins=settings.origins | origins, origin_regex=whole)


class Gate:
    """Asks for a token on every route of the application, the user's own too; AgentOS's ask for their scope besides.

    Args:
        app: The application inside.
        settings: Tokens; reading takes the scope `read`, anything else `run`.
        own: Paths of this server's own that are open to who reads.
    """

    def __init__(self, app: ASGIApp, settings: Settings, own: frozenset[str]) -> None:
        self.app, self.settings, self.own = app, settings, own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = scope.get("path", "").rstrip("/") or "/"
        safe = scope.get("method") in _SAFE
        # The path as it is: what is mounted at `/api` answers at `/api/`.
        if scope["type"] == "http" and path not in ALWAYS_OPEN and not (safe and scope["path"] in self.own):
            try:
                reads = safe or READS.search(path)
                caller_of(Request(scope), self.settings).need("read" if reads else "run")
            except Problem as problem:
                await problem.response(scope["path"].replace("\0", "�"))(scope, receive, send)
                return
        await self.app(scope, receive, send)
