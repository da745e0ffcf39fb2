"""What goes into a knowledge base. Mirrors `agno.knowledge.content`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.content import Content, ContentAuth, ContentStatus, FileData

__all__ = ["Content", "ContentAuth", "ContentStatus", "FileData"]

__getattr__ = module_getattr(__name__, "agno.knowledge.content")
