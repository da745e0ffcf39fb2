"""An MCP server as a source. Mirrors `agno.context.mcp`."""

from __future__ import annotations

from wherry.context.mcp.provider import DEFAULT_MCP_BASE_INSTRUCTIONS, MCPContextProvider

__all__ = ["DEFAULT_MCP_BASE_INSTRUCTIONS", "MCPContextProvider"]
