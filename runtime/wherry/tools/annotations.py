"""Public path of MCP behaviour hints; mirrors `agno.tools.annotations`."""

from __future__ import annotations

from wherry.core.matrix import module_getattr
from wherry.core.tools.tool_annotations import TOOL_ANNOTATION_HINTS, TOOL_ANNOTATION_KEYS

__all__ = ["TOOL_ANNOTATION_HINTS", "TOOL_ANNOTATION_KEYS"]

__getattr__ = module_getattr(__name__, "agno.tools.annotations")
