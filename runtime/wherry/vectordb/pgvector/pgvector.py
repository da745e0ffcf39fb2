"""`PgVector`. Mirrors `agno.vectordb.pgvector.pgvector`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.pgvector import PgVector

__all__ = ["PgVector"]

__getattr__ = module_getattr(__name__, "agno.vectordb.pgvector.pgvector")
