"""Anthropic's models; public path of `agno.models.anthropic`."""

from __future__ import annotations

from wherry.models.anthropic.claude import Claude
from wherry.models.anthropic.system import SystemPromptBlock

__all__ = ["Claude", "SystemPromptBlock"]
