"""`agno.memory.strategies.types`."""

from wherry.core.matrix import module_getattr
from wherry.core.memory.memory_optimising import MemoryOptimizationStrategyFactory, MemoryOptimizationStrategyType

__all__ = ["MemoryOptimizationStrategyFactory", "MemoryOptimizationStrategyType"]

__getattr__ = module_getattr(__name__, "agno.memory.strategies.types")
