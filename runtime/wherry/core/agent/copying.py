"""Copies of agents and teams. Called by `deep_copy`."""

from __future__ import annotations

from copy import copy, deepcopy
from typing import Any, TypeVar

from wherry.core.log import log_debug

T = TypeVar("T")
# Connections and big stores: a copy that opened its own would surprise.
SHARED = frozenset(
    {
        "db",
        "knowledge",
        "memory_manager",
        "session_summary_manager",
        "model",
        "reasoning_model",
        "skills",
        "offload_tool_results",
        "media_storage",
        "learning",
    }
)
_LISTS = frozenset({"tools", "filesystem"})  # another list of the same things


def copied_value(name: str, value: Any) -> Any:
    """A copy of one option: deep where possible, shared where a copy makes no sense."""
    if name in SHARED:
        return value
    if name == "members" and isinstance(value, list):
        return [member.deep_copy() if hasattr(member, "deep_copy") else member for member in value]
    if name == "reasoning_agent" and hasattr(value, "deep_copy"):
        return value.deep_copy()
    if name in _LISTS and isinstance(value, list):
        return list(value)
    if name == "filesystem":
        return value
    if name == "compaction" and not isinstance(value, bool):
        made = copy(value)  # with the same model, and totals of its own
        made.stats = deepcopy(value.stats)
        return made
    if callable(value):
        return value
    try:
        return deepcopy(value)
    except Exception:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
        log_debug(f"Option {name!r} cannot be copied deeply")
        return copy(value)


def copied(owner: T, update: dict[str, Any]) -> T:
    """A copy of an owner with some options changed.

    Raises:
        TypeError: `update` names an option that does not exist.
    """
    fields = owner._fields  # type: ignore[attr-defined]
    given = {name: copied_value(name, value) for name, value in vars(owner).items() if name in fields}
    return type(owner)(**{**given, **update})
