"""`agno.memory.strategies`: how memories are rewritten."""

from wherry.core.matrix import module_getattr
from wherry.core.memory.memory_optimising import (
    MemoryOptimizationStrategy,
    MemoryOptimizationStrategyFactory,
    MemoryOptimizationStrategyType,
    SummarizeStrategy,
)

__all__ = [
    "MemoryOptimizationStrategy",
    "MemoryOptimizationStrategyFactory",
    "MemoryOptimizationStrategyType",
    "SummarizeStrategy",
]

__getattr__ = module_getattr(__name__, "agno.memory.strategies")
