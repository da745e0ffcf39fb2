"""Models of MiniMax; public path of `agno.models.minimax`."""

from __future__ import annotations

from wherry.models.minimax.minimax import MiniMax

__all__ = ["MiniMax"]
