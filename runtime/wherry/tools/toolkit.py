"""Public path of toolkits; mirrors `agno.tools.toolkit`."""

from __future__ import annotations

from wherry.core.toolkit import Toolkit

__all__ = ["Toolkit"]
