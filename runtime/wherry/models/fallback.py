"""Fallback models; public path of `agno.models.fallback`."""

from __future__ import annotations

from wherry.core.fallback import FallbackConfig

__all__ = ["FallbackConfig"]
