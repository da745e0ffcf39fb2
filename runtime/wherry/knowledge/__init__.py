"""Knowledge bases. Mirrors `agno.knowledge`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.folder import FileSystemKnowledge
from wherry.corpus.knowledge import Knowledge
from wherry.corpus.protocol import KnowledgeProtocol

__all__ = ["FileSystemKnowledge", "Knowledge", "KnowledgeProtocol"]

__getattr__ = module_getattr(__name__, "agno.knowledge")
