"""Fallback models; public path of `agno.models.fallback`."""

from __future__ import annotations

from wherry.core.asking.fallback import FallbackConfig
from wherry.core.matrix import module_getattr

__all__ = ["FallbackConfig"]

__getattr__ = module_getattr(__name__, "agno.models.fallback")
