"""`AgentOSClient`: all that an AgentOS server can be asked, put together; and what it is and has.

Mirrors `agno.client.os.AgentOSClient`. Used by programs, and by the remote classes for their runs.
"""

from __future__ import annotations

from wherry.client.answers import (
    AgentResponse,
    AgentSummaryResponse,
    ConfigResponse,
    TeamResponse,
    TeamSummaryResponse,
    WorkflowResponse,
    WorkflowSummaryResponse,
)
from wherry.client.asking import Headers, given, segment
from wherry.client.evals import Evals
from wherry.client.knowledge import KnowledgeContents
from wherry.client.memories import Memories
from wherry.client.runs import Runs
from wherry.client.sessions import Sessions
from wherry.client.traces import Traces

__all__ = ["AgentOSClient"]


class AgentOSClient(Runs, Sessions, Memories, Evals, KnowledgeContents, Traces):
    """A client of an AgentOS server: `wherry serve`, Wherry's `AgentOS`, or Agno's.

    Args:
        base_url: Where the server is, for example `http://localhost:7777`.
        timeout: Seconds to wait for a connection, and for each part of an answer.

    Every method takes `headers`, such as `{"Authorization": "Bearer ..."}`. Methods raise
    `RemoteServerUnavailableError` where the server cannot be reached, and `RemoteCallRefused` (httpx's
    `HTTPStatusError` where httpx is loaded) where it refuses.
    """

    def get_config(self, headers: Headers = None) -> ConfigResponse:
        """What the server is and has; blocks."""
        return ConfigResponse.model_validate(self._get("/config", headers=headers))

    async def aget_config(self, headers: Headers = None) -> ConfigResponse:
        """`get_config` on the event loop."""
        return ConfigResponse.model_validate(await self._aget("/config", headers=headers))

    async def migrate_database(self, db_id: str, target_version: str | None = None, headers: Headers = None) -> None:
        """Bring a database of the server to a version of its tables, the newest by default."""
        await self._apost(f"/databases/{segment(db_id)}/migrate", {"target_version": target_version}, headers=headers)

    async def list_agents(self, headers: Headers = None) -> list[AgentSummaryResponse]:
        """The server's agents."""
        return [AgentSummaryResponse.model_validate(one) for one in await self._aget("/agents", headers=headers)]

    def get_agent(self, agent_id: str, headers: Headers = None) -> AgentResponse:
        """An agent, described; blocks."""
        return AgentResponse.model_validate(self._get(f"/agents/{segment(agent_id)}", headers=headers))

    async def aget_agent(self, agent_id: str, headers: Headers = None) -> AgentResponse:
        """`get_agent` on the event loop."""
        return AgentResponse.model_validate(await self._aget(f"/agents/{segment(agent_id)}", headers=headers))

    async def list_teams(self, headers: Headers = None) -> list[TeamSummaryResponse]:
        """The server's teams."""
        return [TeamSummaryResponse.model_validate(one) for one in await self._aget("/teams", headers=headers)]

    def get_team(self, team_id: str, headers: Headers = None) -> TeamResponse:
        """A team, described; blocks."""
        return TeamResponse.model_validate(self._get(f"/teams/{segment(team_id)}", headers=headers))

    async def aget_team(self, team_id: str, headers: Headers = None) -> TeamResponse:
        """`get_team` on the event loop."""
        return TeamResponse.model_validate(await self._aget(f"/teams/{segment(team_id)}", headers=headers))

    async def list_workflows(self, headers: Headers = None) -> list[WorkflowSummaryResponse]:
        """The server's workflows."""
        return [WorkflowSummaryResponse.model_validate(one) for one in await self._aget("/workflows", headers=headers)]

    def get_workflow(self, workflow_id: str, version: int | None = None, headers: Headers = None) -> WorkflowResponse:
        """A workflow, described, in its newest version unless told otherwise; blocks."""
        data = self._get(f"/workflows/{segment(workflow_id)}", params=given(version=version), headers=headers)
        return WorkflowResponse.model_validate(data)

    async def aget_workflow(
        self, workflow_id: str, version: int | None = None, headers: Headers = None
    ) -> WorkflowResponse:
        """`get_workflow` on the event loop."""
        data = await self._aget(f"/workflows/{segment(workflow_id)}", params=given(version=version), headers=headers)
        return WorkflowResponse.model_validate(data)
