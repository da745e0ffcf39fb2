"""The requests of a run made by hand with aiohttp and nothing else: the least that any runtime in Python can cost."""

from __future__ import annotations

import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Counted = tuple[int, float]

TOOL = {
    "type": "function",
    "function": {
        "name": "tide_at",
        "description": "Tide at a place.",
        "parameters": {
            "type": "object",
            "properties": {"place": {"type": "string"}, "hour": {"type": "integer"}},
            "required": ["place"],
        },
    },
}


@asynccontextmanager
async def client(order: dict[str, Any]) -> AsyncIterator[Callable[[str], Awaitable[Counted]]]:
    """A function that asks the question of the scenario, over one pool of connections."""
    address = f"{order['base_url']}/chat/completions"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask(body: dict[str, Any]) -> Any:
            async with session.post(address, json=body) as response:
                return (await response.json())["choices"][0]["message"]

        async def one(_: str) -> Counted:
            messages: list[Any] = [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "When is high water?"},
            ]
            body: dict[str, Any] = {"model": "gpt-5-mini", "messages": messages}
            if order["stream"]:
                return await _streamed(session, address, body)
            if order["tool"]:
                body["tools"] = [TOOL]
            reply = await ask(body)
            for call in reply.get("tool_calls") or ():
                arguments = json.loads(call["function"]["arguments"])
                text = f"{arguments['place']} at {arguments.get('hour', 12)}: rising"
                messages += [reply, {"role": "tool", "tool_call_id": call["id"], "content": text}]
            if len(messages) > 2:
                reply = await ask(body)
            if reply["content"] != order["answer"]:
                raise RuntimeError(f"the model answered {reply['content']!r}")
            return 1, 0.0

        yield one


async def _streamed(session: aiohttp.ClientSession, address: str, body: dict[str, Any]) -> Counted:
    count, first, begun = 0, 0.0, time.perf_counter()
    async with session.post(address, json={**body, "stream": True}) as response:
        async for line in response.content:
            if line.startswith(b"data: {"):
                chunk = json.loads(line[6:])
                if chunk["choices"] and chunk["choices"][0]["delta"].get("content"):
                    first = first or time.perf_counter() - begun
                    count += 1
    return count, first
