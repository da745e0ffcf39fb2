"""An MCP server for tests.

`python mcp_server.py` speaks stdio; with `http` (streamable) or `sse` and the number of a socket that listens already,
it serves those who ask there.
"""

import os
import socket
import sys

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import AudioContent, CallToolResult, ImageContent, TextContent

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg=="
server = MCPServer("test")


@server.tool()
def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
def echo(tool_name: str, agent: str, run_context: str) -> str:
    """Repeat arguments that have names of the framework's own."""
    return f"{tool_name} {agent} {run_context}"


@server.tool()
def fail() -> str:
    """Fail."""
    raise ValueError("out of order")


@server.tool()
def draw() -> list[ImageContent | AudioContent | TextContent]:
    """Draw."""
    return [
        ImageContent(type="image", data=PIXEL, mime_type="image/png"),
        AudioContent(type="audio", data="UklGRg==", mime_type="audio/x-wav"),
        AudioContent(type="audio", data="", mime_type="audio/x-wav"),
        TextContent(type="text", text=f'{{"type": "image", "data": "{PIXEL}"}}'),
        TextContent(type="text", text="{not json"),
    ]


@server.tool()
def structured() -> CallToolResult:
    """Answer with data only."""
    return CallToolResult(content=[], structured_content={"b": 2, "a": 1}, meta={"cost": 3})


@server.tool()
def environment(name: str) -> str:
    """Read a variable of the environment."""
    return os.environ.get(name, "not set")


@server.tool()
def header(name: str, request: Context) -> str:
    """Read a header of the request that called this."""
    return (request.headers or {}).get(name, "not sent")


@server.tool()
def leave() -> str:
    """End the server in the middle of a call."""
    os._exit(1)


@server.tool()
async def slow(seconds: float) -> str:
    """Take time."""
    import anyio

    await anyio.sleep(seconds)
    return "done"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        import uvicorn

        app = server.sse_app() if sys.argv[1] == "sse" else server.streamable_http_app()
        uvicorn.Server(uvicorn.Config(app)).run([socket.socket(fileno=int(sys.argv[2]))])
    else:
        server.run("stdio")
