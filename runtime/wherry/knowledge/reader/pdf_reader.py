"""`PDFReader`. Mirrors `agno.knowledge.reader.pdf_reader`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.pdf import PDFReader

__all__ = ["PDFReader"]

__getattr__ = module_getattr(__name__, "agno.knowledge.reader.pdf_reader")
