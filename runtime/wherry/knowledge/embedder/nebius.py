"""`NebiusEmbedder`. Mirrors `agno.knowledge.embedder.nebius`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.openai_embedder import NebiusEmbedder

__all__ = ["NebiusEmbedder"]

__getattr__ = module_getattr(__name__, "agno.knowledge.embedder.nebius")
