"""Replies of models kept in files, so that development does not pay for the same request twice.

A key covers everything that goes to the model; each round of a run is kept on its own, so tools are run again while
their requests are answered from the files. Called by the loop when `Model.cache_response` is set.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import orjson

from wherry.core.events.model_response import ModelResponse
from wherry.core.exact_json import loads_exact
from wherry.core.log import log_info, log_warning
from wherry.models.retrying import call_with_retries, stream_with_retries

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from wherry.core.waits import Waits
    from wherry.models.base import Model

_SENT = ("role", "content", "tool_calls", "tool_call_id", "name")
_ASKED = ("tools", "tool_choice", "response_format")


def cache_file(model: Model, request: dict[str, Any], *, stream: bool) -> Path:
    """Where the reply to a request is kept."""
    asked = {name: request.get(name) for name in _ASKED}
    key = model._get_model_cache_key(request["messages"], stream, **asked)  # noqa: SLF001 - subclasses change it there
    folder = Path(model.cache_dir) if model.cache_dir else Path.home() / ".wherry" / "cache" / "model_responses"
    return folder / f"{key}.json"


def key_of(model: Model, messages: list[Any], request: dict[str, Any], *, stream: bool) -> str:
    """What tells a request from others, as 32 hexadecimal digits."""
    asked = {
        "model": [model.get_provider(), model.id],
        "messages": [{name: getattr(message, name) for name in _SENT} for message in messages],
        **{name: request.get(name) for name in _ASKED},
        "stream": stream,
    }
    told = orjson.dumps(asked, default=_described, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return sha256(told).hexdigest()[:32]


def _described(value: Any) -> Any:
    if isinstance(value, type):
        schema = getattr(value, "model_json_schema", None)
        return schema() if schema is not None else f"{value.__module__}.{value.__qualname__}"
    dump = getattr(value, "model_dump", None)
    return dump() if dump is not None else repr(value)


def read(file: Path, ttl: int | None) -> list[ModelResponse] | None:
    """The kept reply, in its parts; None when there is none or it is older than `ttl` seconds."""
    try:
        kept = loads_exact(file.read_bytes())
        if ttl is not None and time() - kept["timestamp"] > ttl:
            return None
        return [ModelResponse.from_dict(part) for part in kept["parts"]]
    except FileNotFoundError:
        return None
    except (OSError, orjson.JSONDecodeError, LookupError, TypeError) as error:
        log_warning(f"The kept reply {str(file)!r} cannot be read and is made anew: {error}")
        return None


def write(file: Path, parts: list[ModelResponse]) -> None:
    """Keep a reply; a folder that cannot be written is only logged."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        kept = {"timestamp": int(time()), "parts": [part.to_dict() for part in parts]}
        draft = file.with_suffix(".tmp")
        draft.write_bytes(orjson.dumps(kept, default=_described))
        draft.replace(file)
    except (OSError, TypeError) as error:
        log_warning(f"The reply could not be kept in {str(file)!r}: {error}")


async def cached_call(model: Model, waits: Waits, request: dict[str, Any]) -> ModelResponse:
    """`call_with_retries`, answered from a file when there is a valid one."""
    file = cache_file(model, request, stream=False)
    kept = read(file, model.cache_ttl)
    if kept:
        log_info(f"{model.id!r} is answered from {file.name}")
        return kept[0]
    response = await call_with_retries(model, waits, **request)
    write(file, [response])
    return response


async def cached_stream(model: Model, waits: Waits, request: dict[str, Any]) -> AsyncGenerator[ModelResponse, None]:
    """`stream_with_retries`, answered from a file when there is a valid one; a stream left early is not kept."""
    file = cache_file(model, request, stream=True)
    kept = read(file, model.cache_ttl)
    if kept is not None:
        log_info(f"{model.id!r} is answered from {file.name}")
        for part in kept:
            yield part
        return
    parts: list[ModelResponse] = []
    source = stream_with_retries(model, waits, **request)
    try:
        async for part in source:
            parts.append(part)
            yield part
    finally:
        await source.aclose()
    write(file, parts)
