"""The base of vector stores. Mirrors `agno.vectordb.base`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.vectors import VectorDb

__all__ = ["VectorDb"]

__getattr__ = module_getattr(__name__, "agno.vectordb.base")
