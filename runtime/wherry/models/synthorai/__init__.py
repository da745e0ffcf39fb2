"""Models of Synthorai; public path of `agno.models.synthorai`."""

from __future__ import annotations

from wherry.models.synthorai.synthorai import Synthorai

__all__ = ["Synthorai"]
