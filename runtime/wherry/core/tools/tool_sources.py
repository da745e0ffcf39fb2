"""How a tool came to a registry, and which two tools are the same there. Called by `registry`."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from wherry.core.tools.foreign import is_function_like, is_toolkit_like

if TYPE_CHECKING:
    from collections.abc import Iterable


class ToolSource(str, Enum):
    """How a tool came to a registry; mirrors `agno.registry.ToolSource`.

    ``declared`` ones were given to it, ``discovered`` ones found on a component.
    """

    DECLARED = "declared"
    DISCOVERED = "discovered"


def is_tool(value: Any) -> bool:
    """Whether a registry takes a value for a tool."""
    return is_toolkit_like(value) or is_function_like(value) or callable(value)


def is_among(tool: Any, held: Iterable[Any]) -> bool:
    """Whether a tool is there already: a toolkit of the same class, name and functions, or an equal function."""
    return any(one is tool or _same(one, tool) for one in held)


def _same(one: Any, other: Any) -> bool:
    if is_toolkit_like(other):
        return type(one) is type(other) and one.name == other.name and set(one.functions) == set(other.functions)
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - a tool that cannot be compared is another one
        return False
