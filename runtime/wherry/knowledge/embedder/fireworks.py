"""`FireworksEmbedder`. Mirrors `agno.knowledge.embedder.fireworks`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.openai_embedder import FireworksEmbedder

__all__ = ["FireworksEmbedder"]

__getattr__ = module_getattr(__name__, "agno.knowledge.embedder.fireworks")
