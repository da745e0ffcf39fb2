"""Models of a Nexus gateway; public path of `agno.models.nexus`."""

from __future__ import annotations

from wherry.models.nexus.nexus import Nexus

__all__ = ["Nexus"]
