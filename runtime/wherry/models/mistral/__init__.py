"""Models of Mistral; public path of `agno.models.mistral`."""

from __future__ import annotations

from wherry.models.mistral.mistral import MistralChat

__all__ = ["MistralChat"]
