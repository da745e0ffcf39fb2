"""Models of Neosantara; public path of `agno.models.neosantara`."""

from __future__ import annotations

from wherry.models.neosantara.neosantara import Neosantara

__all__ = ["Neosantara"]
