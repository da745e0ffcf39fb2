"""Models of Requesty; public path of `agno.models.requesty`."""

from __future__ import annotations

from wherry.models.requesty.requesty import Requesty

__all__ = ["Requesty"]
