"""MCP behaviour hints of a tool (`readOnlyHint`, …): checked where the developer writes them.

Mirrors `agno.tools.annotations`; called by `Function`.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

TOOL_ANNOTATION_HINTS = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
TOOL_ANNOTATION_KEYS = ("title", *TOOL_ANNOTATION_HINTS)


def checked_annotations(annotations: Any, source: str) -> dict[str, Any]:
    """The hints as a plain dict.

    Args:
        annotations: Mapping of hint to bool (`title`: str); None as a value removes a default.
        source: The call as the developer wrote it, for the error.

    Raises:
        TypeError: Not a mapping, or a value of the wrong type.
        ValueError: A key MCP does not define.
    """
    if not isinstance(annotations, Mapping):
        raise TypeError(f"{source} takes a dict of hints, not {annotations!r}.")
    for key, value in annotations.items():
        if key not in TOOL_ANNOTATION_KEYS:
            near = get_close_matches(str(key), TOOL_ANNOTATION_KEYS, n=1)
            meant = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"{source} has no hint {key!r}.{meant} Hints: {', '.join(TOOL_ANNOTATION_KEYS)}.")
        wanted = str if key == "title" else bool
        if value is not None and not isinstance(value, wanted):
            raise TypeError(f"{source} takes a {wanted.__name__} for {key!r}, not {value!r}.")
    return dict(annotations)
