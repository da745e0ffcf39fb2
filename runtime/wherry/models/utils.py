"""Models by name; public path of `agno.models.utils`."""

from __future__ import annotations

from wherry.core.matrix import module_getattr
from wherry.models.names import get_model, get_model_from_dict

__all__ = ["get_model", "get_model_from_dict"]

__getattr__ = module_getattr(__name__, "agno.models.utils")
