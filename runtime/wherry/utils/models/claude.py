"""`agno.utils.models.claude`: MCP servers that Anthropic's service asks by itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from wherry.core.matrix import module_getattr

__all__ = ["MCPServerConfiguration", "MCPToolConfiguration"]


@dataclass
class MCPToolConfiguration:
    """Which tools of a server the model may use.

    Attributes:
        enabled: Whether it may use any.
        allowed_tools: Their names; an empty list stands for all.
    """

    enabled: bool = True
    allowed_tools: list[str] = field(default_factory=list)


@dataclass
class MCPServerConfiguration:
    """A server for `Claude(mcp_servers=[...])`.

    Attributes:
        type: `url`.
        url: Where the server listens.
        name: How the model names it.
        tool_configuration: Which of its tools are offered; None: all.
        authorization_token: A bearer token for the server.
    """

    type: str
    url: str
    name: str
    tool_configuration: MCPToolConfiguration | None = None
    authorization_token: str | None = None


__getattr__ = module_getattr(__name__, "agno.utils.models.claude")
