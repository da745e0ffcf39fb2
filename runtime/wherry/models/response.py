"""Replies and tool executions; public path of `agno.models.response`."""

from __future__ import annotations

from wherry.core.events.model_response import FileType, ModelResponse, ModelResponseEvent, ToolExecution
from wherry.core.matrix import module_getattr
from wherry.tools.function import UserInputField

__all__ = ["FileType", "ModelResponse", "ModelResponseEvent", "ToolExecution", "UserInputField"]

__getattr__ = module_getattr(__name__, "agno.models.response")
