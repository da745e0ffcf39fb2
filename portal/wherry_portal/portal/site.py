"""The ASGI application behind `wherry portal serve`: pages, pilot logs and the runtime API under one address.

The API is `wherry.api`'s and the pilot logs are `wherry_portal.pilot.routes`'s; here it is only decided who answers.
"""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

OWN_ORIGIN = "default-src 'self' 'unsafe-inline' data: blob:; frame-ancestors 'self'; base-uri 'self'"
"""Content policy of every page: whatever a page says, the browser fetches nothing from elsewhere."""

HEADERS = {
    "Cache-Control": "no-cache",  # a rebuilt page is seen at once
    "Content-Security-Policy": OWN_ORIGIN,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

HASHED = re.compile(r"\.[0-9a-f]{8}\.min\.(css|js)$")
"""Ends the names of the theme's files that carry the hash of what is in them: another content has another name."""
FOR_GOOD = "public, max-age=31536000, immutable"
"""What a browser may do with such a file: keep it, and ask for it no more, a year long."""

SERVED = {"Server-Timing": "wherry-portal"}
"""Tells a page that the routes of a portal are there: the one header of its own answer that a script can read."""

API_TREE = "/v1/runtime/"
API_PATHS = frozenset(
    {
        "/api",
        "/api-page.css",
        "/api-page.js",
        "/healthz",
        "/metrics",
        "/openapi.json",
        "/openapi.yaml",
        "/readyz",
    }
)
"""What the runtime API answers; every other path is a page."""


FOREIGN = PlainTextResponse("Pages of another site may read here, but change nothing.\n", 403)


def is_foreign(scope: Scope) -> bool:
    """Whether a page of another origin wants to change something: a browser would let it, the API would not notice."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    return (
        scope["method"] not in {"GET", "HEAD", "OPTIONS"}
        and origin is not None
        and urlsplit(origin).netloc != headers.get("host")
    )


class SitePages(StaticFiles):
    """The site's files, with `HEADERS` and those given."""

    def __init__(self, site: Path, headers: Mapping[str, str]) -> None:
        super().__init__(directory=site, html=True)
        self.headers = HEADERS | dict(headers)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, the index page of a folder, or the site's own 404 page."""
        response = await super().get_response(path, scope)
        response.headers.update(self.headers)
        if response.status_code < 400 and HASHED.search(path):
            response.headers["Cache-Control"] = FOR_GOOD
        return response


def build_application(
    site: Path, *, hosts: Sequence[str] = ("*",), api: Starlette | None = None, routes: Sequence[BaseRoute] = ()
) -> ASGIApp:
    """Pages, with the runtime API and other routes beside them.

    Args:
        site: Folder of the built site.
        hosts: Values of the Host header that are answered; others get 400, which keeps pages of
            other origins from reaching a loopback portal through a name of their own.
        api: The application of `wherry.api`; it answers `API_TREE` and `API_PATHS`, and lives as long as this one.
        routes: Routes that come before both.

    Returns:
        The application.
    """
    pages = SitePages(site, SERVED if routes else {})

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        answering: ASGIApp = pages
        if api is not None and (scope["path"] in API_PATHS or scope["path"].startswith(API_TREE)):
            answering = FOREIGN if is_foreign(scope) else api
        await answering(scope, receive, send)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if api is None:
            yield
            return
        async with api.router.lifespan_context(api):
            yield

    return Starlette(
        routes=[*routes, Mount("/", answer, name="site")],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)],
        lifespan=lifespan,
    )
