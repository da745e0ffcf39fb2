"""The base of rerankers. Mirrors `agno.knowledge.reranker.base`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.reranker import Reranker

__all__ = ["Reranker"]

__getattr__ = module_getattr(__name__, "agno.knowledge.reranker.base")
