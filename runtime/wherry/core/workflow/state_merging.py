"""Joining the states of steps that ran side by side on copies of one state; `wherry.utils.merge_dict` re-exports it."""

from __future__ import annotations

from typing import Any


def merge_parallel_session_states(original_state: dict[str, Any], modified_states: list[dict[str, Any]]) -> None:
    """Put what the copies changed into the original; later copies win. Nothing happens to an empty original.

    Mirrors `agno.utils.merge_dict.merge_parallel_session_states`.
    """
    if not original_state:
        return
    before = dict(original_state)
    for state in modified_states or ():
        changed = {name: value for name, value in (state or {}).items() if name not in before or before[name] != value}
        original_state.update(changed)
