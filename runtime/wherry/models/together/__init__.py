"""Models of Together AI; public path of `agno.models.together`."""

from __future__ import annotations

from wherry.models.together.together import Together

__all__ = ["Together"]
