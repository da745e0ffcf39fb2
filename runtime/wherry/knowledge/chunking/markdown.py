"""`MarkdownChunking`. Mirrors `agno.knowledge.chunking.markdown`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.markdown import MarkdownChunking

__all__ = ["MarkdownChunking"]

__getattr__ = module_getattr(__name__, "agno.knowledge.chunking.markdown")
