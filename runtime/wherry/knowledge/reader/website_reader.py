"""`WebsiteReader`. Mirrors `agno.knowledge.reader.website_reader`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.website import WebsiteReader

__all__ = ["WebsiteReader"]

__getattr__ = module_getattr(__name__, "agno.knowledge.reader.website_reader")
