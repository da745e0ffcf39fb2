"""`agno.tools.tool_registry`: the older name of a toolkit."""

from wherry.core.tools.toolkit import Toolkit as ToolRegistry

__all__ = ["ToolRegistry"]
