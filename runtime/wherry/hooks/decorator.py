"""Public path of `@hook`; mirrors `agno.hooks.decorator`."""

from __future__ import annotations

from wherry.core.hooks import hook, should_run_in_background
from wherry.core.matrix import module_getattr

__all__ = ["hook", "should_run_in_background"]

__getattr__ = module_getattr(__name__, "agno.hooks.decorator")
