"""`agno.agent.remote`: an agent that runs on another server."""

from __future__ import annotations

from typing import Any, ClassVar

from wherry.remote.talkers import RemoteTalker

__all__ = ["RemoteAgent"]


class RemoteAgent(RemoteTalker):
    """An agent of an AgentOS server, Wherry's or Agno's; mirrors `agno.agent.remote.RemoteAgent`.

    It runs by `arun` only, and may be a member of a team or the agent of a workflow's step that run by `arun`, too.

    Args:
        base_url: Where the server is, for example `http://localhost:7777`.
        agent_id: The agent's id there.
        timeout: Seconds to wait for a connection, and for each part of an answer.
        protocol: "agentos"; "a2a" is not migrated.
        a2a_protocol: Of that other protocol.
        config_ttl: Seconds for which the agent's name, description and tools are taken as still so.

    Raises:
        NotMigratedError: `protocol="a2a"`.
        ConfigurationError: (a ValueError) Any other protocol.
    """

    _remote_kind: ClassVar[str] = "agent"
    output_schema: Any = None
    store_media: bool = True
    store_tool_messages: bool = True
    store_history_messages: bool = False
    send_media_to_model: bool = True
    add_history_to_context: bool = False
    num_history_runs: int | None = None
    num_history_messages: int | None = None
    debug_mode: bool = False
    debug_level: int = 1

    def __init__(
        self,
        base_url: str,
        agent_id: str,
        timeout: float = 60.0,
        protocol: str = "agentos",
        a2a_protocol: str = "rest",
        config_ttl: float = 300.0,
    ) -> None:
        super().__init__(base_url, timeout, protocol, a2a_protocol, config_ttl)
        self.agent_id = agent_id

    @property
    def id(self) -> str:
        """The agent's id."""
        return self.agent_id

    async def get_agent_config(self) -> Any:
        """The agent's description, asked for anew."""
        return await self._described()

    @property
    def _agent_config(self) -> Any:
        return self._description

    def _answered(self, requirements: list[Any] | None) -> list[Any]:
        """Of an agent's requirements the calls are sent."""
        return [one.tool_execution for one in requirements or () if one.tool_execution is not None]
