"""Models of FlexAI; public path of `agno.models.flexai`."""

from __future__ import annotations

from wherry.models.flexai.flexai import FlexAI

__all__ = ["FlexAI"]
