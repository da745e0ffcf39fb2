"""Models of the Nebius Token Factory; public path of `agno.models.nebius`."""

from __future__ import annotations

from wherry.models.nebius.nebius import Nebius

__all__ = ["Nebius"]
