"""Models of Ramp; public path of `agno.models.ramp`."""

from __future__ import annotations

from wherry.models.ramp.router import RampRouter

__all__ = ["RampRouter"]
