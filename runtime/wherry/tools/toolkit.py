"""Public path of toolkits; mirrors `agno.tools.toolkit`."""

from __future__ import annotations

from wherry.core.matrix import module_getattr
from wherry.core.tools.toolkit import Toolkit

__all__ = ["Toolkit"]

__getattr__ = module_getattr(__name__, "agno.tools.toolkit")
