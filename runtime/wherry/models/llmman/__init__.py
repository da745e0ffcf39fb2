"""Models of an Llmman server; public path of `agno.models.llmman`."""

from __future__ import annotations

from wherry.models.llmman.llmman import Llmman

__all__ = ["Llmman"]
