"""Public path of `@hook`; mirrors `agno.hooks.decorator`."""

from __future__ import annotations

from wherry.core.hooks import hook, should_run_in_background

__all__ = ["hook", "should_run_in_background"]
