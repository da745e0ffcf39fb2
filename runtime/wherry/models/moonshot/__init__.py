"""Models of Moonshot AI; public path of `agno.models.moonshot`."""

from __future__ import annotations

from wherry.models.moonshot.moonshot import MoonShot

__all__ = ["MoonShot"]
