"""The base of chunking strategies. Mirrors `agno.knowledge.chunking.strategy`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.chunking import ChunkingStrategy, ChunkingStrategyFactory, ChunkingStrategyType

__all__ = ["ChunkingStrategy", "ChunkingStrategyFactory", "ChunkingStrategyType"]

__getattr__ = module_getattr(__name__, "agno.knowledge.chunking.strategy")
