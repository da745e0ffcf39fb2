"""Public path of hooks; mirrors `agno.hooks`."""

from __future__ import annotations

from wherry.core.hooks import hook, should_run_in_background

__all__ = ["hook", "should_run_in_background"]
