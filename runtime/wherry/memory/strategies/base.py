"""`agno.memory.strategies.base`."""

from wherry.core.matrix import module_getattr
from wherry.core.memory.memory_optimising import MemoryOptimizationStrategy

__all__ = ["MemoryOptimizationStrategy"]

__getattr__ = module_getattr(__name__, "agno.memory.strategies.base")
