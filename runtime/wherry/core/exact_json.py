"""JSON at orjson's pace without its one loss: whole numbers of more than 64 bits are floats to it, or refused.

Amounts in the smallest unit of a currency or a token need more. Agno reads and writes with Python's own `json`, which
keeps every digit. A look for a long row of digits costs as much as parsing does; reading everything slowly costs more.
Rows that follow a decimal point are floats' own, as of every third duration, and no reason to read again.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

_DIGITS = bytes(1 if ord("0") <= code <= ord("9") else 0 for code in range(256))
# The shortest number that does not fit into 64 bits, -9223372036854775809, has as many digits.
_LONG = b"\x01" * 19
_POINT = ord(".")
_MARK = f"whole-{uuid4().hex}:"  # nobody's text begins so
_MARKED = re.compile(f'"{_MARK}(-?[0-9]+)"'.encode())


def loads_exact(text: str | bytes) -> Any:
    """Parse JSON; whole numbers keep all their digits.

    Raises:
        orjson.JSONDecodeError: It is not JSON.
    """
    value = orjson.loads(text)
    raw = text.encode() if text.__class__ is str or isinstance(text, str) else text
    rows = raw.translate(_DIGITS)
    found = rows.find(_LONG)
    if found < 0 or not _has_long(raw, rows, found):
        return value
    try:
        return json.loads(text)
    except ValueError:  # of more digits than Python makes numbers from
        return value


def _has_long(raw: bytes, rows: bytes, found: int) -> bool:
    """Whether one of the long rows of digits, of which `found` is the first, follows no point; it may be in a text."""
    while found > 0 and raw[found - 1] == _POINT:
        end = rows.find(b"\x00", found)
        found = rows.find(_LONG, end) if end > 0 else -1
    return found >= 0


def dumps_exact(value: Any, default: Callable[[Any], Any] | None = None) -> bytes:
    """JSON without blanks; whole numbers keep all their digits.

    Args:
        value: What to write; keys may be what orjson takes for keys.
        default: What stands for a value that JSON has no form for.

    Raises:
        TypeError: Something in it has no JSON form.
    """
    try:
        return orjson.dumps(value, default=default, option=orjson.OPT_NON_STR_KEYS)
    except TypeError as error:
        if "64-bit" not in str(error):
            raise
    text = orjson.dumps(
        _marked(value), default=default and (lambda item: _marked(default(item))), option=orjson.OPT_NON_STR_KEYS
    )
    return _MARKED.sub(rb"\1", text)


def _marked(value: Any) -> Any:
    """The value with a text in the place of each long number."""
    if isinstance(value, dict):
        return {key: _marked(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_marked(item) for item in value]
    return value if not isinstance(value, int) or -(2**63) <= value < 2**64 else f"{_MARK}{value:d}"
