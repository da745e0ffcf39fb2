"""Models of Meta; public path of `agno.models.meta`."""

from __future__ import annotations

from wherry.core.matrix import module_getattr
from wherry.models.meta.llama_openai import LlamaOpenAI

__all__ = ["LlamaOpenAI"]

__getattr__ = module_getattr(__name__, "agno.models.meta")
