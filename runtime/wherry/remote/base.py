"""`BaseRemote`: an address, a client, and what the server told about itself, kept for a while.

Mirrors `agno.remote.base`. `RemoteAgent`, `RemoteTeam` and `RemoteWorkflow` build on it; a team's member and a
workflow's step run them through `core.agent.outside`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.errors import ConfigurationError
from wherry.core.matrix import raise_not_migrated
from wherry.core.tools.component_tool import Publishable
from wherry.remote.parts import RemoteDb, RemoteKnowledge

if TYPE_CHECKING:
    from wherry.client import AgentOSClient
    from wherry.client.answers import ConfigResponse

__all__ = ["BaseRemote", "RemoteDb", "RemoteKnowledge"]


class BaseRemote(Publishable):
    """Base of what runs on another server.

    Args:
        base_url: Where the server is, for example `http://localhost:7777`.
        timeout: Seconds to wait for a connection, and for each part of an answer.
        protocol: "agentos"; Agno's "a2a" is not migrated.
        a2a_protocol: Of that other protocol; "rest" or "json-rpc".
        config_ttl: Seconds for which what the server told of itself is taken as still so.

    Attributes:
        agentos_client: The client that asks.
        a2a_client: None.

    Raises:
        NotMigratedError: `protocol="a2a"`.
        ConfigurationError: (a ValueError) Any other protocol.
    """

    agentos_client: Any = None
    a2a_client: Any = None
    _remote_kind: ClassVar[str]

    def __init__(
        self,
        base_url: str,
        timeout: float = 60.0,
        protocol: str = "agentos",
        a2a_protocol: str = "rest",
        config_ttl: float = 300.0,
    ) -> None:
        if protocol == "a2a":
            raise_not_migrated("agno.client.a2a", what=f"{type(self).__name__}(protocol='a2a')")
        if protocol != "agentos":
            raise ConfigurationError(f"Invalid protocol: {protocol!r}.", hint='Use protocol="agentos".')
        self.base_url = base_url.rstrip("/")
        self.timeout, self.config_ttl = timeout, config_ttl
        self.protocol, self.a2a_protocol = protocol, a2a_protocol
        self.agentos_client = self.get_os_client()
        self._kept: dict[str, tuple[Any, float]] = {}

    def get_os_client(self) -> AgentOSClient:
        """A client of the server."""
        from wherry.client import AgentOSClient

        return AgentOSClient(base_url=self.base_url, timeout=self.timeout)

    def _told(self, what: str, ask: Any) -> Any:
        """What the server told, asked again once it is older than `config_ttl`."""
        kept = self._kept.get(what)
        if kept is not None and time.time() - kept[1] < self.config_ttl:
            return kept[0]
        return self._keep(what, ask())

    def _keep(self, what: str, told: Any) -> Any:
        self._kept[what] = (told, time.time())
        return told

    async def introduce(self) -> None:
        """Have what is known of it fresh, so that its name can be read without waiting; called before runs."""
        kind = self._remote_kind
        kept = self._kept.get(kind)
        if kept is None or time.time() - kept[1] >= self.config_ttl:
            await self.refresh_config()

    async def refresh_config(self) -> Any:
        """Ask the server for the description now and keep it."""
        raise NotImplementedError

    @property
    def _config(self) -> ConfigResponse | None:
        """The server's configuration, kept; blocks when it has to be asked for."""
        told: ConfigResponse = self._told("os", self.agentos_client.get_config)
        return told

    async def refresh_os_config(self) -> ConfigResponse:
        """Ask for the server's configuration now and keep it."""
        told: ConfigResponse = self._keep("os", await self.agentos_client.aget_config())
        return told

    def _get_auth_headers(self, auth_token: str | None = None) -> dict[str, str] | None:
        return {"Authorization": f"Bearer {auth_token}"} if auth_token else None

    def _client(self) -> Any:
        if self.agentos_client is None:
            raise ConfigurationError(f"{type(self).__name__} has no client.", hint="Make it with its base_url.")
        return self.agentos_client

    def _db(self, described: Any) -> RemoteDb | None:
        """The database that a description names."""
        if self.agentos_client is None or described is None or described.db_id is None or not self._config:
            return None
        return RemoteDb.from_config(db_id=described.db_id, client=self.agentos_client, config=self._config)

    def get_a2a_client(self) -> Any:
        """Not there: the protocol A2A is not migrated.

        Raises:
            NotMigratedError: Always.
        """
        raise_not_migrated("agno.client.a2a", what=f"{type(self).__name__}.get_a2a_client()")

    def get_agent_card(self) -> None:
        """None: only what speaks A2A has a card."""
        return

    async def aget_agent_card(self) -> None:
        """None: only what speaks A2A has a card."""
        return

    def arun(self, input: Any, **given: Any) -> Any:
        """Run on the server; each kind has its own."""
        raise NotImplementedError(f"{type(self).__name__} has no arun(); use one of the three kinds.")

    def acontinue_run(self, *placed: Any, **given: Any) -> Any:
        """Go on with a run that waits; each kind has its own."""
        raise NotImplementedError(f"{type(self).__name__} has no acontinue_run(); use one of the three kinds.")

    async def acancel_run(self, run_id: str, auth_token: str | None = None) -> bool:
        """Ask the server to stop a run; each kind has its own."""
        raise NotImplementedError(f"{type(self).__name__} cannot cancel {run_id!r}; use one of the three kinds.")
