"""`TextReader`. Mirrors `agno.knowledge.reader.text_reader`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.text_readers import TextReader

__all__ = ["TextReader"]

__getattr__ = module_getattr(__name__, "agno.knowledge.reader.text_reader")
