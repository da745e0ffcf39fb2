"""JSON as the databases hold it: the very text that Agno writes, so that a row does not tell who wrote it.

SQLite, Redis and files keep text, where blanks, escapes and the spelling of numbers are visible to the other runtime
and to `LIKE` searches; that is why rows go through the standard encoder. Reading is orjson's work, to the last digit.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from wherry.core.errors import StoreError
from wherry.core.exact_json import loads_exact

if TYPE_CHECKING:
    from collections.abc import Callable


def encodable(value: Any) -> Any:
    """What stands for a value that JSON has no form for.

    Raises:
        StoreError: Nothing does.
    """
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, type):
        return str(value)
    to_dict = getattr(value, "to_dict", None)
    if is_dataclass(value) and (to_dict is None or not type(value).__module__.startswith("wherry.")):
        return {field.name: getattr(value, field.name) for field in fields(value)}  # those of a state, as in Agno
    if to_dict is not None:
        return to_dict()
    raise StoreError(
        f"A value of type {type(value).__name__!r} cannot be stored: {value!r}",
        hint="Session state, metadata and run contents must consist of JSON types.",
    )


def _encoder(*, escaped: bool) -> Callable[[Any], str]:
    """A function from values to text: `JSONEncoder.encode` without making the encoder inside anew for each value.

    The one that is kept does not look for circles. What it refuses is written the long way, which says what is wrong.
    """
    whole = json.JSONEncoder(default=encodable, ensure_ascii=escaped)
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return whole.encode
    quote = json.encoder.encode_basestring_ascii if escaped else json.encoder.encode_basestring
    try:
        pieces = make(None, encodable, quote, None, whole.key_separator, whole.item_separator, False, False, True)
    except TypeError:  # a release of Python that makes its encoder otherwise
        return whole.encode

    def encode(value: Any) -> str:
        try:
            return "".join(pieces(value, 0))
        except (TypeError, ValueError, RecursionError):
            return whole.encode(value)

    return encode


# Both spellings Agno uses: SQL columns escape every non-ASCII letter, Redis keeps it.
_escaped = _encoder(escaped=True)
_plain = _encoder(escaped=False)


def _encode(encoder: Callable[[Any], str], value: Any) -> str:
    try:
        return encoder(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(
            f"A value cannot be stored as JSON: {error}",
            hint="Session state, metadata and run contents must consist of JSON types.",
        ) from error


def dumps(value: Any) -> str:
    """JSON text with blanks after separators and non-ASCII letters escaped, as in SQL columns.

    Raises:
        StoreError: The value holds something that has no JSON form.
    """
    return _encode(_escaped, value)


def dumps_plain(value: Any) -> str:
    """JSON text with blanks after separators and letters as they are, as in Redis."""
    return _encode(_plain, value)


def loads(text: str | bytes) -> Any:
    """Parse stored JSON; `NaN` and `Infinity`, which Python's encoder writes, are understood too."""
    try:
        return loads_exact(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def loads_session(value: Any) -> Any:
    """A JSON column of a session as a value; rows that Agno 2.x wrote to SQLite hold JSON inside a JSON string."""
    if value is None or value == "null":  # most summaries and metadata
        return None
    value = loads_column(value)
    return loads_column(value) if isinstance(value, str) else value


def loads_column(value: Any) -> Any:
    """A JSON column as a value: text is parsed, NULL and what a driver has parsed already stay as they are."""
    return loads(value) if isinstance(value, (str, bytes)) else value
