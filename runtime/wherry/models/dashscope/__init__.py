"""Models of DashScope; public path of `agno.models.dashscope`."""

from __future__ import annotations

from wherry.models.dashscope.dashscope import DashScope

__all__ = ["DashScope"]
