"""`DocumentChunking`. Mirrors `agno.knowledge.chunking.document`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.chunkers import DocumentChunking

__all__ = ["DocumentChunking"]

__getattr__ = module_getattr(__name__, "agno.knowledge.chunking.document")
