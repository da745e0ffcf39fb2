"""A process whose agent answers question after question in one session until it is killed. Started by tests.

Each answer takes a tool call that changes the session's state. The id of a run is printed once the run has returned, so
that whatever was printed has to be in the database.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from wherry.agent import Agent
from wherry.models.openai import OpenAIChat

STORES = {"sqlite": ("wherry.db.sqlite", "SqliteDb"), "postgres": ("wherry.db.postgres", "PostgresDb")}
WAYS = ("run", "run stream", "arun", "arun stream")


def opened(kind: str, given: dict[str, Any]) -> Any:
    """A store of a kind."""
    module, name = STORES[kind]
    return getattr(__import__(module, fromlist=[name]), name)(**given)


def counting_agent(kind: str, given: dict[str, Any], base_url: str) -> Agent:
    """An agent that counts the runs of its session by a tool."""

    def count(run_context: Any) -> str:
        """Count one more."""
        run_context.session_state["runs"] = run_context.session_state.get("runs", 0) + 1
        return f"{run_context.session_state['runs']} so far"

    model = OpenAIChat(id="gpt-5-mini", api_key="k", base_url=base_url)
    options = {"add_history_to_context": True, "num_history_runs": 3, "telemetry": False}
    return Agent(name="Ada", id="ada", model=model, tools=[count], db=opened(kind, given), **options)


def asked(way: str, agent: Agent, **options: Any) -> None:
    """One run, to its end."""
    if way == "run":
        agent.run("Count.", **options)
    elif way == "run stream":
        for _ in agent.run("Count.", stream=True, **options):
            pass
    elif way == "arun":
        asyncio.run(agent.arun("Count.", **options))
    else:

        async def listen() -> None:
            async for _ in agent.arun("Count.", stream=True, **options):
                pass

        asyncio.run(listen())


def main(kind: str, given: str, base_url: str, name: str, session_id: str, way: str) -> None:
    agent = counting_agent(kind, json.loads(given), base_url)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    number = 0
    while True:
        run_id = f"{name}-{number}"
        asked(way, agent, run_id=run_id, session_id=session_id)
        sys.stdout.write(f"{run_id}\n")
        sys.stdout.flush()
        number += 1


if __name__ == "__main__":
    main(*sys.argv[1:])
