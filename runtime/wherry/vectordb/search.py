"""`SearchType`. Mirrors `agno.vectordb.search`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.vectors import SearchType

__all__ = ["SearchType"]

__getattr__ = module_getattr(__name__, "agno.vectordb.search")
