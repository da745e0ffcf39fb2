"""Models of DeepSeek; public path of `agno.models.deepseek`."""

from __future__ import annotations

from wherry.models.deepseek.deepseek import DeepSeek

__all__ = ["DeepSeek"]
