"""Models of Heabsy; public path of `agno.models.heabsy`."""

from __future__ import annotations

from wherry.models.heabsy.heabsy import Heabsy

__all__ = ["Heabsy"]
