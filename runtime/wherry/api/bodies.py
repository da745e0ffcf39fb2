"""Reading request bodies: JSON objects, checked fields. Their size and time are limited in `guard`."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from wherry.api.problems import Problem
from wherry.core.exact_json import loads_exact

# Lists and objects inside of each other: what is kept with a run is copied and written level by level.
DEEPEST = 100


async def whole_body(request: Request) -> bytes:
    """The bytes of a body, most of which come in one piece.

    Raises:
        ClientDisconnect: The client went away before its end.
    """
    pieces: list[bytes] = []
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces) if len(pieces) > 1 else pieces[0]


async def json_body(request: Request, *, required: bool = False) -> dict[str, Any]:
    """The body as a JSON object; an empty one counts as an object without fields.

    Raises:
        Problem: 400 when it is none, 415 when it says that it is something else.
    """
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind not in ("application/json", ""):
        raise Problem("unsupported_media_type", f"Send application/json, not {kind!r}.")
    try:
        raw = await whole_body(request)
    except ClientDisconnect as error:
        raise Problem("bad_request", "The client went away while it sent the body.") from error
    if not raw:
        if required:
            raise Problem("bad_request", "A body is needed: a JSON object.")
        return {}
    try:
        data = loads_exact(raw)
    except orjson.JSONDecodeError as error:
        raise Problem("bad_request", f"The body is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise Problem("bad_request", "The body must be a JSON object.")
    if too_deep(data, raw.count(b"[") + raw.count(b"{")):
        raise Problem("bad_request", f"The body has more than {DEEPEST} lists and objects inside of each other.")
    return data


def too_deep(data: Any, opened: int) -> bool:
    """Whether data has more than `DEEPEST` lists and objects inside of each other, itself counted.

    Args:
        data: What was read.
        opened: How many brackets opened in its text; no more can be inside of each other.
    """
    level = [data] if opened > DEEPEST and isinstance(data, (dict, list)) else []
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            break
    return bool(level)


_KINDS = {str: "a string", bool: "true or false", int: "a whole number", dict: "an object", list: "a list"}


def field(data: dict[str, Any], name: str, kind: type, default: Any = None, *, required: bool = False) -> Any:
    """A field of a body.

    Raises:
        Problem: 400 when it is missing or of another kind.
    """
    value = data.get(name)
    if value is None:
        if required:
            raise Problem("bad_request", f"The field {name!r} is missing.", field=name)
        return default
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Problem("bad_request", f"The field {name!r} must be {_KINDS[kind]}, not {value!r}"[:400], field=name)
    if isinstance(value, str) and "\0" in value and kind is str:
        raise Problem("bad_request", f"The field {name!r} has a NUL character, which databases refuse.", field=name)
    return value


def known_fields(data: dict[str, Any], names: frozenset[str]) -> None:
    """Refuse fields that nobody reads.

    Raises:
        Problem: 400 with the first unknown field.
    """
    unknown = sorted(set(data) - names)
    if unknown:
        raise Problem("bad_request", f"The field {unknown[0]!r} is not known here.", field=unknown[0])
