"""Asking a model in the four ways, for the tests of models."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from wherry.core.messages import Message

WAYS = ("run", "stream", "arun", "astream")
each_way = pytest.mark.parametrize("way", WAYS)


def says(*messages: Any) -> list[Message]:
    """Messages from texts (the user's), pairs (role, content) or keyword dictionaries."""
    made = []
    for message in messages:
        if isinstance(message, str):
            made.append(Message(role="user", content=message))
        elif isinstance(message, tuple):
            made.append(Message(role=message[0], content=message[1]))
        else:
            made.append(Message(**message))
    return made


def tool(name: str = "add", **properties: Any) -> dict[str, Any]:
    """A function in wire form."""
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "function": {"name": name, "description": f"{name} it", "parameters": parameters}}


async def asked(way: str, model: Any, messages: list[Message], **options: Any) -> Message:
    """The assistant message after one round in this way; it is the last of `messages`."""
    if way == "run":
        await asyncio.to_thread(model.response, messages, **options)
    elif way == "stream":
        await asyncio.to_thread(lambda: list(model.response_stream(messages, **options)))
    elif way == "arun":
        await model.aresponse(messages, **options)
    else:
        async for _ in model.aresponse_stream(messages, **options):
            pass
    return messages[-1]
