"""Tools of MCP servers (extra `mcp`). Mirrors `agno.tools.mcp`."""

from __future__ import annotations

from wherry.tools.mcp.mcp import MCPTools
from wherry.tools.mcp.params import SSEClientParams, StreamableHTTPClientParams

__all__ = ["MCPTools", "SSEClientParams", "StreamableHTTPClientParams"]
