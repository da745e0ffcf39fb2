"""Models of TokenLab; public path of `agno.models.tokenlab`."""

from __future__ import annotations

from wherry.models.tokenlab.tokenlab import TokenLab

__all__ = ["TokenLab"]
