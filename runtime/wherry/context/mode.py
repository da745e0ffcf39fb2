"""How a source shows itself to the agent that asks it. Mirrors `agno.context.mode`."""

from __future__ import annotations

from enum import Enum


class ContextMode(str, Enum):
    """What `ContextProvider.get_tools` gives.

    ``default`` is what the provider's class thinks best; ``agent`` one tool that asks an agent of the provider's own;
    ``tools`` the tools that this inner agent has, for the asking agent to use itself.
    """

    default = "default"
    agent = "agent"
    tools = "tools"
