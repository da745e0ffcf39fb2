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


class SitePages(StaticFiles):
    """The site's files; a browser asks again each time, so that a rebuilt page is seen at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, the index page of a folder, or the site's own 404 page."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
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
