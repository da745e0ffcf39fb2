"""Runs model requests with one of the two packages and prints what came out; a child process of the wire tests.

Both packages are asked through the extension contract that they share (`invoke` and its twins), so the same lines
drive Agno and Wherry. Usage: `python wire_child.py agno|wherry`, cases as JSON on stdin.
"""

import asyncio
import base64
import importlib
import json
import os
import sys

from typing import Literal

from pydantic import BaseModel, Field


class City(BaseModel):
    """A city."""

    name: str
    population: int = 0
    kind: Literal["town", "capital"] | None = None
    tags: list[str] = Field(default_factory=list, description="labels")
    scores: dict[str, float] = {}
    mayor: "Person | None" = None


class Person(BaseModel):
    name: str
    age: int | None = None


class Tree(BaseModel):
    label: str
    children: list["Tree"] = []


class Plain(BaseModel):
    """Nothing special."""

    text: str = Field(description="the text", max_length=9)
    count: int = Field(ge=1, le=5)
    who: Person
    maybe: Person | None = None
    either: int | str = 3
    fixed: Literal["only"] = "only"
    people: list[Person]


FORMATS = {"City": City, "Person": Person, "Tree": Tree, "Plain": Plain}


def message(package, spec):
    kinds = importlib.import_module(f"{package}.media")
    kind = importlib.import_module(f"{package}.models.message").Message
    spec = dict(spec)
    for name, cls in (("images", "Image"), ("audio", "Audio"), ("videos", "Video"), ("files", "File")):
        if name in spec:
            spec[name] = [getattr(kinds, cls)(**decoded(item)) for item in spec[name]]
    if "audio_output" in spec:
        spec["audio_output"] = kinds.Audio(**decoded(spec["audio_output"]))
    return kind(**spec)


def decoded(item):
    item = dict(item)
    if "base64" in item:
        item["content"] = base64.b64decode(item.pop("base64"))
    return item


def usage(metrics):
    told = metrics.to_dict() if metrics is not None else None
    return told and {k: v for k, v in told.items() if k not in ("duration", "time_to_first_token", "timer")}


def shown(response):
    calls = []
    for call in response.tool_calls or []:
        calls.append(call if isinstance(call, dict) else call.model_dump(exclude_none=True))
    citations = response.citations.model_dump() if response.citations is not None else None
    return {
        "role": response.role,
        "content": response.content,
        "reasoning": response.reasoning_content,
        "redacted": response.redacted_reasoning_content,
        "tool_calls": calls,
        "provider_data": response.provider_data,
        "citations": citations,
        "usage": usage(response.response_usage),
        "extra": response.extra,
        "audio": audio(response.audio),
        "images": [image.content.hex() for image in response.images or [] if image.content],
        "parsed": response.parsed.model_dump() if hasattr(response.parsed, "model_dump") else response.parsed,
    }


def audio(sound):
    if sound is None:
        return None
    return {
        "content": sound.content.decode() if isinstance(sound.content, bytes) else sound.content,
        "transcript": sound.transcript,
        "expires_at": sound.expires_at,
    }


def assistant_shown(one):
    return {
        "role": one.role,
        "content": one.content,
        "reasoning": one.reasoning_content,
        "redacted": one.redacted_reasoning_content,
        "tool_calls": one.tool_calls,
        "provider_data": one.provider_data,
        "citations": one.citations.model_dump() if one.citations is not None else None,
        "usage": usage(one.metrics),
        "audio": audio(one.audio_output),
    }


async def ask(package, model, request, stream):
    """The way through which every agent goes: `response` of Agno, a round of Wherry."""
    messages = request.pop("messages")
    if stream:
        parts = [part async for part in model.aresponse_stream(messages=messages, **request)]
    else:
        parts = [await model.aresponse(messages=messages, **request)]
    return parts, messages


def ask_blocking(package, model, request, stream):
    messages = request.pop("messages")
    if stream:
        parts = list(model.response_stream(messages=messages, **request))
    else:
        parts = [model.response(messages=messages, **request)]
    return parts, messages


def run(package, case):
    module, name = case["model"].rsplit(".", 1)
    for key, value in case.get("env", {}).items():
        if value is None:
            os.environ.pop(key, None)
        else:
            os.environ[key] = value
    kwargs = dict(case.get("kwargs", {}))
    model = getattr(importlib.import_module(f"{package}.models.{module}"), name)(**kwargs)
    assistant = importlib.import_module(f"{package}.models.message").Message(role="assistant")
    request = {
        "messages": [message(package, spec) for spec in case["messages"]],
        "assistant_message": assistant,
        "tools": json.loads(json.dumps(case.get("tools"))),
        "tool_choice": case.get("tool_choice"),
        "response_format": FORMATS.get(case.get("format"), case.get("format"))
        if isinstance(case.get("format"), str)
        else case.get("format"),
    }
    if case.get("compress"):
        request["compress_tool_results"] = True
    mode = case.get("mode", "invoke")
    if mode == "invoke":
        parts = [model.invoke(**request)]
    elif mode == "ainvoke":
        parts = [asyncio.run(model.ainvoke(**request))]
    elif mode == "invoke_stream":
        parts = list(model.invoke_stream(**request))
    else:

        async def collect():
            return [part async for part in model.ainvoke_stream(**request)]

        parts = asyncio.run(collect())
    out = {"provider": model.get_provider(), "dict": model.to_dict()}
    fold = importlib.import_module(f"{package}.models.message").Message(role="assistant")
    fold.metrics.start_timer()
    if "stream" in mode:
        if package == "agno":
            from agno.models.base import MessageData

            data = MessageData()
            for part in parts:
                list(model._populate_stream_data(data, part))
            model._populate_assistant_message_from_stream_data(fold, data)
        else:
            from wherry.models.fold import StreamFold

            folding = StreamFold(model)
            for part in parts:
                folding.add(part)
            folding.fill(fold)
        out["texts"] = [part.content for part in parts if part.content]
    elif package == "agno":
        out["response"] = shown(parts[0])
        model._populate_assistant_message(fold, parts[0])
    else:
        from wherry.models.fold import fill_assistant

        out["response"] = shown(parts[0])
        fill_assistant(fold, parts[0])
    out["assistant"] = assistant_shown(fold)
    return out


def main():
    package, cases = sys.argv[1], json.load(sys.stdin)
    results = []
    for case in cases:
        try:
            results.append(run(package, case))
        except Exception as error:
            results.append(
                {
                    "error": type(error).__name__,
                    "text": str(error),
                    "status": getattr(error, "status_code", None),
                    "model_name": getattr(error, "model_name", None),
                    "model_id": getattr(error, "model_id", None),
                }
            )
    print("\n@@@" + json.dumps(results, default=str))


main()
