"""Public path of tools and their calls; mirrors `agno.tools.function`."""

from __future__ import annotations

from wherry.core.events.user_input import UserFeedbackOption, UserFeedbackQuestion, UserInputField
from wherry.core.matrix import module_getattr
from wherry.core.tools.function import Function, FunctionCall, FunctionExecutionResult, ToolResult

__all__ = [
    "Function",
    "FunctionCall",
    "FunctionExecutionResult",
    "ToolResult",
    "UserFeedbackOption",
    "UserFeedbackQuestion",
    "UserInputField",
]

__getattr__ = module_getattr(__name__, "agno.tools.function")
