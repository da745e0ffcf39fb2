"""`agno.team.remote`: a team that runs on another server."""

from __future__ import annotations

from typing import Any, ClassVar

from wherry.remote.talkers import RemoteTalker

__all__ = ["RemoteTeam"]


class RemoteTeam(RemoteTalker):
    """A team of an AgentOS server, Wherry's or Agno's; mirrors `agno.team.remote.RemoteTeam`.

    Args:
        base_url: Where the server is, for example `http://localhost:7777`.
        team_id: The team's id there.
        timeout: Seconds to wait for a connection, and for each part of an answer.
        protocol: "agentos"; "a2a" is not migrated.
        a2a_protocol: Of that other protocol.
        config_ttl: Seconds for which the team's name, description and tools are taken as still so.

    Raises:
        NotMigratedError: `protocol="a2a"`.
        ConfigurationError: (a ValueError) Any other protocol.
    """

    _remote_kind: ClassVar[str] = "team"

    def __init__(
        self,
        base_url: str,
        team_id: str,
        timeout: float = 300.0,
        protocol: str = "agentos",
        a2a_protocol: str = "rest",
        config_ttl: float = 300.0,
    ) -> None:
        super().__init__(base_url, timeout, protocol, a2a_protocol, config_ttl)
        self.team_id = team_id

    @property
    def id(self) -> str:
        """The team's id."""
        return self.team_id

    async def get_team_config(self) -> Any:
        """The team's description, asked for anew."""
        return await self._described()

    @property
    def _team_config(self) -> Any:
        return self._description

    @property
    def user_id(self) -> None:
        """None: users belong to runs."""
        return
