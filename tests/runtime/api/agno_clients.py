"""Run by `test_reference_clients` in a process of its own: clients of the real Agno against the server named first.

Prints one JSON object: what each client got.
"""

import asyncio
import json
import sys

from agno.agent import RemoteAgent
from agno.client import AgentOSClient
from agno.team import RemoteTeam
from agno.workflow import RemoteWorkflow


async def main(address):
    told = {}
    client = AgentOSClient(base_url=address)
    config = await client.aget_config()
    told["config"] = [config.os_id, *(one.id for one in (*config.agents, *config.teams, *config.workflows))]
    remote = RemoteAgent(base_url=address, agent_id="ada")
    told["name"] = remote.name
    told["run"] = (await remote.arun("Hi", session_id="s1", user_id="u1", metadata={"a": 1})).content
    events = [event async for event in remote.arun("Hi", session_id="s1", stream=True, stream_events=True)]
    told["events"] = [event.event for event in events]
    told["streamed"] = "".join(event.content for event in events if event.event == "RunContent")
    asker = RemoteAgent(base_url=address, agent_id="asker")
    paused = await asker.arun("Go", session_id="s2")
    tools = paused.tools
    tools[0].confirmed = True
    done = await asker.acontinue_run(run_id=paused.run_id, updated_tools=tools, session_id="s2")
    told["paused"], told["continued"] = paused.status, done.content
    told["team"] = (await RemoteTeam(base_url=address, team_id="crew").arun("Hi")).content
    told["workflow"] = (await RemoteWorkflow(base_url=address, workflow_id="flow").arun("Hi")).content
    told["cancelled"] = [await owner.acancel_run(done.run_id) for owner in (asker, remote)]
    return told


sys.stdout.write(json.dumps(asyncio.run(main(sys.argv[1])), default=str))
