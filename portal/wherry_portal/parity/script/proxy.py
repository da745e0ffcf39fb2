"""A recording proxy on loopback: passes model requests on, byte for byte, and keeps what was asked and told.

OpenAI- and Anthropic-compatible (and Gemini's paths); streams go through chunk by chunk. Runs in a thread of its own.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import orjson

from wherry_portal.parity.script.cassette import Exchange

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from aiohttp import ClientResponse, ClientSession, web

OPENAI, ANTHROPIC, GEMINI = (
    "https://api.openai.com/v1",
    "https://api.anthropic.com",
    "https://generativelanguage.googleapis.com",
)
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "transfer-encoding",
        "content-length",
        "content-encoding",
        "host",
        "accept-encoding",
        "upgrade",
    }
)


class RecordingProxy:
    """Stands between a script and its model.

    Args:
        openai: Base address of the OpenAI-compatible service, with its `/v1`.
        anthropic: Address of the Anthropic-compatible service, without `/v1`.
        gemini: Address of the Gemini service.
    """

    def __init__(self, *, openai: str = OPENAI, anthropic: str = ANTHROPIC, gemini: str = GEMINI) -> None:
        self.exchanges: list[Exchange] = []
        self.failures: list[str] = []
        self.port = 0
        self._openai, self._anthropic, self._gemini = (base.rstrip("/") for base in (openai, anthropic, gemini))
        self._order: dict[int, Exchange] = {}
        self._asked = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._serve, name="recording-proxy", daemon=True)
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._broken: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._broken is not None:
            raise self._broken
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stop is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=10)
        self.exchanges = [self._order[n] for n in sorted(self._order)]

    def env(self) -> dict[str, str]:
        """Environment variables that lead clients here."""
        root = f"http://127.0.0.1:{self.port}"
        return {
            "OPENAI_BASE_URL": f"{root}/v1",
            "ANTHROPIC_BASE_URL": root,
            "GOOGLE_GEMINI_BASE_URL": root,
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def _serve(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that entered
            self._broken = error
        finally:
            self._ready.set()

    async def _main(self) -> None:
        from aiohttp import ClientSession, ClientTimeout, web

        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with ClientSession(timeout=ClientTimeout(total=None, sock_read=600), trust_env=True) as session:
            app = web.Application(client_max_size=1 << 30)

            async def handle(request: web.Request) -> web.StreamResponse:
                return await self._pass_on(request, session)

            app.router.add_route("*", "/{path:.*}", handle)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.port = runner.addresses[0][1]
            self._ready.set()
            await self._stop.wait()
            await runner.cleanup()

    def upstream(self, path: str, headers: Mapping[str, str]) -> str:
        """The address a request is meant for."""
        if path.startswith("/v1beta") or ":generateContent" in path or ":streamGenerateContent" in path:
            return self._gemini + path
        if path.startswith("/v1/messages") or "anthropic-version" in headers:
            return self._anthropic + path
        return self._openai + path.removeprefix("/v1")

    async def _pass_on(self, request: web.Request, session: ClientSession) -> web.StreamResponse:
        from aiohttp import ClientError, web

        n, self._asked = self._asked, self._asked + 1
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP}
        url = self.upstream(request.path, request.headers)
        try:
            async with session.request(
                request.method, url, params=request.query, data=body, headers={**headers, "Accept-Encoding": "identity"}
            ) as answer:
                return await self._answer(n, request, body, answer)
        except (ClientError, TimeoutError) as error:
            self.failures.append(f"{request.method} {url}: {type(error).__name__}: {error}")
            message = {
                "error": {"message": f"recording proxy: {url} cannot be reached: {error}", "type": "proxy_error"}
            }
            return web.json_response(message, status=502, headers={"x-should-retry": "false"})

    async def _answer(self, n: int, request: web.Request, body: bytes, answer: ClientResponse) -> web.StreamResponse:
        from aiohttp import web

        kind = answer.content_type
        headers = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP}
        asked = (request.method, request.path, _decoded(body))
        if kind != "text/event-stream":
            raw = await answer.read()
            if request.method != "GET":
                self._order[n] = Exchange(*asked, answer.status, kind, _decoded(raw))
            return web.Response(status=answer.status, headers=headers, body=raw)
        response = web.StreamResponse(status=answer.status, headers=headers)
        await response.prepare(request)
        frames = _Frames()
        async for chunk in answer.content.iter_any():
            frames.add(chunk)
            await response.write(chunk)
        await response.write_eof()
        self._order[n] = Exchange(*asked, answer.status, kind, None, *frames.taken())
        return response


class _Frames:
    """Cuts the bytes of a stream into server-sent events and times them."""

    def __init__(self) -> None:
        self._buffer = b""
        self._last = time.perf_counter()
        self._found: list[tuple[str, float]] = []

    def add(self, chunk: bytes) -> None:
        self._buffer += chunk.replace(b"\r\n", b"\n")
        *frames, self._buffer = self._buffer.split(b"\n\n")
        for frame in frames:
            now = time.perf_counter()
            self._found.append((frame.decode("utf-8", "replace") + "\n\n", now - self._last))
            self._last = now

    def taken(self) -> tuple[tuple[str, ...], tuple[float, ...]]:
        if self._buffer.strip():
            self._found.append((self._buffer.decode("utf-8", "replace"), 0.0))
        return tuple(text for text, _ in self._found), tuple(seconds for _, seconds in self._found)


def _decoded(raw: bytes) -> Any:
    try:
        return orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError:
        return raw.decode("utf-8", "replace")
