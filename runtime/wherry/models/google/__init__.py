"""Google's models; public path of `agno.models.google`."""

from __future__ import annotations

from wherry.core.matrix import module_getattr
from wherry.models.google.gemini import Gemini

__all__ = ["Gemini"]

__getattr__ = module_getattr(__name__, "agno.models.google")
