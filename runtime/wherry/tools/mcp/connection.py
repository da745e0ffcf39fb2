"""One open connection to an MCP server, held by a task of its own.

The SDK's cancel scopes must be left in the task that entered them, while a toolkit is connected in one task and closed
in another; so the client lives in a task that waits to be told to stop. Called by `MCPTools`.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_debug

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_CLOSING_SECONDS = 5.0


class Connection:
    """A client that is open, or was.

    Args:
        make: Makes the client, an async context manager.
    """

    def __init__(self, make: Callable[[], AbstractAsyncContextManager[Any]]) -> None:
        self._make = make
        self._task: asyncio.Task[None] | None = None
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready: asyncio.Future[Any] | None = None

    async def open(self) -> Any:
        """Open the client and return it; calls made at the same time share it.

        Raises:
            Exception: What the server or the transport said.
        """
        if self._ready is None or not self.usable():
            self._loop = asyncio.get_running_loop()
            self._stop = asyncio.Event()
            self._ready = self._loop.create_future()
            self._task = self._loop.create_task(self._hold(self._ready, self._stop), name="wherry-mcp")
        try:
            return await asyncio.shield(self._ready)
        except asyncio.CancelledError:
            await self.close()
            raise

    async def _hold(self, ready: asyncio.Future[Any], stop: asyncio.Event) -> None:
        try:
            async with self._make() as client:
                ready.set_result(client)
                await stop.wait()
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and ready.done():
                raise
            if not ready.done():
                ready.set_exception(innermost(error))
            else:
                log_debug(f"An MCP connection ended with {innermost(error)!r}")

    def usable(self) -> bool:
        """Whether the client is open on the loop that runs now."""
        if self._task is None or self._task.done():
            return False
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False

    async def close(self) -> None:
        """Close the client; one that was opened on a loop that is gone is only forgotten."""
        task, self._task = self._task, None
        if task is None or task.done() or asyncio.get_running_loop() is not self._loop:
            return
        if self._stop is not None:
            self._stop.set()
        _, late = await asyncio.wait([task], timeout=_CLOSING_SECONDS)
        if late:
            task.cancel()
            await asyncio.wait([task], timeout=_CLOSING_SECONDS)


def innermost(error: BaseException) -> Exception:
    """The first ordinary exception inside groups of exceptions."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, Exception) else ConnectionError(f"The connection was broken off: {error!r}")


@asynccontextmanager
async def http_streams(params: dict[str, Any]) -> AsyncIterator[Any]:
    """The streams of a streamable HTTP server; connecting and reading have times of their own.

    Args:
        params: Fields of `StreamableHTTPClientParams`.
    """
    import httpx2
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared._httpx_utils import create_mcp_http_client

    seconds = 30.0 if params.get("timeout") is None else float(params["timeout"])
    silence = 300.0 if params.get("sse_read_timeout") is None else float(params["sse_read_timeout"])
    timeout = httpx2.Timeout(seconds, read=silence)
    terminate = bool(params.get("terminate_on_close", True))
    async with (
        create_mcp_http_client(headers=params.get("headers"), timeout=timeout) as http,
        streamable_http_client(params["url"], http_client=http, terminate_on_close=terminate) as streams,
    ):
        yield streams


def sse_streams(params: dict[str, Any]) -> Any:
    """The streams of a server that speaks server-sent events.

    Args:
        params: Fields of `SSEClientParams`.
    """
    from mcp.client.sse import sse_client

    return sse_client(
        params["url"],
        headers=params.get("headers"),
        timeout=5.0 if params.get("timeout") is None else float(params["timeout"]),
        sse_read_timeout=300.0 if params.get("sse_read_timeout") is None else float(params["sse_read_timeout"]),
    )
