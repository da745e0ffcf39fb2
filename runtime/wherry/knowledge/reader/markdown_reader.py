"""`MarkdownReader`. Mirrors `agno.knowledge.reader.markdown_reader`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.text_readers import MarkdownReader

__all__ = ["MarkdownReader"]

__getattr__ = module_getattr(__name__, "agno.knowledge.reader.markdown_reader")
