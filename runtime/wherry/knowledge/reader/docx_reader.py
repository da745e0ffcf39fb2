"""`DocxReader`. Mirrors `agno.knowledge.reader.docx_reader`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.office import DocxReader

__all__ = ["DocxReader"]

__getattr__ = module_getattr(__name__, "agno.knowledge.reader.docx_reader")
