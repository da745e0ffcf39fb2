"""`PgVector`. Mirrors `agno.vectordb.pgvector`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.pgvector import HNSW, Ivfflat, PgVector
from wherry.corpus.vectors import Distance, SearchType

__all__ = ["HNSW", "Distance", "Ivfflat", "PgVector", "SearchType"]

__getattr__ = module_getattr(__name__, "agno.vectordb.pgvector")
