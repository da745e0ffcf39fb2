"""Public path of tools; mirrors `agno.tools`."""

from __future__ import annotations

from wherry.core.function import Function, FunctionCall
from wherry.core.tool_decorator import tool
from wherry.core.toolkit import Toolkit

__all__ = ["Function", "FunctionCall", "Toolkit", "tool"]
