"""`agno.compression`: shortening tool results."""

from wherry.core.agent.compression import CompressionManager

__all__ = ["CompressionManager"]
