"""`agno.utils.merge_dict`: nested dictionaries merged in place."""

from __future__ import annotations

from typing import Any

from wherry.core.matrix import module_getattr
from wherry.core.sessions.session_state import merge_into
from wherry.core.workflow.state_merging import merge_parallel_session_states

__all__ = ["merge_dictionaries", "merge_parallel_session_states"]


def merge_dictionaries(a: dict[str, Any], b: dict[str, Any]) -> None:
    """Put `b` over `a`, in place; dictionaries are merged key by key. Mirrors `agno.utils.merge_dict`."""
    merge_into(a, b)


__getattr__ = module_getattr(__name__, "agno.utils.merge_dict")
