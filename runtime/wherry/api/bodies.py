"""Reading request bodies: limited in size, JSON objects, checked fields."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from wherry.api.problems import Problem


async def raw_body(request: Request, largest: int) -> bytes:
    """The body.

    Raises:
        Problem: 413 when it is larger than allowed, 400 when the client went away.
    """
    said = request.headers.get("content-length")
    if said is not None and said.isdigit() and int(said) > largest:
        raise Problem("too_large", f"The body has {said} bytes; {largest} are allowed.")
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > largest:
                raise Problem("too_large", f"The body has more than {largest} bytes.")
            chunks.append(chunk)
    except ClientDisconnect as error:
        raise Problem("bad_request", "The client went away while it sent the body.") from error
    return b"".join(chunks)


async def json_body(request: Request, largest: int) -> dict[str, Any]:
    """The body as a JSON object.

    Raises:
        Problem: 400 when it is none, 415 when it says that it is something else.
    """
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind not in ("application/json", ""):
        raise Problem("unsupported_media_type", f"Send application/json, not {kind!r}.")
    raw = await raw_body(request, largest)
    if not raw:
        return {}
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Problem("bad_request", f"The body is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise Problem("bad_request", "The body must be a JSON object.")
    return data


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
    return value


def known_fields(data: dict[str, Any], names: frozenset[str]) -> None:
    """Refuse fields that nobody reads.

    Raises:
        Problem: 400 with the first unknown field.
    """
    unknown = sorted(set(data) - names)
    if unknown:
        raise Problem("bad_request", f"The field {unknown[0]!r} is not known here.", field=unknown[0])
