"""Public path of `@tool`; mirrors `agno.tools.decorator`."""

from __future__ import annotations

from wherry.core.tool_decorator import tool

__all__ = ["tool"]
