"""Models of Cerebras; public path of `agno.models.cerebras`."""

from __future__ import annotations

from wherry.core.matrix import module_getattr
from wherry.models.cerebras.cerebras_openai import CerebrasOpenAI

__all__ = ["CerebrasOpenAI"]

__getattr__ = module_getattr(__name__, "agno.models.cerebras")
