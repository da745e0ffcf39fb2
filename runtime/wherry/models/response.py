"""Replies and tool executions; public path of `agno.models.response`."""

from __future__ import annotations

from wherry.core.model_response import FileType, ModelResponse, ModelResponseEvent, ToolExecution

__all__ = ["FileType", "ModelResponse", "ModelResponseEvent", "ToolExecution"]
