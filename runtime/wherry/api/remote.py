"""Runtimes elsewhere: `/v1/runtime/{name}/…` handed on to a server that speaks this same contract.

The seam for a second and a third runtime: Agno in a process of its own, another release, another language. Nothing of
the other runtime is imported here; what it answers is passed on as it comes, streams piece by piece.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
from starlette.responses import Response, StreamingResponse

from wherry.api.access import caller_of
from wherry.api.media_paths import refuse_paths_in_body
from wherry.api.problems import Problem
from wherry.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

    from wherry.api.access import Caller
    from wherry.api.settings import Settings

_ASKED = ("authorization", "content-type", "accept", "idempotency-key", "last-event-id")
_TOLD = ("content-type", "retry-after", "allow", "cache-control", "x-run-id", "www-authenticate")
_NAME = re.compile("[a-z][a-z0-9-]{0,31}")
# Seconds that a connection to the other server is kept without a request.
_IDLE = 2.0
_RUNNING = ("run", "continue", "cancel")


class RemoteRuntime:
    """A runtime behind an address.

    Args:
        address: Where the server is, for example `http://127.0.0.1:7778`.
        runtime: What that server calls the runtime; it stands in the path there.
        seconds: So long an answer may take to begin, and a stream to go on.
        close: Called when the server in front ends, for example to end a child process.

    Raises:
        ConfigurationError: The address is none.
    """

    def __init__(
        self, address: str, runtime: str = "wherry", *, seconds: float = 660.0, close: Callable[[], None] | None = None
    ) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise ConfigurationError(
                f"{address!r} is not the address of a runtime.", hint="Give http://host:port of a server."
            )
        self.address, self.runtime, self.seconds = address.rstrip("/"), runtime, seconds
        self._close = close
        self._session: Any = None

    async def answer(self, request: Request, settings: Settings) -> Response:
        """Hand a request on.

        Raises:
            Problem: 400, 401, 403 and 422 (media by path) as for a runtime of this server, 502 when the other server
                cannot be reached.
        """
        import aiohttp

        caller = caller_of(request, settings)
        caller.need(scope_of(request))
        if self._session is None:
            limits = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=self.seconds)
            # A server may close what was idle for some seconds (uvicorn: 5): no request may meet that moment.
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=limits, auto_decompress=False, trust_env=False
            )
        headers = {name: request.headers[name] for name in _ASKED if name in request.headers}
        body = await request.body()
        refuse_paths_in_body(caller, body)
        if caller.signed and request.url.path.endswith(":run"):
            body = signed_body(caller, body)
        try:
            told = await self._session.request(
                request.method, self._place(request), headers=headers, data=body or None, allow_redirects=False
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(request, error) from error
        kept = {name: told.headers[name] for name in _TOLD if name in told.headers}
        if kept.get("content-type", "").startswith("text/event-stream"):
            return StreamingResponse(pieces(told), told.status, kept)
        try:
            content = await told.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._unreachable(request, error) from error
        return Response(content, told.status, kept)

    def _place(self, request: Request) -> Any:
        from yarl import URL

        # The path as it came, so that nothing is decoded twice: /v1/runtime/{name}/{rest}
        raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
        _, found, rest = (
            raw.decode("ascii").partition("?")[0].partition(f"/v1/runtime/{request.path_params['runtime']}/")
        )
        if not found:  # an encoded slash there would ask the other server for something else than was allowed here
            raise Problem("bad_request", "Write /v1/runtime/ and the name of the runtime without %.")
        query = request.scope["query_string"].decode("latin-1")
        place = f"{self.address}/v1/runtime/{self.runtime}/{rest}"
        return URL(f"{place}?{query}" if query else place, encoded=True)

    def _unreachable(self, request: Request, error: Exception) -> Problem:
        name = request.path_params["runtime"]
        return Problem("unavailable", f"The server of the runtime {name!r} does not answer: {type(error).__name__}.")

    async def close(self) -> None:
        """Close the connections, and what stands behind them when it was started for this server."""
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._close is not None:
            await asyncio.to_thread(self._close)


def signed_body(caller: Caller, raw: bytes) -> bytes:
    """The body of a run that is handed on: user, session and what runs are given are those of a JWT.

    Raises:
        Problem: 400 for what is not JSON.
    """
    try:
        data = orjson.loads(raw or b"{}")
    except orjson.JSONDecodeError as error:
        raise Problem("bad_request", f"The body is not JSON: {error}") from error
    if not isinstance(data, dict):
        return raw  # which the other server refuses
    names = {"session_state": "sessionState"}
    told = {"userId": caller.acting(data.get("userId")), "sessionId": caller.session(data.get("sessionId"))}
    told |= {names.get(name, name): value for name, value in caller.given().items()}
    return orjson.dumps({**data, **{name: value for name, value in told.items() if value is not None}})


def named_runtimes(words: list[str]) -> dict[str, RemoteRuntime]:
    """Runtimes from `name=address` words; the other server calls its runtime `wherry`, or what stands behind a `#`.

    Raises:
        ConfigurationError: A word is not of that form, or its name is taken.
    """
    found: dict[str, RemoteRuntime] = {}
    for word in words:
        name, _, place = word.partition("=")
        if not place or not _NAME.fullmatch(name) or name == "wherry" or name in found:
            raise ConfigurationError(
                f"{word!r} does not name another runtime.",
                hint="Write name=http://host:port, for example old=http://127.0.0.1:7778.",
            )
        address, _, runtime = place.partition("#")
        found[name] = RemoteRuntime(address, runtime or "wherry")
    return found


def scope_of(request: Request) -> str:
    """What a caller needs for a request, by its method and action; the other server asks again."""
    if request.method in ("GET", "HEAD"):
        return "read"
    path = request.url.path
    runs = path.rpartition(":")[2] in _RUNNING and "/parity-tests" not in path
    return "run" if runs or "/sessions/" in path else "admin"


async def pieces(told: Any) -> AsyncIterator[bytes]:
    """A stream as it comes; one that breaks off just ends, and can be resumed by its last id."""
    import aiohttp

    try:
        async for piece in told.content.iter_any():
            yield piece
    except (aiohttp.ClientError, TimeoutError):
        return
    finally:
        told.close()
