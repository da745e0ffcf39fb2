"""Public path of tools; mirrors `agno.tools`."""

from __future__ import annotations

from wherry.core.tools.component_tool import ComponentTool
from wherry.core.tools.function import Function, FunctionCall
from wherry.core.tools.tool_decorator import tool
from wherry.core.tools.toolkit import Toolkit

__all__ = ["ComponentTool", "Function", "FunctionCall", "Toolkit", "tool"]
