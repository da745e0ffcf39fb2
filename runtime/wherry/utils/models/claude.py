"""`agno.utils.models.claude`: what Claude models take, requests in Anthropic's format, MCP servers that it asks itself.

For applications that import these; the runtime itself uses `models.anthropic.families` and `wires.anthropic_input`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wherry.core.matrix import module_getattr
from wherry.models.anthropic.families import core_id as core_model_id
from wherry.models.anthropic.families import takes_prefill as supports_prefill
from wherry.models.anthropic.families import takes_sampling as supports_sampling_params

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.core.messages import Message

__all__ = [
    "ROLE_MAP",
    "SAMPLING_PARAMS",
    "MCPServerConfiguration",
    "MCPToolConfiguration",
    "core_model_id",
    "format_messages",
    "format_tools_for_model",
    "supports_prefill",
    "supports_sampling_params",
    "supports_thinking_budget",
]

ROLE_MAP = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "user"}
"""Whose turn a message is in Anthropic's format."""

SAMPLING_PARAMS = ("temperature", "top_p", "top_k")
"""Parameters that models without `supports_sampling_params` refuse."""

supports_thinking_budget = supports_sampling_params
"""The models that take sampling parameters are those that take `budget_tokens`."""


def format_messages(
    messages: Sequence[Message],
    compress_tool_results: bool = False,
    append_trailing_user_message: bool | None = False,
    trailing_user_message_content: str = "continue",
    enable_citations: bool = True,
) -> tuple[list[dict[str, Any]], str]:
    """The turns of a request and its system text.

    Args:
        messages: The conversation, which is left as it is.
        compress_tool_results: Take a tool's compressed result where there is one.
        append_trailing_user_message: End with the user when the conversation ends with the assistant.
        trailing_user_message_content: What the user says then.
        enable_citations: Whether documents may be cited.
    """
    from wherry.wires.anthropic_input import encode_messages

    closing = trailing_user_message_content if append_trailing_user_message else None
    return encode_messages(messages, compressed=compress_tool_results, citations=enable_citations, closing=closing)


def format_tools_for_model(tools: list[dict[str, Any]] | None = None) -> list[dict[str, Any]] | None:
    """Definitions of tools in Anthropic's format; None for none.

    Args:
        tools: Definitions in OpenAI's.
    """
    from wherry.wires.anthropic_input import encode_tools

    return encode_tools(tools) if tools else None


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
