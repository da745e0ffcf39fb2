"""`OpenAILikeEmbedder`. Mirrors `agno.knowledge.embedder.openai_like`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.openai_embedder import OpenAILikeEmbedder

__all__ = ["OpenAILikeEmbedder"]

__getattr__ = module_getattr(__name__, "agno.knowledge.embedder.openai_like")
