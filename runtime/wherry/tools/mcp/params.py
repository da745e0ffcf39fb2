"""How an MCP server is reached over HTTP. Mirrors `agno.tools.mcp.params`. Times are seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class SSEClientParams:
    """A server that speaks server-sent events.

    Attributes:
        url: Address of the server.
        headers: Headers of every request.
        timeout: Seconds for connecting and for each request.
        sse_read_timeout: Seconds of silence on the stream.
    """

    url: str
    headers: dict[str, Any] | None = None
    timeout: float | None = 5
    sse_read_timeout: float | None = 60 * 5


@dataclass
class StreamableHTTPClientParams:
    """A server that speaks streamable HTTP.

    Attributes:
        url: Address of the server.
        headers: Headers of every request.
        timeout: Seconds for connecting and for each request.
        sse_read_timeout: Seconds of silence on the stream.
        terminate_on_close: End the session on the server when the connection is closed; None keeps it.
    """

    url: str
    headers: dict[str, Any] | None = None
    timeout: float | None = 30
    sse_read_timeout: float | None = 60 * 5
    terminate_on_close: bool | None = None
