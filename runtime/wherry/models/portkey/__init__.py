"""Models of Portkey; public path of `agno.models.portkey`."""

from __future__ import annotations

from wherry.models.portkey.portkey import Portkey

__all__ = ["Portkey"]
