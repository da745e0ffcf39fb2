"""The ASGI application behind `wherry portal serve`: static pages, the runtime API beside them, one address.

The API itself is `wherry.api`'s; this module only decides which of the two answers a path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from starlette.responses import Response
    from starlette.types import ASGIApp, Scope


OWN_ORIGIN = "default-src 'self' 'unsafe-inline' data: blob:; frame-ancestors 'self'; base-uri 'self'"
"""Content policy of every page: whatever a page says, the browser fetches nothing from elsewhere."""

HEADERS = {
    "Cache-Control": "no-cache",  # a rebuilt page is seen at once
    "Content-Security-Policy": OWN_ORIGIN,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class SitePages(StaticFiles):
    """The site's files, with `HEADERS`."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, the index page of a folder, or the site's own 404 page."""
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


def build_application(site: Path, *, hosts: Sequence[str] = ("*",)) -> ASGIApp:
    """Pages under `/`.

    Args:
        site: Folder of the built site.
        hosts: Values of the Host header that are answered; others get 400, which keeps pages of
            other origins from reaching a loopback portal through a name of their own.

    Returns:
        The application.
    """
    return Starlette(
        routes=[Mount("/", SitePages(directory=site, html=True), name="site")],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)],
    )
