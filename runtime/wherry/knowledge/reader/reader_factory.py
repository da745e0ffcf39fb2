"""Readers by name. Mirrors `agno.knowledge.reader.reader_factory`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.readers import ReaderFactory

__all__ = ["ReaderFactory"]

__getattr__ = module_getattr(__name__, "agno.knowledge.reader.reader_factory")
