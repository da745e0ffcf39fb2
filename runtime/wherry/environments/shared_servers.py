"""MCP servers that several attempts would share: found before anything runs. Called by `rollouts`.

Attempts side by side would open and close the one connection under each other, so such an agent is refused.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from wherry.core.tools.connections import is_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry.environments.environment import Environment

_ADVICE = "Make the server in the factory: agent=lambda: Agent(..., tools=[MCPTools(...)])"


def refuse_shared_servers(env: Environment, agent: Any) -> None:
    """Check the agent of an environment.

    Args:
        env: The environment.
        agent: Its agent, or the first product of its factory.

    Raises:
        RuntimeError: Attempts would share a server, or never connect it.
    """
    if env.agent is agent:
        found = next(servers_of(agent), None)
        if found is not None:
            raise RuntimeError(
                f"env.agent holds {type(found).__name__}: every attempt would share one MCP session. {_ADVICE}."
            )
        return
    hidden = next(_hidden(agent), None)
    if hidden is not None:
        raise RuntimeError(
            f"env.agent builds an agent whose tools are a function that hides {type(hidden).__name__}; such a server "
            f"is never connected. {_ADVICE}."
        )
    first = {id(server): server for server in servers_of(agent)}
    if not first:
        return
    shared = next((server for server in servers_of(env.make_agent()) if id(server) in first), None)
    if shared is not None:
        raise RuntimeError(
            f"the env.agent factory returns the same {type(shared).__name__} each time: every attempt would share one "
            f"MCP session. {_ADVICE}."
        )


def servers_of(agent: Any) -> Iterator[Any]:
    """The servers among an agent's tools, inside toolkits and those of its reasoning agent."""
    tools = _given(agent) if callable(getattr(agent, "tools", None)) else getattr(agent, "tools", None)
    for tool in tools if isinstance(tools, list | tuple) else ():
        if is_server(tool):
            yield tool
        inner = getattr(tool, "tools", None)
        yield from (one for one in (inner if isinstance(inner, list | tuple) else ()) if is_server(one))
    inside = getattr(agent, "reasoning_agent", None)
    if inside is not None and inside is not agent:
        yield from servers_of(inside)


def _hidden(agent: Any) -> Iterator[Any]:
    if callable(getattr(agent, "tools", None)):
        yield from servers_of(agent)


def _given(agent: Any) -> Any:
    """What a function of tools gives; one that wants arguments or is async cannot be asked ahead."""
    if inspect.iscoroutinefunction(agent.tools):
        raise RuntimeError(f"the agent's tools come from an async function, which cannot be looked at. {_ADVICE}.")
    try:
        return agent.tools()
    except Exception as error:
        raise RuntimeError(
            f"the agent's tools come from a function that cannot be called ahead ({type(error).__name__}: {error}). "
            f"{_ADVICE}."
        ) from error
