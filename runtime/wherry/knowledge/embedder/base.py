"""The base of embedders. Mirrors `agno.knowledge.embedder.base`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.embedder import Embedder, raise_embedding_error

__all__ = ["Embedder", "raise_embedding_error"]

__getattr__ = module_getattr(__name__, "agno.knowledge.embedder.base")
