"""`agno.memory`: what is remembered about users."""

from wherry.core.matrix import module_getattr
from wherry.core.memory.memory_manager import MemoryManager
from wherry.core.memory.memory_optimising import (
    MemoryOptimizationStrategy,
    MemoryOptimizationStrategyFactory,
    MemoryOptimizationStrategyType,
    SummarizeStrategy,
)
from wherry.db.schemas.memory import UserMemory

__all__ = [
    "MemoryManager",
    "MemoryOptimizationStrategy",
    "MemoryOptimizationStrategyFactory",
    "MemoryOptimizationStrategyType",
    "SummarizeStrategy",
    "UserMemory",
]

__getattr__ = module_getattr(__name__, "agno.memory")
