"""`HashingEmbedder`: vectors without a model, for tests and examples. Agno has no such module."""

from wherry.corpus.embedder import HashingEmbedder

__all__ = ["HashingEmbedder"]
