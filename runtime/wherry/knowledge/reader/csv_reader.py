"""`CSVReader`. Mirrors `agno.knowledge.reader.csv_reader`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.text_readers import CSVReader

__all__ = ["CSVReader"]

__getattr__ = module_getattr(__name__, "agno.knowledge.reader.csv_reader")
