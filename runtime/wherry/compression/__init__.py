"""`agno.compression`: shortening tool results."""

from wherry.core.compression import CompressionManager

__all__ = ["CompressionManager"]
