"""`agno.compression.manager`: when and how tool results are shortened."""

from wherry.core.agent.compression import CompressionManager
from wherry.core.matrix import module_getattr

__all__ = ["CompressionManager"]

__getattr__ = module_getattr(__name__, "agno.compression.manager")
