"""`agno.agent.agent`: the agent."""

from wherry.core.agent.agent import Agent
from wherry.core.matrix import module_getattr

__all__ = ["Agent"]

__getattr__ = module_getattr(__name__, "agno.agent.agent")
