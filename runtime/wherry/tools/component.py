"""Public path of the marker that `as_tool` makes; mirrors `agno.tools.component`."""

from __future__ import annotations

from wherry.core.matrix import module_getattr
from wherry.core.tools.component_tool import ComponentTool

__all__ = ["ComponentTool"]

__getattr__ = module_getattr(__name__, "agno.tools.component")
