"""`RecursiveChunking`. Mirrors `agno.knowledge.chunking.recursive`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.chunkers import RecursiveChunking

__all__ = ["RecursiveChunking"]

__getattr__ = module_getattr(__name__, "agno.knowledge.chunking.recursive")
