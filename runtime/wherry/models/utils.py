"""Models by name; public path of `agno.models.utils`."""

from __future__ import annotations

from wherry.models.names import get_model, get_model_from_dict

__all__ = ["get_model", "get_model_from_dict"]
