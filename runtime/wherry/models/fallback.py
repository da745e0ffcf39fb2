"""Fallback models; public path of `agno.models.fallback`."""

from __future__ import annotations

from wherry.core.asking.fallback import FallbackConfig
from wherry.core.matrix import module_getattr
from wherry.models.standing_in import (
    acall_model_stream_with_fallback,
    acall_model_with_fallback,
    call_model_stream_with_fallback,
    call_model_with_fallback,
    get_fallback_models,
)

__all__ = [
    "FallbackConfig",
    "acall_model_stream_with_fallback",
    "acall_model_with_fallback",
    "call_model_stream_with_fallback",
    "call_model_with_fallback",
    "get_fallback_models",
]

__getattr__ = module_getattr(__name__, "agno.models.fallback")
