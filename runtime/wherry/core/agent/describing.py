"""An agent or team as plain data, for people, registries and logs. Called by `to_dict`."""

from __future__ import annotations

from enum import Enum
from typing import Any

_PLAIN = (str, int, float, bool)


def plain(value: Any) -> Any:
    """A value as plain data, or None when it cannot be."""
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, (list, tuple)):
        items = [plain(item) for item in value]
        return items if all(item is not None for item in items) else None
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "to_dict") and not isinstance(value, type):
        return value.to_dict()
    return None


def tool_names(tools: Any) -> list[str] | None:
    """The names of tools, when they are a list."""
    if callable(tools) or tools is None:
        return None
    return [str(getattr(tool, "name", None) or getattr(tool, "__name__", type(tool).__name__)) for tool in tools]


def described(owner: Any) -> dict[str, Any]:
    """The options that were given, as plain data."""
    out: dict[str, Any] = {}
    for name in owner._fields:
        value = vars(owner).get(name)
        if value is None or name == "db":
            continue
        if name == "tools":
            value = tool_names(value)
        elif name == "members" and not callable(value):
            value = [member.to_dict() for member in value]
        elif name.endswith("_schema") and isinstance(value, type):
            value = value.__name__
        else:
            value = plain(value)
        if value is not None:
            out[name] = value
    return out
