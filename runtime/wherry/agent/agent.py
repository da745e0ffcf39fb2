"""`agno.agent.agent`: the agent."""

from wherry.core.agent.agent import Agent
from wherry.core.matrix import module_getattr

__all__ = ["Agent"]

_missing = module_getattr(__name__, "agno.agent.agent")


def __getattr__(name: str) -> object:
    if name in {"get_agent_by_id", "get_agents"}:
        from wherry.core.agent import stored_agents

        return getattr(stored_agents, name)
    return _missing(name)
