"""The short way to the run endpoints, which most requests ask for: one look at the path instead of a search.

An ASGI wrapper around the application's table of routes, below `guard`. What it does not know goes to the table.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.requests import Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    Endpoint = Callable[[Request], Awaitable[Response]]

_OWNER = "(?P<kind>agents|teams|workflows)"
CONTRACT = re.compile(rf"/v1/runtime/(?P<runtime>[^/]+)/{_OWNER}/(?P<id>[^/:]+):run")
AGENTOS = re.compile(rf"/{_OWNER}/(?P<id>[^/]+)/runs")


class Direct:
    """Answers requests that run something; they are answered as the table would.

    Args:
        app: The application inside, which has the table.
        run: Endpoint of the contract's run operations; answers every error by itself.
        agentos: Endpoint of AgentOS's; likewise.
    """

    def __init__(self, app: ASGIApp, run: Endpoint, agentos: Endpoint) -> None:
        self.app, self.run, self.agentos = app, run, agentos

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        # Below another application's path the table knows what is left of it.
        if scope["type"] == "http" and scope["method"] == "POST" and not scope.get("root_path"):
            path: str = scope["path"]
            found, endpoint = None, self.run
            if path.endswith("/runs"):
                found, endpoint = AGENTOS.fullmatch(path), self.agentos
            elif path.endswith(":run"):
                found = CONTRACT.fullmatch(path)
            if found is not None:
                scope["path_params"] = found.groupdict()
                answer = await endpoint(Request(scope, receive, send))
                await answer(scope, receive, send)
                return
        await self.app(scope, receive, send)
