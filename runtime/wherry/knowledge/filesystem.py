"""`agno.knowledge.filesystem`: a folder as a knowledge base, searched by words instead of vectors."""

from wherry.core.matrix import module_getattr
from wherry.corpus.folder import FileSystemKnowledge

__all__ = ["FileSystemKnowledge"]

__getattr__ = module_getattr(__name__, "agno.knowledge.filesystem")
