"""`FixedSizeChunking`. Mirrors `agno.knowledge.chunking.fixed`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.chunkers import FixedSizeChunking

__all__ = ["FixedSizeChunking"]

__getattr__ = module_getattr(__name__, "agno.knowledge.chunking.fixed")
