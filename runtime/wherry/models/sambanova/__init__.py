"""Models of SambaNova; public path of `agno.models.sambanova`."""

from __future__ import annotations

from wherry.models.sambanova.sambanova import Sambanova

__all__ = ["Sambanova"]
