"""`JSONReader`. Mirrors `agno.knowledge.reader.json_reader`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.text_readers import JSONReader

__all__ = ["JSONReader"]

__getattr__ = module_getattr(__name__, "agno.knowledge.reader.json_reader")
