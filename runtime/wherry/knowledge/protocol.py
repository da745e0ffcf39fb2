"""What a knowledge base of one's own has to offer. Mirrors `agno.knowledge.protocol`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.protocol import KnowledgeProtocol

__all__ = ["KnowledgeProtocol"]

__getattr__ = module_getattr(__name__, "agno.knowledge.protocol")
