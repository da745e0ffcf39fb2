"""`LangDBEmbedder`. Mirrors `agno.knowledge.embedder.langdb`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.openai_embedder import LangDBEmbedder

__all__ = ["LangDBEmbedder"]

__getattr__ = module_getattr(__name__, "agno.knowledge.embedder.langdb")
