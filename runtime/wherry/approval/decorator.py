"""Public path of `@approval`; mirrors `agno.approval.decorator`."""

from __future__ import annotations

from wherry.core.tools.approval_mark import approval

__all__ = ["approval"]
