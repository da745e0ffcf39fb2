"""Readers. Mirrors `agno.knowledge.reader`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.reader import Reader
from wherry.corpus.readers import ReaderFactory

__all__ = ["Reader", "ReaderFactory"]

__getattr__ = module_getattr(__name__, "agno.knowledge.reader")
