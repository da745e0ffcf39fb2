"""Runs model requests with one of the two packages and prints what came out; a child process of the wire tests.

Both packages are asked through the extension contract that they share (`invoke` and its twins), so the same lines
drive Agno and Wherry. Usage: `python wire_child.py agno|wherry`; each line of stdin is a job with its `environment` and
its `cases`, each line of stdout what came of them.
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
    calls = [
        call if isinstance(call, dict) else call.model_dump(exclude_none=True) for call in response.tool_calls or ()
    ]
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


MODELS = {}


def model_of(package, case):
    """One model for all cases with the same settings: making a client is what takes time."""
    key = json.dumps([case["model"], case.get("kwargs"), case.get("env")])
    if key not in MODELS:
        for name, value in case.get("env", {}).items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        module, name = case["model"].rsplit(".", 1)
        cls = getattr(importlib.import_module(f"{package}.models.{module}"), name)
        MODELS[key] = cls(**dict(case.get("kwargs", {})))
    return MODELS[key]


async def parts_of(model, mode, request):
    if mode == "invoke":
        return [model.invoke(**request)]
    if mode == "ainvoke":
        return [await model.ainvoke(**request)]
    if mode == "invoke_stream":
        return list(model.invoke_stream(**request))
    return [part async for part in model.ainvoke_stream(**request)]


def folded(package, model, parts, mode):
    """The assistant message that the parts make, by each package's own means."""
    message = importlib.import_module(f"{package}.models.message").Message(role="assistant")
    message.metrics.start_timer()
    if package == "wherry":
        from wherry.models.fold import StreamFold, fill_assistant

        if "stream" not in mode:
            return fill_assistant(message, parts[0])
        fold = StreamFold(model)
        for part in parts:
            fold.add(part)
        return fold.fill(message)
    from agno.models.base import MessageData

    if "stream" not in mode:
        return model._populate_assistant_message(message, parts[0])
    data = MessageData()
    for part in parts:
        list(model._populate_stream_data(data, part))
    model._populate_assistant_message_from_stream_data(message, data)
    return message


async def run(package, case):
    model, mode = model_of(package, case), case.get("mode", "invoke")
    wanted = case.get("format")
    request = {
        "messages": [message(package, spec) for spec in case["messages"]],
        "assistant_message": importlib.import_module(f"{package}.models.message").Message(role="assistant"),
        "tools": json.loads(json.dumps(case.get("tools"))),
        "tool_choice": case.get("tool_choice"),
        "response_format": FORMATS.get(wanted, wanted) if isinstance(wanted, str) else wanted,
    }
    if case.get("compress"):
        request["compress_tool_results"] = True
    parts = await parts_of(model, mode, request)
    out = {"provider": model.get_provider(), "dict": model.to_dict()}
    if "stream" in mode:
        out["texts"] = [part.content for part in parts if part.content]
    else:
        out["response"] = shown(parts[0])
    out["assistant"] = assistant_shown(folded(package, model, parts, mode))
    return out


async def results_of(package, cases):
    results = []
    for case in cases:
        try:
            results.append(await run(package, case))
        except Exception as error:  # noqa: BLE001 - both packages' errors are what is compared
            told = {name: getattr(error, name, None) for name in ("status_code", "model_name", "model_id")}
            results.append({"error": type(error).__name__, "text": str(error), **told})
    return results


async def main():
    answers, sys.stdout = sys.stdout, sys.stderr  # a package may print
    start = dict(os.environ)
    for line in sys.stdin:
        job = json.loads(line)
        os.environ.clear()
        os.environ.update(start | job["environment"])
        MODELS.clear()
        answers.write(json.dumps(await results_of(sys.argv[1], job["cases"]), default=str) + "\n")
        answers.flush()


asyncio.run(main())
