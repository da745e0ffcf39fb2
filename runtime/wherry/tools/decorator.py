"""Public path of `@tool`; mirrors `agno.tools.decorator`."""

from __future__ import annotations

from wherry.core.matrix import module_getattr
from wherry.core.tools.tool_decorator import tool

__all__ = ["tool"]

__getattr__ = module_getattr(__name__, "agno.tools.decorator")
