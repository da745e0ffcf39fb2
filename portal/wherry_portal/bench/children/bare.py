"""The requests of a run made by hand with aiohttp and nothing else: the least that any runtime in Python can cost.

With a database the exchange is kept in a table of its own, in one transaction a run, and the last three are sent along.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sqlite3
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Counted = tuple[int, float]

QUESTION = "When is high water?"
TABLE = "CREATE TABLE IF NOT EXISTS kept (id {} PRIMARY KEY, session TEXT, said TEXT)"
INDEX = "CREATE INDEX IF NOT EXISTS kept_session ON kept (session, id)"
READ = "SELECT said FROM kept WHERE session = {} ORDER BY id DESC LIMIT 3"
WRITE = "INSERT INTO kept (session, said) VALUES ({}, {})"


def offered(name: str, *required: str, **more: str) -> dict[str, Any]:
    """A tool as a model is told of it."""
    properties = {key: {"type": kind} for key, kind in {**dict.fromkeys(required, "string"), **more}.items()}
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    return {"type": "function", "function": {"name": name, "description": name, "parameters": parameters}}


TIDE = offered("tide_at", "place", hour="integer")
DELEGATE = offered("delegate_task_to_member", "member_id", "task")


class Sqlite:
    """Exchanges kept in SQLite, as safely as Wherry keeps them: each transaction waits for the disk."""

    def __init__(self, file: str) -> None:
        self.base = sqlite3.connect(file)
        self.base.execute("PRAGMA journal_mode = WAL")
        self.base.execute(TABLE.format("INTEGER"))
        self.base.execute(INDEX)

    async def read(self, session: str) -> list[Any]:
        """The last three exchanges, oldest first."""
        return [json.loads(said) for (said,) in reversed(self.base.execute(READ.format("?"), (session,)).fetchall())]

    async def write(self, session: str, said: list[Any]) -> None:
        """Keep an exchange."""
        with self.base:
            self.base.execute(WRITE.format("?", "?"), (session, json.dumps(said)))

    async def close(self) -> None:
        """End the connection."""
        self.base.close()


class Postgres:
    """Exchanges kept in Postgres, over a connection for each run that goes on at a time."""

    def __init__(self, address: str) -> None:
        self.address = address.replace("postgresql+psycopg://", "postgresql://")
        self.all: list[Any] = []
        self.free: list[Any] = []
        self.first = asyncio.Lock()

    @asynccontextmanager
    async def _base(self) -> AsyncIterator[Any]:
        base = self.free.pop() if self.free else await self._opened()
        yield base
        self.free.append(base)

    async def _opened(self) -> Any:
        connection = importlib.import_module("psycopg").AsyncConnection
        base = await connection.connect(self.address, autocommit=True)
        async with self.first:
            await base.execute(TABLE.format("BIGSERIAL"))
            await base.execute(INDEX)
        self.all.append(base)
        return base

    async def read(self, session: str) -> list[Any]:
        """The last three exchanges, oldest first."""
        async with self._base() as base:
            found = await (await base.execute(READ.format("%s"), (session,))).fetchall()
        return [json.loads(said) for (said,) in reversed(found)]

    async def write(self, session: str, said: list[Any]) -> None:
        """Keep an exchange."""
        async with self._base() as base:
            await base.execute(WRITE.format("%s", "%s"), (session, json.dumps(said)))

    async def close(self) -> None:
        """End the connections."""
        for base in self.all:
            await base.close()


@asynccontextmanager
async def client(order: dict[str, Any]) -> AsyncIterator[Callable[[str], Awaitable[Counted]]]:
    """A function that does by hand what a run of the scenario does, over one pool of connections."""
    stores: dict[str, Any] = {"sqlite": Sqlite, "postgres": Postgres}
    store = stores[order["db"]](order["address"]) if order["db"] else None
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        hand = Hand(session, order, store)
        try:
            yield {"team": hand.team, "agents": hand.in_a_row}.get(order["kind"], hand.run)
        finally:
            if store is not None:
                await store.close()


class Hand:
    """What runs do, without a runtime."""

    def __init__(self, session: aiohttp.ClientSession, order: dict[str, Any], store: Any) -> None:
        self.session, self.order, self.store = session, order, store
        self.address = f"{order['base_url']}/chat/completions"

    async def ask(self, messages: list[Any], tool: Any = None) -> Any:
        """One request."""
        body = {"model": "gpt-5-mini", "messages": messages, **({"tools": [tool]} if tool else {})}
        async with self.session.post(self.address, json=body) as response:
            return (await response.json())["choices"][0]["message"]

    async def run(self, session: str) -> Counted:
        """An agent's run: asked, the tool called, asked again, kept."""
        messages: list[Any] = [{"role": "system", "content": "Be brief."}]
        if self.store is not None:
            messages += [one for said in await self.store.read(session) for one in said]
        begun = len(messages)
        messages.append({"role": "user", "content": QUESTION})
        if self.order["stream"]:
            return await self.streamed(messages)
        tool = TIDE if self.order["tool"] else None
        reply = await self.ask(messages, tool)
        for call in reply.get("tool_calls") or ():
            messages += [reply, await self.called(call)]
        if reply.get("tool_calls"):
            reply = await self.ask(messages, tool)
        if self.store is not None:
            await self.store.write(session, [*messages[begun:], reply])
        return self.checked(reply)

    async def called(self, call: dict[str, Any]) -> dict[str, Any]:
        """The tool's result; a slow one blocks a thread, as in the runtimes."""
        arguments = json.loads(call["function"]["arguments"])
        if self.order["tool"] == "slow":
            await asyncio.to_thread(time.sleep, 0.05)
        text = f"{arguments['place']} at {arguments.get('hour', 12)}: rising"
        return {"role": "tool", "tool_call_id": call["id"], "content": text}

    async def team(self, _: str) -> Counted:
        """A leader's request, those of two members side by side, and the leader's second one."""
        messages: list[Any] = [
            {"role": "system", "content": "Ask both: tide, wind."},
            {"role": "user", "content": QUESTION},
        ]
        asked = await self.ask(messages, DELEGATE)
        said = await asyncio.gather(*(self.member(call) for call in asked["tool_calls"]))
        return self.checked(await self.ask([*messages, asked, *said], DELEGATE))

    async def member(self, call: dict[str, Any]) -> dict[str, Any]:
        """A member's answer as the result of the call that asked for it."""
        task = json.loads(call["function"]["arguments"])["task"]
        messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": task}]
        reply = await self.ask(messages)
        return {"role": "tool", "tool_call_id": call["id"], "content": reply["content"]}

    async def in_a_row(self, _: str) -> Counted:
        """Two agents, the second asked what the first has said."""
        text, reply = QUESTION, {}
        for _number in range(2):
            messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]
            reply = await self.ask(messages)
            text = reply["content"]
        return self.checked(reply)

    def checked(self, reply: dict[str, Any]) -> Counted:
        """A wrong answer is no measurement."""
        if reply["content"] != self.order["answer"]:
            raise RuntimeError(f"the model answered {reply['content']!r}")
        return 1, 0.0

    async def streamed(self, messages: list[Any]) -> Counted:
        """A streamed answer, counted piece by piece."""
        count, first, begun = 0, 0.0, time.perf_counter()
        body = {"model": "gpt-5-mini", "messages": messages, "stream": True}
        async with self.session.post(self.address, json=body) as response:
            async for line in response.content:
                if line.startswith(b"data: {"):
                    chunk = json.loads(line[6:])
                    if chunk["choices"] and chunk["choices"][0]["delta"].get("content"):
                        first = first or time.perf_counter() - begun
                        count += 1
        return count, first
