"""`OpenAIEmbedder`. Mirrors `agno.knowledge.embedder.openai`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.openai_embedder import OpenAIEmbedder

__all__ = ["OpenAIEmbedder"]

__getattr__ = module_getattr(__name__, "agno.knowledge.embedder.openai")
