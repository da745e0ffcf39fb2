"""What remote agents, teams and workflows share beside the address: their description on the server, and the cancel.

Built on by `RemoteTalker` (agents and teams) and `RemoteWorkflow`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning
from wherry.remote.base import BaseRemote

if TYPE_CHECKING:
    from wherry.remote.parts import RemoteDb


class Described(BaseRemote):
    """Base of the three kinds; not used on its own."""

    @property
    def id(self) -> str:
        """Its id on the server."""
        raise NotImplementedError

    async def _described(self) -> Any:
        return await getattr(self._client(), f"aget_{self._remote_kind}")(self.id)

    @property
    def _description(self) -> Any:
        """What the server tells of it, kept for `config_ttl` seconds; blocks when it has to be asked for."""
        return self._told(self._remote_kind, lambda: getattr(self._client(), f"get_{self._remote_kind}")(self.id))

    async def refresh_config(self) -> Any:
        """Ask the server for the description now and keep it."""
        return self._keep(self._remote_kind, await self._described())

    @property
    def name(self) -> str | None:
        """Its name on the server; blocks when the server has to be asked."""
        name: str | None = self._description.name
        return name

    @property
    def description(self) -> str | None:
        """Its description on the server."""
        text: str | None = self._description.description
        return text

    @property
    def db(self) -> RemoteDb | None:
        """Its database on the server."""
        return self._db(self._description) if self.agentos_client is not None else None

    async def acancel_run(self, run_id: str, auth_token: str | None = None) -> bool:
        """Ask the server to stop a run; False when it could not be asked or refused."""
        cancel = getattr(self._client(), f"cancel_{self._remote_kind}_run")
        try:
            await cancel(self.id, run_id, headers=self._get_auth_headers(auth_token))
        except Exception as error:  # noqa: BLE001 - as in Agno, the answer is whether it was asked
            log_warning(f"The run {run_id!r} on {self.base_url} could not be cancelled: {error!r}")
            return False
        return True
