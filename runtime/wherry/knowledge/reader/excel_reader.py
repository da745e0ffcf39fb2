"""`ExcelReader`. Mirrors `agno.knowledge.reader.excel_reader`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.office import ExcelReader

__all__ = ["ExcelReader"]

__getattr__ = module_getattr(__name__, "agno.knowledge.reader.excel_reader")
