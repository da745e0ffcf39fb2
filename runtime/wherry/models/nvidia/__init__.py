"""Models of Nvidia; public path of `agno.models.nvidia`."""

from __future__ import annotations

from wherry.models.nvidia.nvidia import Nvidia

__all__ = ["Nvidia"]
