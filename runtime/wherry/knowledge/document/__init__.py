"""Documents. Mirrors `agno.knowledge.document`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.document import Document

__all__ = ["Document"]

__getattr__ = module_getattr(__name__, "agno.knowledge.document")
