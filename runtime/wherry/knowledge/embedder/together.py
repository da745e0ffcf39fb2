"""`TogetherEmbedder`. Mirrors `agno.knowledge.embedder.together`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.openai_embedder import TogetherEmbedder

__all__ = ["TogetherEmbedder"]

__getattr__ = module_getattr(__name__, "agno.knowledge.embedder.together")
