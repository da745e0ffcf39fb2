"""`KnowledgeTools`. Mirrors `agno.tools.knowledge`."""

from wherry.core.matrix import module_getattr
from wherry.tools.knowledge.knowledge import KnowledgeTools

__all__ = ["KnowledgeTools"]

__getattr__ = module_getattr(__name__, "agno.tools.knowledge")
