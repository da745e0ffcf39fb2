"""Models of Fireworks AI; public path of `agno.models.fireworks`."""

from __future__ import annotations

from wherry.models.fireworks.fireworks import Fireworks

__all__ = ["Fireworks"]
