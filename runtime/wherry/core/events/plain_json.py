"""Any data as JSON: fast when it is plain, complete when it is not. Used by telemetry and the HTTP API.

orjson refuses whole numbers beyond 64 bits, half characters and odd keys; what a tool or a model made may have them.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

import orjson

from wherry.core.events.storing import field_names


def as_json(value: Any, sort: bool = False) -> bytes:
    """Data as JSON. Objects become their fields or their text, half characters `?`, and numbers that are none null.

    Raises:
        RecursionError: The data contains itself.
    """
    option = orjson.OPT_NON_STR_KEYS | (orjson.OPT_SORT_KEYS if sort else 0)
    try:
        return orjson.dumps(value, default=_told, option=option)
    except (TypeError, ValueError):
        text = json.dumps(_sane(value), ensure_ascii=False, separators=(",", ":"), sort_keys=sort)
        return text.encode("utf-8", "replace")


def _told(value: Any) -> Any:
    """An object as data."""
    if isinstance(value, type):
        return str(value)
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return dump(mode="json")
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in field_names(type(value))}
    return str(value)


def _sane(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return float(value) if isfinite(value) else None
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _sane(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_sane(item) for item in value]
    return _sane(_told(value))
