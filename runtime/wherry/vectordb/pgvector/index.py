"""Indexes of `PgVector`. Mirrors `agno.vectordb.pgvector.index`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.pgvector import HNSW, Ivfflat

__all__ = ["HNSW", "Ivfflat"]

__getattr__ = module_getattr(__name__, "agno.vectordb.pgvector.index")
