"""`SqliteVectorDb`: the embedded vector store. Agno has no such module."""

from wherry.corpus.sqlite_vectors import SqliteVectorDb
from wherry.corpus.vectors import Distance, SearchType

__all__ = ["Distance", "SearchType", "SqliteVectorDb"]
