"""Models of v0 by Vercel; public path of `agno.models.vercel`."""

from __future__ import annotations

from wherry.models.vercel.v0 import V0

__all__ = ["V0"]
