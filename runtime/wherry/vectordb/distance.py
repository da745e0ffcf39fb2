"""`Distance`. Mirrors `agno.vectordb.distance`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.vectors import Distance

__all__ = ["Distance"]

__getattr__ = module_getattr(__name__, "agno.vectordb.distance")
