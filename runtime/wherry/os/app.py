"""`AgentOS` under its other address. Mirrors `agno.os.app`."""

from wherry.api.os import AgentOS

__all__ = ["AgentOS"]
