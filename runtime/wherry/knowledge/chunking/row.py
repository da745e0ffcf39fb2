"""`RowChunking`. Mirrors `agno.knowledge.chunking.row`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.chunkers import RowChunking

__all__ = ["RowChunking"]

__getattr__ = module_getattr(__name__, "agno.knowledge.chunking.row")
