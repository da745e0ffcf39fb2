"""Embedders. Mirrors `agno.knowledge.embedder`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.embedder import Embedder

__all__ = ["Embedder"]

__getattr__ = module_getattr(__name__, "agno.knowledge.embedder")
