"""Models of Inception Labs; public path of `agno.models.inception`."""

from __future__ import annotations

from wherry.models.inception.inception import Inception

__all__ = ["Inception"]
