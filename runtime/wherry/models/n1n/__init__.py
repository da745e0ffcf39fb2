"""Models of n1n.ai; public path of `agno.models.n1n`."""

from __future__ import annotations

from wherry.models.n1n.n1n import N1N

__all__ = ["N1N"]
