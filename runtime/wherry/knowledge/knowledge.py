"""Knowledge bases. Mirrors `agno.knowledge.knowledge`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.content import ContentStatus
from wherry.corpus.knowledge import Knowledge

__all__ = ["ContentStatus", "Knowledge"]

__getattr__ = module_getattr(__name__, "agno.knowledge.knowledge")
