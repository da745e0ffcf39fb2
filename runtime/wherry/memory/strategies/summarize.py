"""`agno.memory.strategies.summarize`."""

from wherry.core.matrix import module_getattr
from wherry.core.memory.memory_optimising import SummarizeStrategy

__all__ = ["SummarizeStrategy"]

__getattr__ = module_getattr(__name__, "agno.memory.strategies.summarize")
